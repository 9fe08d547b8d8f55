package otel

import (
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// records keeps the audit.
type records struct {
	mu   sync.Mutex
	list []audit.Record
}

func (l *records) Request(r *audit.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := *r
	c.Attempts, c.Skips = append([]audit.Attempt(nil), r.Attempts...), append([]audit.Skip(nil), r.Skips...)
	l.list = append(l.list, c)
}

func (*records) Breaker(audit.BreakerEvent) {}

// provider fails at a.test and answers elsewhere, as OpenAI and Anthropic do.
type provider struct{}

func (provider) RoundTrip(q *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(q.Body)
	status, contentType, answer := 200, "application/json", `{"id":"x","model":"m-2025","choices":[{"index":0,"message":{"role":"assistant","content":"a secret answer"},"finish_reason":"stop"}],`+
		`"usage":{"prompt_tokens":100,"completion_tokens":50}}`
	switch {
	case q.URL.Host == "a.test":
		status, answer = 503, `{"error":{"message":"down"}}`
	case strings.Contains(string(body), `"stream":true`):
		contentType, answer = "text/event-stream", `data: {"model":"m","choices":[{"index":0,"delta":{"content":"a secret answer"}}]}`+"\n\n"+
			`data: {"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n"+
			`data: {"model":"m","choices":[],"usage":{"prompt_tokens":100,"completion_tokens":50}}`+"\n\ndata: [DONE]\n\n"
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func config() router.Config {
	var c router.Config
	for _, p := range []struct{ name, wire string }{{"a", "azure"}, {"b", "openai"}} {
		c.Providers = append(c.Providers, router.Provider{
			Name: p.name, Wire: p.wire, BaseURL: "http://" + p.name + ".test/v1", APIKey: "sk-recognisable",
			Models: []router.Model{{Name: "m", Price: router.Price{InputNano: 2000, OutputNano: 8000}}},
		})
	}
	c.Routes = []router.Route{{Name: "smart", Targets: []string{"a/m", "b/m"}}}
	c.Cache = router.Cache{TTL: map[string]time.Duration{"faq": time.Hour}}
	return c
}

func ask(h http.Handler, model, more string, header ...string) int {
	q := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(`{"model":"`+model+`",`+more+`"messages":[{"role":"user","content":"a secret prompt"}]}`))
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Code
}

// TestSpans: the tree of spans is what the audit says, for a failover, a stream, an
// answer out of the cache, a request with its client's trace and one that is wrong.
func TestSpans(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	traces, audited := newTraces(1, sdktrace.WithSyncer(exporter)), new(records)
	c := config()
	traces.Know(&c)
	engine, err := router.New(c, router.WithAudit(audit.Sinks{audited, traces}), router.WithTraces(traces.Sampled), router.WithTransport(provider{}), router.WithSeed(1))
	require.NoError(t, err)
	defer engine.Close()
	const parent = "b7ad6b7169203331"
	for _, row := range []struct {
		model, more string
		header      []string
		status      int
	}{
		{"smart", "", nil, 200},
		{"smart", `"stream":true,`, nil, 200},
		{"smart", "", []string{"X-Routedrill-Task", "faq"}, 200},
		{"smart", "", []string{"X-Routedrill-Task", "faq"}, 200},
		{"b/m", "", []string{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-" + parent + "-01"}, 200},
		{"b/m", "", []string{"Traceparent", "00-0af7651916cd43dd8448eb211c80319c-" + parent + "-00"}, 200}, // not recorded
		{"a/m", "", nil, 503},
		{"no-such-model", "", nil, 404},
	} {
		require.Equal(t, row.status, ask(engine, row.model, row.more, row.header...), row.model)
	}
	require.Len(t, audited.list, 8)
	spans := map[trace.SpanID]tracetest.SpanStub{}
	for _, s := range exporter.GetSpans() {
		require.NotContains(t, spans, s.SpanContext.SpanID(), "an id twice")
		spans[s.SpanContext.SpanID()] = s
	}
	seen := 0
	for _, r := range audited.list {
		root, is := spans[r.Trace.Span]
		require.Equal(t, r.Trace.Sampled, is)
		if !is {
			continue
		}
		seen++
		require.Equal(t, trace.TraceID(r.Trace.ID), root.SpanContext.TraceID())
		require.Equal(t, trace.SpanID(r.Trace.Parent), root.Parent.SpanID())
		require.True(t, root.StartTime.Equal(r.Start) && root.EndTime.Equal(r.End))
		require.Equal(t, trace.SpanKindServer, root.SpanKind)
		has := attributes(root)
		require.Equal(t, r.Outcome.String(), has["routedrill.outcome"].AsString())
		require.Equal(t, "chat", has["gen_ai.operation.name"].AsString())
		require.Equal(t, r.Route, has["gen_ai.request.model"].AsString())
		require.Equal(t, r.Outcome == audit.Failed, root.Status.Code == codes.Error, r.Outcome.String())
		if r.Outcome == audit.Rejected {
			require.Equal(t, "chat", root.Name, "a model that does not exist names no span")
		} else {
			require.Equal(t, "chat "+r.Route, root.Name)
		}
		var children []tracetest.SpanStub
		for _, s := range exporter.GetSpans() {
			if s.Parent.SpanID() == root.SpanContext.SpanID() {
				children = append(children, s)
			}
		}
		if !r.Ready.IsZero() {
			require.Equal(t, "normalise", children[0].Name)
			require.True(t, children[0].EndTime.Equal(r.Ready))
			children = children[1:]
			seen++
		}
		require.Len(t, children, len(r.Attempts))
		for i, a := range r.Attempts {
			s, has := children[i], attributes(children[i])
			seen++
			require.Equal(t, trace.SpanID(a.Span), s.SpanContext.SpanID())
			require.Equal(t, r.Trace.ID, [16]byte(s.SpanContext.TraceID()))
			require.True(t, s.StartTime.Equal(a.Start) && s.EndTime.Equal(a.End))
			require.Equal(t, trace.SpanKindClient, s.SpanKind)
			require.Equal(t, "chat "+a.Model, s.Name)
			require.Equal(t, map[string]string{"a": "azure.ai.openai", "b": "openai"}[a.Provider], has["gen_ai.provider.name"].AsString())
			require.Equal(t, a.Model, has["gen_ai.request.model"].AsString())
			require.Equal(t, a.PromptTokens, has["gen_ai.usage.input_tokens"].AsInt64())
			require.Equal(t, a.OutputTokens, has["gen_ai.usage.output_tokens"].AsInt64())
			require.Equal(t, a.Retry, has["routedrill.retry"].AsBool())
			if a.Reason == audit.OK {
				require.NotContains(t, has, "error.type")
			} else {
				require.Equal(t, a.Reason, has["error.type"].AsString())
				require.Equal(t, codes.Error, s.Status.Code)
			}
			require.Equal(t, !a.FirstToken.IsZero(), len(s.Events) == 1)
		}
		var cached []string
		for _, e := range root.Events {
			if e.Name == "cache" {
				cached = append(cached, e.Attributes[0].Value.AsString())
			}
		}
		require.Equal(t, r.Cache.State.String(), strings.Join(cached, " "))
	}
	require.Len(t, spans, seen, "and nothing else")
	require.Equal(t, audit.Cached, audited.list[3].Outcome)
	for _, s := range spans {
		for key, v := range attributes(s) {
			require.NotContains(t, v.String(), "secret", key)
			require.NotContains(t, v.String(), "recognisable", key)
		}
	}
}

func attributes(s tracetest.SpanStub) map[string]attribute.Value {
	m := map[string]attribute.Value{}
	for _, a := range s.Attributes {
		m[string(a.Key)] = a.Value
	}
	return m
}

// TestExport: spans reach a receiver of OTLP over HTTP, at the latest at the end, with
// the path that belongs to it and without prompts.
func TestExport(t *testing.T) {
	for _, path := range []string{"", "/", "/v1/traces", "/other"} {
		t.Run("path "+path, func(t *testing.T) {
			got := make(chan string, 10)
			receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
				body, _ := io.ReadAll(q.Body)
				got <- q.Method + " " + q.URL.Path + " " + q.Header.Get("Content-Type") + " " + string(body)
			}))
			defer receiver.Close()
			traces, err := New(t.Context(), Config{Endpoint: receiver.URL + path, Version: "v1", Share: 1})
			require.NoError(t, err)
			engine, err := router.New(config(), router.WithAudit(traces), router.WithTraces(traces.Sampled), router.WithTransport(provider{}))
			require.NoError(t, err)
			defer engine.Close()
			require.Equal(t, 200, ask(engine, "smart", ""))
			traces.Request(&audit.Record{ // of a client that wants others' spans to be lost
				Route: "\xff", Task: "\xc3", Endpoint: "chat", Trace: audit.Trace{ID: [16]byte{1}, Span: [8]byte{1}, Sampled: true}, Outcome: audit.Rejected,
			})
			require.NoError(t, traces.Close(context.WithoutCancel(t.Context())))
			require.Len(t, got, 1)
			said := <-got
			want := map[string]string{"/other": "/other"}[path]
			if want == "" {
				want = "/v1/traces"
			}
			require.True(t, strings.HasPrefix(said, "POST "+want+" application/x-protobuf "), said[:min(len(said), 80)])
			for _, part := range []string{"chat smart", "gen_ai.provider.name", "routedrill", "server_error"} {
				require.Contains(t, said, part)
			}
			require.NotContains(t, said, "secret")
			require.NotContains(t, said, "recognisable")
		})
	}
}

func TestSampled(t *testing.T) {
	for _, tt := range []struct {
		name string
		id   string
		want map[float64]bool // by share
	}{
		{"the lowest", "00000000000000000000000000000000", map[float64]bool{0: false, 0.1: true, 1: true}},
		{"in the middle", "00000000000000008000000000000000", map[float64]bool{0: false, 0.4: false, 0.6: true, 1: true}},
		{"the highest", "ffffffffffffffffffffffffffffffff", map[float64]bool{0: false, 0.9: false, 1: true}},
	} {
		id, err := hex.DecodeString(tt.id)
		require.NoError(t, err)
		for share, want := range tt.want {
			require.Equal(t, want, newTraces(share).Sampled([16]byte(id)), "%s %v", tt.name, share)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	for _, bad := range []string{"collector:4318", "ftp://collector", "http://", "://", "http:///v1/traces"} {
		_, err := CheckEndpoint(bad)
		require.Error(t, err, bad)
	}
}
