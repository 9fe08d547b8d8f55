package router_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// A route whose first target lacks something is served by the second, which
// lacks nothing, without the first being tried.
func TestWhatATargetLacks(t *testing.T) {
	const (
		messages = `"messages":[{"role":"user","content":"hello"}]`
		tool     = `"tools":[{"type":"function","function":{"name":"f"}}]`
		image    = `"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]`
		schema   = `"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}`
	)
	long := strings.Repeat(`\ud83d\ude00\u4e2dé\n.`, 300) // 1500 characters, however they are written: at least 300 tokens
	only := func(c ...string) func(*router.Model) {
		return func(m *router.Model) { m.Capabilities = append([]string{}, c...) } // empty is not nil
	}
	for _, row := range []struct {
		name   string
		first  func(*router.Model)
		path   string
		body   string
		lacks  string // "" when the first target serves
		stream bool
	}{
		{name: "nothing asked for", first: only(), body: messages},
		{name: "empty tools", first: only(), body: messages + `,"tools":[],"functions":[]`},
		{name: "tools", first: only("vision", "json_schema", "prefill"), body: messages + "," + tool, lacks: "tools"},
		{name: "functions", first: only(), body: messages + `,"functions":[{"name":"f"}]`, lacks: "tools"},
		{name: "tools had", first: only("tools"), body: messages + "," + tool},
		{name: "vision", first: only("tools"), body: image, lacks: "vision"},
		{name: "vision had", first: only("vision"), body: image},
		{name: "schema", first: only("tools"), body: messages + "," + schema, lacks: "json_schema"},
		{name: "schema had", first: only("json_schema"), body: messages + "," + schema},
		{name: "any JSON needs no capability", first: only(), body: messages + `,"response_format":{"type":"json_object"}`},
		{name: "prefill", first: only("tools"), body: `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]`, lacks: "prefill"},
		{name: "an answer in between is no prefill", first: only(), body: `"messages":[{"role":"assistant","content":"b"},{"role":"user","content":"a"}]`},
		{name: "calls at the end are no prefill", first: only(),
			body: `"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]}]`},
		{name: "all is had by default", first: func(*router.Model) {}, body: messages + "," + tool + "," + schema},
		{name: "output", first: func(m *router.Model) { m.MaxOutput = 100 }, body: messages + `,"max_tokens":101`,
			lacks: "output of 101 tokens (it has 100)"},
		{name: "output by its new name", first: func(m *router.Model) { m.MaxOutput = 100 }, body: messages + `,"max_completion_tokens":101`,
			lacks: "output of 101 tokens (it has 100)"},
		{name: "output that fits", first: func(m *router.Model) { m.MaxOutput = 100 }, body: messages + `,"max_tokens":100`},
		{name: "context", first: func(m *router.Model) { m.Context = 299 }, body: `"messages":[{"role":"user","content":"` + long + `"}]`,
			lacks: "context for at least 300 tokens (it has 299)"},
		{name: "context that might do", first: func(m *router.Model) { m.Context = 300 }, body: `"messages":[{"role":"user","content":"` + long + `"}]`},
		{name: "context of parts", first: func(m *router.Model) { m.Context = 299 },
			body: `"messages":[{"role":"user","content":[{"type":"text","text":"` + long + `"}]}]`, lacks: "context for at least 300 tokens (it has 299)"},
		{name: "context with the answer", first: func(m *router.Model) { m.Context = 300 },
			body: `"messages":[{"role":"user","content":"` + long + `"}],"max_tokens":1`, lacks: "context for at least 301 tokens (it has 300)"},
		{name: "context of a prompt", first: func(m *router.Model) { m.Context = 299 }, path: "/v1/completions", body: `"prompt":["` + long + `"]`,
			lacks: "context for at least 300 tokens (it has 299)"},
		{name: "context of the longest input", first: func(m *router.Model) { m.Context = 299 }, path: "/v1/embeddings", body: `"input":["a","` + long + `"]`,
			lacks: "context for at least 300 tokens (it has 299)"},
		{name: "inputs do not add up", first: func(m *router.Model) { m.Context = 300 }, path: "/v1/embeddings", body: `"input":["` + long + `","` + long + `"]`},
		{name: "images count for nothing", first: func(m *router.Model) { m.Context = 300 },
			body: `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + strings.Repeat("A", 9000) + `"}}]}]`},
		{name: "a shape nobody knows is the provider's to judge", first: func(m *router.Model) { m.Context, m.Capabilities = 10, []string{} },
			body: `"messages":{"role":7},"tools":{},"response_format":[],"max_tokens":"many"`},
		{name: "a stream", first: only(), body: messages + "," + tool + `,"stream":true`, lacks: "tools", stream: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			answers := func() []step {
				switch {
				case row.stream:
					return []step{sse(token, finish, done)}
				case row.path == "/v1/embeddings":
					return []step{answer(200, `{"data":[{"embedding":[1]}]}`)}
				}
				return []step{ok()}
			}
			g := newRig(t, map[string][]step{"a": answers(), "b": answers()}, func(c *router.Config) { row.first(&c.Providers[0].Models[0]) })
			path := row.path
			if path == "" {
				path = "/v1/chat/completions"
			}
			w := g.do(post(t.Context(), path, `{"model":"smart",`+row.body+`}`))
			require.Equal(t, 200, w.Code, w.Body)
			want := "a:ok"
			if row.lacks != "" {
				want = "b:ok"
			}
			require.Equal(t, want, reasons(g.log.last(t)))
			require.Len(t, g.fakes.seen, 1)

			w = g.do(post(t.Context(), path, `{"model":"only",`+row.body+`}`))
			if row.lacks == "" {
				require.Equal(t, 200, w.Code)
				return
			}
			require.Equal(t, 400, w.Code)
			require.Contains(t, w.Body.String(), `"no target of `+"`model`"+` can serve this request: a/m: lacks `+row.lacks+`","type":"invalid_request_error"`)
			require.Contains(t, w.Body.String(), `"code":"unsupported_by_route"`)
			require.Equal(t, audit.Rejected, g.log.last(t).Outcome)
			require.Empty(t, g.log.last(t).Attempts)
			require.Len(t, g.fakes.seen, 1, "it was not tried")
		})
	}
}

