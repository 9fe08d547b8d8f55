package inproc_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/routedrill/routedrill/sim/internal/inproc"
)

// BenchmarkRoundTrip is one hop: a small answer, with and without the time a
// hop takes and a context that can end.
func BenchmarkRoundTrip(b *testing.B) {
	answer := []byte(strings.Repeat("x", 300))
	rows := []struct {
		name     string
		delay    time.Duration
		deadline bool
	}{{"bare", 0, false}, {"deadline", 0, true}, {"delay", time.Microsecond, false}, {"both", time.Microsecond, true}}
	for _, row := range rows {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			synctest.Test(&testing.T{}, func(*testing.T) {
				tr := &inproc.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					_, _ = w.Write(answer)
				})}
				if row.delay > 0 {
					tr.Delay = func(*http.Request) time.Duration { return row.delay }
				}
				req, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://fake.drill/path", http.NoBody)
				req.Header.Set("X-Client-Request-Id", "req-000001")
				for range b.N { // b.Loop would wait for the clock on the wall
					out := req
					cancel := func() {}
					if row.deadline {
						var ctx context.Context
						ctx, cancel = context.WithTimeout(context.Background(), time.Minute)
						out = req.WithContext(ctx)
					}
					resp, err := tr.RoundTrip(out)
					if err != nil {
						b.Fatal(err)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
					cancel()
				}
				tr.Close()
			})
		})
	}
}
