package router_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/wire"
)

// TestBreaksOfEveryWire: whatever API a stream comes from, each way for it to
// break after its first content is seen for what it is. A client that has been
// sent content is told and never sees a clean end; with the commit point at the
// end it sees the next target's stream instead.
func TestBreaksOfEveryWire(t *testing.T) {
	type parts = []any
	wires := map[string]struct {
		start, finish, end, failure parts // content, a finish reason, the terminal event, an error event
	}{
		wire.OpenAI:    {parts{role, token}, parts{finish}, parts{done}, parts{`{"error":{"message":"overloaded"}}`}},
		wire.Azure:     {parts{role, token}, parts{finish}, parts{done}, parts{`{"error":{"message":"overloaded"}}`}},
		wire.Anthropic: {parts{raw(claudeStart)}, parts{raw(claudeTool)}, parts{raw(claudeStop)}, parts{raw(claudeError)}},
		wire.Gemini:    {parts{raw(geminiFirst)}, parts{raw(geminiTool)}, nil, parts{raw(geminiError)}}, // it ends without a terminal event
	}
	for _, api := range wire.Names() {
		x, known := wires[api]
		require.True(t, known, "no streams for %s", api)
		rows := map[string]struct {
			more   parts
			reason string
		}{
			"end of the body":                    {nil, audit.StreamTruncated},
			"lost connection":                    {parts{io.ErrUnexpectedEOF}, audit.ConnectionLost},
			"stall":                              {parts{hangFor}, audit.IdleTimeout},
			"malformed chunk":                    {parts{`{"`}, audit.StreamMalformed},
			"error event":                        {x.failure, audit.StreamError},
			"error event after a finish":         {append(x.finish[:1:1], x.failure...), audit.StreamError},
			"lost connection after a finish":     {append(x.finish[:1:1], io.ErrUnexpectedEOF), audit.ConnectionLost},
			"terminal event, no finish":          {x.end, audit.StreamTruncated},
			"finish, no terminal event":          {x.finish, audit.StreamTruncated},
			"finish, no terminal event, a stall": {append(x.finish[:1:1], hangFor), audit.IdleTimeout},
		}
		if x.end == nil {
			delete(rows, "terminal event, no finish")
			delete(rows, "finish, no terminal event")
		}
		good := append(append(x.start[:len(x.start):len(x.start)], x.finish...), x.end...)
		for name, row := range rows {
			for _, commit := range []int{router.CommitFirstToken, router.CommitComplete} {
				at := map[int]string{router.CommitFirstToken: "first token", router.CommitComplete: "complete"}[commit]
				t.Run(api+", "+name+", "+at, func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						bad := append(x.start[:len(x.start):len(x.start)], row.more...)
						g := newRig(t, map[string][]step{"a": {sse(bad...)}, "b": {sse(good...)}}, commitAt(commit), func(c *router.Config) {
							for i := range c.Providers {
								c.Providers[i].Wire = api
							}
							c.Resilience.QuickRetry, c.Resilience.Breaker.MinSamples = 0, 1
						})
						body := g.do(chat(t.Context(), "smart", true)).Body.String()
						rec := g.log.last(t)
						require.Equal(t, row.reason, rec.Attempts[0].Reason)
						require.Equal(t, row.reason, g.log.breakers[0].Reason, "it counts against the provider")
						if commit == router.CommitFirstToken {
							require.Equal(t, audit.Broken, rec.Outcome)
							require.Len(t, rec.Attempts, 1)
							require.NotContains(t, body, "[DONE]")
							require.Contains(t, body, `"type":"routedrill_stream_broken","param":null,"code":"`+row.reason+"\"}}\n\n")
							return
						}
						require.Equal(t, "a:"+row.reason+" b:ok", reasons(rec))
						require.Equal(t, audit.Served, rec.Outcome)
						require.NotContains(t, body, "routedrill_stream_broken")
						require.Contains(t, body, "[DONE]")
					})
				})
			}
		}
	}
}
