package router_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// regional puts a into the United States, b and c into Europe.
func regional(c *router.Config) {
	c.Providers[0].Region, c.Providers[1].Region, c.Providers[2].Region = "us-east", "eu-west", "eu-north"
}

func skipped(r audit.Record) (list []string) {
	for _, s := range r.Skips {
		list = append(list, s.Target+" "+s.Reason)
	}
	return list
}

func TestWhereRequestsMayGo(t *testing.T) {
	down := answer(401, "{}")
	for _, row := range []struct {
		name      string
		residency []string
		tenants   []router.Tenant
		tenant    string
		model     string
		want      string // attempts, all of which fail
		skipped   []string
		status    int
		message   string
	}{
		{"no limits", nil, nil, "acme", "smart", "a:unauthorized b:unauthorized c:unauthorized", nil, 502, ""},
		{"residency", []string{"eu-*"}, nil, "", "smart", "b:unauthorized c:unauthorized", []string{"a/m residency"}, 502, ""},
		{"residency, one region", []string{"eu-north"}, nil, "", "smart", "c:unauthorized", []string{"a/m residency", "b/m residency"}, 502, ""},
		{"the residency of another route", []string{"eu-*"}, nil, "", "only", "a:unauthorized", nil, 502, ""},
		{"a tenant's regions", nil, []router.Tenant{{Name: "acme", Regions: []string{"eu-*"}}}, "acme", "smart",
			"b:unauthorized c:unauthorized", []string{"a/m tenant_limit"}, 502, ""},
		{"another tenant", nil, []router.Tenant{{Name: "acme", Regions: []string{"eu-*"}}}, "other", "only", "a:unauthorized", nil, 502, ""},
		{"no tenant", nil, []router.Tenant{{Name: "acme", Regions: []string{"eu-*"}}}, "", "only", "a:unauthorized", nil, 502, ""},
		{"a tenant's providers", nil, []router.Tenant{{Name: "acme", Providers: []string{"c", "a"}}}, "acme", "smart",
			"a:unauthorized c:unauthorized", []string{"b/m tenant_limit"}, 502, ""},
		{"both", nil, []router.Tenant{{Name: "acme", Providers: []string{"c", "a"}, Regions: []string{"eu-*"}}}, "acme", "smart",
			"c:unauthorized", []string{"a/m tenant_limit", "b/m tenant_limit"}, 502, ""},
		{"residency and tenant", []string{"eu-*"}, []router.Tenant{{Name: "acme", Providers: []string{"a", "b"}}}, "acme", "smart",
			"b:unauthorized", []string{"a/m residency", "c/m tenant_limit"}, 502, ""},
		{"everybody", nil, []router.Tenant{{Name: "*", Regions: []string{"eu-west"}}}, "", "smart", "b:unauthorized",
			[]string{"a/m tenant_limit", "c/m tenant_limit"}, 502, ""},
		{"everybody who is not named", nil, []router.Tenant{{Name: "*", Regions: []string{"eu-west"}}, {Name: "acme"}}, "acme", "only", "a:unauthorized", nil, 502, ""},
		{"a target by its name", nil, []router.Tenant{{Name: "acme", Regions: []string{"eu-*"}}}, "acme", "a/m", "",
			[]string{"a/m tenant_limit"}, 403, "no target of `model` may serve this request: a/m: is outside the tenant's regions"},
		{"nothing is left", []string{"eu-*"}, []router.Tenant{{Name: "acme", Providers: []string{"a"}}}, "acme", "smart", "",
			[]string{"a/m residency", "b/m tenant_limit", "c/m tenant_limit"}, 403,
			"no target of `model` may serve this request: b/m: is no provider of the tenant; c/m: is no provider of the tenant; a/m: is outside the route's residency"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {down}, "b": {down}, "c": {down}}, regional, func(c *router.Config) {
					c.Routes[0].Residency, c.Tenants = row.residency, row.tenants
				})
				q := chat(t.Context(), row.model, false)
				if row.tenant != "" {
					q.Header.Set("X-Routedrill-Tenant", row.tenant)
				}
				w := g.do(q)
				rec := g.log.last(t)
				require.Equal(t, row.status, w.Code)
				require.Equal(t, row.want, reasons(rec))
				require.Equal(t, row.skipped, skipped(rec))
				require.Equal(t, row.tenant, rec.Tenant)
				if row.status == 403 {
					require.Contains(t, w.Body.String(), row.message)
					require.Contains(t, w.Body.String(), `"code":"not_permitted"`)
					require.Equal(t, audit.Rejected, rec.Outcome)
					require.Empty(t, g.fakes.seen)
				}
			})
		})
	}
}

// A region nobody knows is in no residency.
func TestAnUnknownRegionIsOutside(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}, "b": {ok()}}, regional, func(c *router.Config) {
		c.Providers[0].Region = ""
		c.Routes[0].Residency = []string{"*"}
	})
	require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code)
	require.Equal(t, "b:ok", reasons(g.log.last(t)))
}

