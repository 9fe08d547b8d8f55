package router_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// jsonOnce is the yardstick of BenchmarkOverhead: encoding/json decodes a body
// into values that lose nothing of it, and encodes them again.
func jsonOnce(tb testing.TB, bodies ...[]byte) {
	for _, body := range bodies {
		var v any
		if err := json.Unmarshal(body, &v); err != nil {
			tb.Fatal(err)
		}
		if _, err := json.Marshal(v); err != nil {
			tb.Fatal(err)
		}
	}
}

// BenchmarkOverhead is what the engine takes per request, and per event of a
// stream, beside what encoding/json takes to decode and encode the same bodies
// once, measured in turns. x-json is the ratio of the times, x-json-allocs that of
// the allocations. The engine's part of a stream that is not its events is in
// the row of the whole request.
func BenchmarkOverhead(b *testing.B) {
	const events = 256
	chunk := `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1735689600,"model":"m-2025",` +
		`"choices":[{"index":0,"delta":{"content":"abc abc abc abc "},"finish_reason":null}],"usage":null}`
	stream := []byte(event(role) + strings.Repeat(event(chunk), events) + event(finish) + event(usage) + event(done))
	whole := []byte(strings.Replace(answerBody, "hi there", strings.Repeat("abc ", 150), 1))
	for _, row := range []struct {
		name, extra string
		answer      instant
		per         float64 // events of a request that are measured
		bodies      [][]byte
	}{
		{"request", "", instant{http.Header{"Content-Type": {"application/json"}}, whole, int64(len(whole))}, 1, [][]byte{whole}},
		{"event", `"stream":true,`, instant{http.Header{"Content-Type": {"text/event-stream"}}, stream, -1}, events, nil},
	} {
		b.Run(row.name, func(b *testing.B) {
			r, request := benchRouter(b, &row.answer), benchRequest(row.extra)
			sent, err := io.ReadAll(request().Body)
			require.NoError(b, err)
			bodies := append(row.bodies, sent)
			for range events {
				if row.per > 1 {
					bodies = append(bodies, []byte(chunk))
				}
			}
			relay := func() {
				w := sinkWriter{header: http.Header{}}
				r.ServeHTTP(&w, request())
			}
			var engine, yardstick time.Duration
			for b.Loop() {
				start := time.Now()
				relay()
				turn := time.Now()
				jsonOnce(b, bodies...)
				engine, yardstick = engine+turn.Sub(start), yardstick+time.Since(turn)
			}
			allocs, plain := testing.AllocsPerRun(100, relay), testing.AllocsPerRun(100, func() { jsonOnce(b, bodies...) })
			n := float64(b.N) * row.per
			b.ReportMetric(0, "ns/op") // of both together: says nothing
			b.ReportMetric(float64(engine.Nanoseconds())/1000/n, "µs")
			b.ReportMetric(float64(yardstick.Nanoseconds())/1000/n, "json-µs")
			b.ReportMetric(float64(engine)/float64(yardstick), "x-json")
			b.ReportMetric(allocs/row.per, "allocs")
			b.ReportMetric(plain/row.per, "json-allocs")
			b.ReportMetric(allocs/plain, "x-json-allocs")
		})
	}
}