func TestEmbeddingsComeFromOneSpace(t *testing.T) {
	const vectors = `{"data":[{"embedding":[1]}]}`
	steps := func() map[string][]step {
		return map[string][]step{"a": {answer(503, "")}, "b": {answer(200, vectors)}, "c": {answer(200, vectors)}}
	}
	for _, row := range []struct {
		name   string
		spaces [3]string
		want   string
		status int
	}{
		{"by the model's name", [3]string{}, "a:server_error b:ok", 200},
		{"another one in between", [3]string{"", "x", ""}, "a:server_error c:ok", 200},
		{"other names, one space", [3]string{"x", "y", "x"}, "a:server_error c:ok", 200},
		{"no second of the space", [3]string{"x", "y", "z"}, "a:server_error", 503},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := newRig(t, steps(), func(c *router.Config) {
				c.Resilience.MaxAttempts = 2
				c.Resilience.RetryBudget = router.RetryBudget{}
				for i, s := range row.spaces {
					c.Providers[i].Models[0].EmbeddingSpace = s
				}
			})
			w := g.do(post(t.Context(), "/v1/embeddings", `{"model":"smart","input":"x"}`))
			require.Equal(t, row.status, w.Code)
			require.Equal(t, row.want, reasons(g.log.last(t)))
		})
	}
	t.Run("chat does not care", func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(529, "")}, "b": {ok()}}, func(c *router.Config) { c.Providers[0].Models[0].EmbeddingSpace = "x" })
		g.do(chat(t.Context(), "smart", false))
		require.Equal(t, "a:overloaded b:ok", reasons(g.log.last(t)))
	})
}

func TestALongListOfWhatIsLackedIsCut(t *testing.T) {
	g := newRig(t, nil, func(c *router.Config) {
		for range 30 {
			p := c.Providers[0]
			p.Name = "p" + string(rune('A'+len(c.Providers)))
			p.Models = []router.Model{{Name: "m", Capabilities: []string{}}}
			c.Providers = append(c.Providers, p)
			c.Routes[1].Targets = append(c.Routes[1].Targets, p.Name+"/m")
		}
		c.Providers[0].Models[0].Capabilities = []string{}
	})
	w := g.do(post(t.Context(), "/v1/chat/completions", `{"model":"only","messages":[{"role":"user","content":"x"}],"tools":[{}]}`))
	require.Equal(t, 400, w.Code)
	require.Contains(t, w.Body.String(), "pL/m: lacks tools; and 21 more")
}
