package router_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/wire"
)

// sinkWriter is a response writer that keeps nothing.
type sinkWriter struct {
	header http.Header
	status int
}

func (w *sinkWriter) Header() http.Header         { return w.header }
func (w *sinkWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *sinkWriter) WriteHeader(status int)      { w.status = status }
func (w *sinkWriter) Flush()                      {}

// instant answers at once with the same bytes.
type instant struct {
	header http.Header
	body   []byte
	length int64
}

func (t *instant) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: t.header, Body: io.NopCloser(bytes.NewReader(t.body)), ContentLength: t.length}, nil
}

func benchRouter(tb testing.TB, t http.RoundTripper) *router.Router {
	r, err := router.New(config(), router.WithTransport(t), router.WithSeed(1))
	require.NoError(tb, err)
	return r
}

func benchRequest(extra string) func() *http.Request {
	body := `{"model":"smart",` + extra + `"messages":[{"role":"user","content":"` + strings.Repeat("abc ", 110) + `"}]}`
	u, _ := url.Parse("http://router/v1/chat/completions")
	h := http.Header{"X-Client-Request-Id": {"req-000123"}}
	return func() *http.Request {
		return &http.Request{
			Method: http.MethodPost, URL: u, Header: h,
			Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		}
	}
}

func BenchmarkChat(b *testing.B) {
	body := []byte(strings.Replace(answerBody, "hi there", strings.Repeat("abc ", 150), 1))
	r := benchRouter(b, &instant{http.Header{"Content-Type": {"application/json"}}, body, int64(len(body))})
	request := benchRequest("")
	b.ReportAllocs()
	for b.Loop() {
		w := sinkWriter{header: http.Header{}}
		if r.ServeHTTP(&w, request()); w.status != 200 {
			b.Fatal(w.status)
		}
	}
}

// BenchmarkStream reports the cost per event besides that of the whole relay.
func BenchmarkStream(b *testing.B) {
	const events = 64
	var body []byte
	body = append(body, event(role)...)
	for range events {
		body = append(body, event(`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1735689600,"model":"m-2025",`+
			`"choices":[{"index":0,"delta":{"content":"abc abc abc abc "},"finish_reason":null}],"usage":null}`)...)
	}
	body = append(body, event(finish)+event(usage)+event(done)...)
	r := benchRouter(b, &instant{http.Header{"Content-Type": {"text/event-stream"}}, body, -1})
	request := benchRequest(`"stream":true,`)
	b.ReportAllocs()
	for b.Loop() {
		w := sinkWriter{header: http.Header{}}
		if r.ServeHTTP(&w, request()); w.status != 200 {
			b.Fatal(w.status)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
}

// The same through other APIs: what a translation costs.
func BenchmarkTranslatedChat(b *testing.B) {
	text := strings.Repeat("abc ", 150)
	for name, body := range map[string]string{
		wire.Anthropic: strings.Replace(claudeAnswer, "Hi! My name is Claude.", text, 1),
		wire.Gemini:    strings.Replace(geminiAnswer, "Hi! I am Gemini.", text, 1),
	} {
		b.Run(name, func(b *testing.B) {
			r := benchTranslated(b, name, &instant{http.Header{"Content-Type": {"application/json"}}, []byte(body), int64(len(body))})
			request := benchRequest("")
			b.ReportAllocs()
			for b.Loop() {
				w := sinkWriter{header: http.Header{}}
				if r.ServeHTTP(&w, request()); w.status != 200 {
					b.Fatal(w.status)
				}
			}
		})
	}
}

func BenchmarkTranslatedStream(b *testing.B) {
	const events = 64
	const claudeText = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"abc abc abc abc \"}}\n\n"
	for name, body := range map[string]string{
		wire.Anthropic: claudeStart + strings.Repeat(claudeText, events) + claudeTool + claudeStop,
		wire.Gemini:    strings.Repeat(geminiFirst, events) + geminiTool,
	} {
		b.Run(name, func(b *testing.B) {
			r := benchTranslated(b, name, &instant{http.Header{"Content-Type": {"text/event-stream"}}, []byte(body), -1})
			request := benchRequest(`"stream":true,`)
			b.ReportAllocs()
			for b.Loop() {
				w := sinkWriter{header: http.Header{}}
				if r.ServeHTTP(&w, request()); w.status != 200 {
					b.Fatal(w.status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
		})
	}
}

func benchTranslated(tb testing.TB, api string, t http.RoundTripper) *router.Router {
	c := config()
	for i := range c.Providers {
		c.Providers[i].Wire = api
	}
	r, err := router.New(c, router.WithTransport(t), router.WithSeed(1))
	require.NoError(tb, err)
	return r
}

func TestAllocations(t *testing.T) {
	body := []byte(answerBody)
	r := benchRouter(t, &instant{http.Header{"Content-Type": {"application/json"}}, body, int64(len(body))})
	request := benchRequest("")
	n := testing.AllocsPerRun(100, func() {
		w := sinkWriter{header: http.Header{}}
		r.ServeHTTP(&w, request())
	})
	require.Less(t, n, 60.0)
}
