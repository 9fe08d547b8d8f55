package router_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

// call calls the admin's handler.
func (g *rig) call(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	q := httptest.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	q.Header.Set("X-Routedrill-Task", "faq")
	w := httptest.NewRecorder()
	g.Admin().ServeHTTP(w, q)
	return w.Code, strings.TrimSpace(w.Body.String())
}

// A warm-up makes what was given most often as fresh as it can be, for whom it was.
func TestWarmUpOfTheTop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {says("first"), says("second"), says("third"), after(time.Second, says("anew"))}}, caching)
		own := []string{"X-Routedrill-Tenant", "one", "Authorization", "Bearer of one"}
		for range 3 {
			g.do(faq(t.Context(), "only", "", own...))
		}
		g.do(faq(t.Context(), "only", `,"seed":1`, own...))
		g.do(faq(t.Context(), "only", `,"seed":1`, own...))
		g.do(faq(t.Context(), "only", `,"seed":2`, "Authorization", "Bearer of two"))
		require.Len(t, g.fakes.seen, 3)
		top := g.CachedTop(10)
		require.Len(t, top, 3)
		require.NotContains(t, string(top[0].Body), "seed")
		require.Contains(t, string(top[1].Body), `"seed":1`)
		require.NotContains(t, top[0].Header, "Authorization", "the tenant tells one from another")
		require.Equal(t, []string{"Bearer of two"}, top[2].Header["Authorization"])

		time.Sleep(50 * time.Second)
		code, body := g.call(t, http.MethodPost, "/cache/warm?top=1", "")
		require.Equal(t, 200, code)
		require.JSONEq(t, `{"asked":1,"answered":1}`, body)
		require.Equal(t, audit.Refresh, g.log.last(t).Cache.State)
		require.Positive(t, g.log.last(t).Attempts[0].CostMicroUSD, "it costs what it costs")
		time.Sleep(30 * time.Second)
		w := g.do(faq(t.Context(), "only", "", own...))
		require.Equal(t, "hit 30", cacheOf(w), "beyond the TTL of the first answer")
		require.Contains(t, w.Body.String(), "anew")
		require.Equal(t, "application/json", w.Header().Get("Content-Type"))
		require.Equal(t, "a", w.Header().Get("X-Routedrill-Provider"))
		require.Equal(t, "miss", cacheOf(g.do(faq(t.Context(), "only", `,"seed":1`, own...))), "the others are too old by now")
	})
}

func TestWarmUpFromAFile(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}}, caching)
	lines := `{"model":"only","messages":[{"role":"user","content":"hello"}]}` + "\n\n" + `{"model":"only","prompt":"x"}` + "\n"
	code, body := g.call(t, http.MethodPost, "/cache/warm", lines)
	require.Equal(t, 200, code, body)
	require.JSONEq(t, `{"asked":2,"answered":2}`, body)
	require.Equal(t, "hit 0", cacheOf(g.do(faq(t.Context(), "only", ""))))
	q := post(t.Context(), "/v1/completions", `{"model":"only","prompt":"x"}`)
	q.Header.Set("X-Routedrill-Task", "faq")
	require.Equal(t, "hit 0", cacheOf(g.do(q)))
}

func TestAdminOfTheCache(t *testing.T) {
	for name, row := range map[string]struct {
		method, url, body string
		code              int
		want              string
		left              int64 // of two answers
	}{
		"counts":           {http.MethodGet, "/cache", "", 200, `"entries":2`, 2},
		"a tag":            {http.MethodDelete, "/cache?tag=x", "", 200, `{"removed":1}`, 1},
		"a task":           {http.MethodDelete, "/cache?tag=task:faq", "", 200, `{"removed":2}`, 0},
		"a family":         {http.MethodDelete, "/cache?tag=family:m", "", 200, `{"removed":2}`, 0},
		"a route":          {http.MethodDelete, "/cache?tag=route:other", "", 200, `{"removed":0}`, 2},
		"a tenant":         {http.MethodDelete, "/cache?tag=tenant:one", "", 200, `{"removed":1}`, 1},
		"everything":       {http.MethodDelete, "/cache?all=true", "", 200, `{"removed":2}`, 0},
		"nothing said":     {http.MethodDelete, "/cache", "", 400, "?all=true", 2},
		"both said":        {http.MethodDelete, "/cache?tag=x&all=true", "", 400, "?all=true", 2},
		"no number":        {http.MethodPost, "/cache/warm?top=all", "", 400, "top must be a number from 1 to 10000", 2},
		"too many":         {http.MethodPost, "/cache/warm?top=10001", "", 400, "top must be", 2},
		"no requests":      {http.MethodPost, "/cache/warm", "\n", 400, "say what to warm up", 2},
		"no request":       {http.MethodPost, "/cache/warm", "{\"model\":\"only\",\"messages\":[]}\n{}", 400, "line 2: ", 2},
		"what it does not": {http.MethodPut, "/cache", "", 405, "", 2},
		"no such path":     {http.MethodGet, "/", "", 404, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {ok()}}, caching)
			g.do(faq(t.Context(), "only", "", "X-Routedrill-Cache-Tags", "x, y"))
			g.do(faq(t.Context(), "only", "", "X-Routedrill-Tenant", "one"))
			code, body := g.call(t, row.method, row.url, row.body)
			require.Equal(t, row.code, code, body)
			require.Contains(t, body, row.want)
			require.Equal(t, row.left, g.CacheStats().Entries)
		})
	}
	off := newRig(t, nil)
	require.Zero(t, off.CacheStats())
	require.Zero(t, off.ForgetCached(""))
	require.Zero(t, off.WarmCache(t.Context(), off.CachedTop(5)))
}
