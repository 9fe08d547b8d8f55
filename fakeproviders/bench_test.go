package fakeproviders_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/latency"
)

// sink is a ResponseWriter that keeps nothing, so that a benchmark measures the
// provider.
type sink struct {
	h      http.Header
	events int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) Flush()                      { s.events++ }

// body is a request body that can be read again without allocating.
type body struct{ bytes.Reader }

func (*body) Close() error { return nil }

// benchmark serves b.N requests in a bubble, where waiting costs the work of a
// timer and no time. It returns how many events were flushed.
func benchmark(b *testing.B, c fakeproviders.Config, text string) int {
	w := &sink{h: http.Header{}}
	b.ReportAllocs()
	b.ResetTimer()
	// The bubble wants a T of its own; the benchmark's clock stays outside.
	synctest.Test(new(testing.T), func(*testing.T) {
		p, err := fakeproviders.New(c)
		require.NoError(b, err)
		rd := &body{}
		raw := []byte(text)
		r := &http.Request{
			Method: http.MethodPost, URL: &url.URL{Path: "/v1/chat/completions"}, Body: rd, ContentLength: int64(len(text)),
			Header: http.Header{"X-Client-Request-Id": {"req-000123"}},
		}
		for range b.N {
			rd.Reset(raw)
			clear(w.h)
			p.ServeHTTP(w, r)
		}
	})
	return w.events
}

// bench is a provider whose answers have n tokens.
func bench(b *testing.B, n int) fakeproviders.Config {
	ttft, err := latency.LogNormal(450e6, 1500e6)
	require.NoError(b, err)
	itl, err := latency.LogNormal(20e6, 60e6)
	require.NoError(b, err)
	return fakeproviders.Config{
		Name: "p", RTT: 30 * time.Millisecond,
		Models: []fakeproviders.Model{{
			Name: "m", Price: fakeproviders.Price{InputNano: 2000, OutputNano: 8000}, TTFT: ttft, ITL: itl,
		}},
		Demand:  func(string) (fakeproviders.Demand, bool) { return fakeproviders.Demand{OutputTokens: n}, true },
		Journal: func(*fakeproviders.Entry) {},
	}
}

func prompt(tokens int) string { return strings.Repeat("abc ", tokens) }

func BenchmarkChat(b *testing.B) {
	for _, row := range []struct {
		name   string
		tokens int
	}{{"prompt=10", 10}, {"prompt=600", 600}} {
		b.Run(row.name, func(b *testing.B) {
			benchmark(b, bench(b, 100), `{"model":"m","messages":[{"role":"user","content":"`+prompt(row.tokens)+`"}]}`)
		})
	}
}

// BenchmarkStream reports the time of one event, timer included, of streams
// long enough for the rest not to matter.
func BenchmarkStream(b *testing.B) {
	events := benchmark(b, bench(b, 2000),
		`{"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"`+prompt(10)+`"}]}`)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}
