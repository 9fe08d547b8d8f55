//go:build unix

package sim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/bubble"
	"github.com/routedrill/routedrill/sim/internal/inproc"
	"github.com/routedrill/routedrill/sim/load"
)

// benchRate and benchTime are the load of the path benchmarks.
const (
	benchRate = 100
	benchTime = 5 * time.Minute
)

// BenchmarkPath prints what a request costs on its way, in one run, so that the
// parts can be compared:
//
//	floor     vegeta in a bubble and a transport that only sleeps
//	plumbing  two timeouts, httpmock, two handlers; no JSON, no engine
//	full      client, router and fake, non-streaming chat, 100-token prompt
//	stream    the same as a stream of 200 tokens in 16 events
func BenchmarkPath(b *testing.B) {
	defer paceCollector()()
	perRequest := map[string]float64{}
	measure := func(name string, run func(b *testing.B) (requests int)) {
		b.Run(name, func(b *testing.B) {
			n := 0
			began := cpuTime()
			for b.Loop() {
				n += run(b)
			}
			perRequest[name] = float64((cpuTime() - began).Microseconds()) / float64(n)
			b.ReportMetric(perRequest[name], "µs/request")
		})
	}
	measure("floor", benchFloor)
	measure("plumbing", benchPlumbing)
	measure("full", func(b *testing.B) int { return benchCell(b, false) })
	measure("stream", func(b *testing.B) int { return benchCell(b, true) })
	floor, plumbing := perRequest["floor"], perRequest["plumbing"]
	fmt.Printf("%-10s %12s %10s %12s\n", "", "µs/request", "÷ floor", "÷ plumbing")
	for _, name := range []string{"floor", "plumbing", "full", "stream"} {
		v := perRequest[name]
		fmt.Printf("%-10s %12.1f %10.2f %12.2f\n", name, v, v/floor, v/plumbing)
	}
}

// cpuTime is what the process has used of the CPU so far: unlike the clock on
// the wall it does not count what else the machine is doing.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchArrivals() []time.Duration {
	at, _ := load.Arrivals(&scenarios.Traffic{Arrivals: "poisson", Rate: benchRate}, benchTime, 1) // no bursts, no error
	return at
}

type sleeper struct{}

func (sleeper) RoundTrip(req *http.Request) (*http.Response, error) {
	seq, _ := load.Seq(req)
	time.Sleep(400*time.Millisecond + time.Duration(seq%977)*time.Microsecond)
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
}

func benchFloor(b *testing.B) (n int) {
	arrivals := benchArrivals()
	require.NoError(b, bubble.Run(func() {
		n = load.Attack(load.Options{Arrivals: arrivals, Origin: time.Now(), Transport: sleeper{}})
	}))
	return n
}

// plumbing is a client with a timeout in front of a gateway with a timeout in
// front of a provider that sleeps.
type plumbing struct {
	hop  http.RoundTripper
	base *url.URL
}

func (p *plumbing) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out := (&http.Request{Method: http.MethodPost, URL: p.base, Host: p.base.Host, Header: http.Header{
		"X-Client-Request-Id": {req.Header.Get(load.SeqHeader)},
	}, Body: http.NoBody}).WithContext(ctx)
	resp, err := p.hop.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: req}, nil
}

func benchPlumbing(b *testing.B) (n int) {
	arrivals := benchArrivals()
	answer := []byte(strings.Repeat("x", 300))
	require.NoError(b, bubble.Run(func() {
		origin := time.Now()
		c := &cell{seed: 1}
		provider := &inproc.Transport{Delay: c.hopDelay("p", origin), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			t := time.NewTimer(400 * time.Millisecond)
			defer t.Stop()
			select {
			case <-t.C:
			case <-r.Context().Done():
			}
			_, _ = w.Write(answer)
		})}
		hosts := httpmock.NewMockTransport()
		hosts.RegisterResponder(http.MethodPost, virtualHost("p")+"/v1/chat/completions", func(r *http.Request) (*http.Response, error) {
			return provider.RoundTripContext(unshielded(r), r)
		})
		upstream := &registry{hosts}
		target, _ := url.Parse(virtualHost("p") + "/v1/chat/completions")
		gateway := &inproc.Transport{Delay: c.hopDelay("gateway", origin), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
			defer cancel()
			out := (&http.Request{Method: http.MethodPost, URL: target, Host: target.Host, Header: r.Header, Body: http.NoBody}).WithContext(ctx)
			resp, err := upstream.RoundTrip(out)
			if err != nil {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			_, _ = io.Copy(w, resp.Body)
			_ = resp.Body.Close()
		})}
		base, _ := url.Parse("http://gateway.drill/v1/chat/completions")
		n = load.Attack(load.Options{Arrivals: arrivals, Origin: origin, Transport: &plumbing{hop: gateway, base: base}})
		gateway.Close()
		provider.Close()
	}))
	return n
}

// benchWorld is one provider. An answer of 20 tokens takes about as long as the
// floor sleeps, so that as many requests are under way; a stream of 200 tokens
// at 20 ms comes in 16 events, like the answer of a chat model.
const benchWorld = `
version: 1
name: bench
duration: %s
policies: [priority]
world:
  providers:
    openai: {models: {gpt-4.1: {price: {input: 2, output: 8}, ttft: 400ms, itl: %s}}}
  routes: {smart: [openai/gpt-4.1]}
  load: {arrivals: poisson, rate: %d}
  tasks: [{name: chat, endpoint: chat, model: smart, stream: %v, prompt_tokens: 100, output_tokens: %d}]
`

func benchOptions(tb testing.TB, d time.Duration, stream bool) Options {
	tb.Helper()
	itl, tokens := "1ms", 20
	if stream {
		itl, tokens = "20ms", 200
	}
	text := fmt.Sprintf(benchWorld, d, itl, benchRate, stream, tokens)
	s, err := scenarios.Load("bench.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}, Vocabulary())
	require.NoError(tb, err)
	policies, err := Policies(s, nil, nil)
	require.NoError(tb, err)
	return Options{Scenario: s, Policies: policies, Seeds: []uint64{1}}
}

func benchCell(b *testing.B, stream bool) int {
	o := benchOptions(b, benchTime, stream)
	run, err := Run(b.Context(), o)
	require.NoError(b, err)
	return len(run.Cells[0].Requests)
}

// BenchmarkHour runs one virtual hour at 100 requests a second and reports the
// memory it took: the process's peak as the system counts it, and what a
// request's records keep until the report is made.
func BenchmarkHour(b *testing.B) {
	for b.Loop() {
		o := benchOptions(b, time.Hour, false)
		run, err := Run(b.Context(), o)
		require.NoError(b, err)
		n := float64(len(run.Cells[0].Requests))
		var u syscall.Rusage
		require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
		b.ReportMetric(float64(u.Maxrss)/1024, "MiB-peak-RSS") // Linux counts in KiB
		kept := heapLive()
		runtime.KeepAlive(run)
		run = nil
		b.ReportMetric((kept-heapLive())/n, "B-kept/request")
		b.ReportMetric(n, "requests")
	}
}

// heapLive is what is reachable now.
func heapLive() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