// What is missing and what is not permitted are told apart: 403 says that a target
// could have served.
func TestALimitIsBlamedOnlyForWhatItTookOut(t *testing.T) {
	tools := `{"model":"smart","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f"}}]}`
	for _, row := range []struct {
		name   string
		lacks  []int // providers without tools
		status int
		want   string
	}{
		{"all lack it", []int{0, 1, 2}, 400, "b/m: lacks tools; c/m: lacks tools; a/m: lacks tools"},
		{"what is permitted lacks it", []int{1, 2}, 403, "b/m: lacks tools; c/m: lacks tools; a/m: is outside the route's residency"},
		{"what is permitted has it", []int{0, 1}, 200, "hi there"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newRig(t, map[string][]step{"c": {ok()}}, regional, func(c *router.Config) {
				c.Routes[0].Residency = []string{"eu-*"}
				for _, i := range row.lacks {
					c.Providers[i].Models[0].Capabilities = []string{}
				}
			})
			w := g.do(post(t.Context(), "/v1/chat/completions", tools))
			require.Equal(t, row.status, w.Code)
			require.Contains(t, w.Body.String(), row.want)
		})
	}
}

// The limits hold where everything else is given up: a last resort and a retry go
// nowhere else.
func TestLimitsHoldInAnOutage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {answer(500, "{}")}, "c": {answer(500, "{}")}}, regional, func(c *router.Config) {
			c.Tenants = []router.Tenant{{Name: "acme", Regions: []string{"eu-*"}}}
		})
		resorts := 0
		for range 50 {
			q := chat(t.Context(), "smart", false)
			q.Header.Set("X-Routedrill-Tenant", "acme")
			require.NotEqual(t, 200, g.do(q).Code)
			for _, a := range g.log.last(t).Attempts {
				require.NotEqual(t, "a", a.Provider)
				if a.LastResort {
					resorts++
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		require.Positive(t, resorts)
		require.Equal(t, 200, g.do(chat(t.Context(), "smart", false)).Code, "others are served by a")
	})
}

func TestTenantHeader(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}})
	for _, values := range [][]string{{"a", "b"}, {""}, {"with blank"}, {"*"}, {"naïve"}} {
		q := chat(t.Context(), "only", false)
		q.Header["X-Routedrill-Tenant"] = values
		w := g.do(q)
		require.Equal(t, 400, w.Code, "%q", values)
		require.Contains(t, w.Body.String(), `"code":"invalid_tenant"`)
		require.Empty(t, g.log.last(t).Tenant)
	}
	require.Empty(t, g.fakes.seen)
}

// One tenant's answer is never another's, even under one key of theirs and one of
// the gateway's.
func TestAnIdempotencyKeyBelongsToATenant(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}})
	for i, tenant := range []string{"acme", "other", "acme", ""} {
		q := chat(t.Context(), "only", false)
		q.Header.Set("Idempotency-Key", "k")
		if tenant != "" {
			q.Header.Set("X-Routedrill-Tenant", tenant)
		}
		require.Equal(t, i == 2, g.do(q).Header().Get("X-Routedrill-Replayed") == "true", "request %d", i)
	}
	require.Len(t, g.fakes.seen, 3)
}

func TestAccessIsValidated(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*router.Config)
		want   string
	}{
		{"no region", func(c *router.Config) { c.Routes[0].Residency = []string{} }, "routes.smart.residency: at least one region is needed"},
		{"a region where nobody is", func(c *router.Config) { c.Routes[0].Residency = []string{"eu-*", "ap-*"} }, `routes.smart.residency: no provider is in "ap-*"`},
		{"a star in the middle", func(c *router.Config) { c.Routes[0].Residency = []string{"e*-west"} }, `"e*-west" is no region`},
		{"no target left", func(c *router.Config) { c.Routes[1].Residency = []string{"eu-*"} }, "routes.only.residency: it leaves no target of the route"},
		{"a tenant twice", func(c *router.Config) { c.Tenants = []router.Tenant{{Name: "x"}, {Name: "x"}} }, "tenants.x: a tenant's name must be unique"},
		{"a tenant's name", func(c *router.Config) { c.Tenants = []router.Tenant{{Name: "x y"}} }, "tenants.x y: a tenant's name must be"},
		{"a provider that is none", func(c *router.Config) { c.Tenants = []router.Tenant{{Name: "x", Providers: []string{"z"}}} }, `tenants.x.providers: there is no provider "z"`},
		{"no providers", func(c *router.Config) { c.Tenants = []router.Tenant{{Name: "x", Providers: []string{}}} }, "tenants.x.providers: at least one is needed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := config()
			regional(&c)
			row.change(&c)
			_, err := router.New(c)
			require.ErrorContains(t, err, row.want)
			require.ErrorContains(t, c.ValidateAccess(), row.want)
		})
	}
	c := config()
	require.NoError(t, c.ValidateAccess())
}
