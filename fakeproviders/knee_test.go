package fakeproviders_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/internal/erlang"
	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/latency"
)

// The queue of the knee: ten places, exponential service of 200 ms, Poisson
// arrivals. Of each load the first requests fill the queue and do not count.
const (
	kneePlaces  = 10
	kneeService = 200 * time.Millisecond
	kneeBatches = 20
	kneeSeed    = 3
)

// waits plays Poisson arrivals at a share of the capacity against a provider and
// returns the mean wait in its queue of each batch.
func waits(tb testing.TB, load float64, n int, run func(func())) []float64 {
	tb.Helper()
	service, err := latency.Gamma(float64(kneeService), 1) // a gamma distribution with cv 1 is exponential
	require.NoError(tb, err)
	gap := float64(kneeService) / (load * kneePlaces)
	waited := make([]time.Duration, n)
	run(func() {
		var mu sync.Mutex
		p, err := fakeproviders.New(fakeproviders.Config{
			Name: "p", Seed: kneeSeed, Start: time.Now(), Capacity: fakeproviders.Capacity{Concurrency: kneePlaces, Queue: n},
			Models: []fakeproviders.Model{{Name: "m", TTFT: service}},
			Demand: func(string) (fakeproviders.Demand, bool) { return fakeproviders.Demand{OutputTokens: 1}, true },
			Journal: func(e *fakeproviders.Entry) {
				var i int
				_, _ = fmt.Sscanf(e.RequestID, "r%d", &i)
				mu.Lock()
				waited[i] = e.Started - e.Arrived
				mu.Unlock()
			},
		})
		if err != nil {
			panic(err)
		}
		ctx := context.Background() // of the bubble: nothing in it may wait on what is outside
		var wg sync.WaitGroup
		for i := range n {
			u := keyed.Uniform(keyed.Hash(kneeSeed, "arrival", "", "", i))
			time.Sleep(time.Duration(-gap*math.Log(u)) + 1)
			w := &world{p: p, start: time.Now()}
			c := &call{w: w, header: map[string][]string{}}
			wg.Go(func() { w.into(ctx, c, chatPath, fmt.Sprint("r", i), chatBody("")) })
		}
		wg.Wait()
	})
	means := make([]float64, kneeBatches)
	warm := n / 20
	size := (n - warm) / kneeBatches
	for b := range means {
		for _, w := range waited[warm+b*size : warm+(b+1)*size] {
			means[b] += w.Seconds() / float64(size)
		}
	}
	return means
}

// meanAndError is the mean of batch means and its standard error.
func meanAndError(batches []float64) (mean, standard float64) {
	for _, b := range batches {
		mean += b / float64(len(batches))
	}
	for _, b := range batches {
		standard += (b - mean) * (b - mean)
	}
	return mean, math.Sqrt(standard / float64(len(batches)*(len(batches)-1)))
}

func theory(load float64) float64 {
	q := erlang.Queue{Servers: kneePlaces, Arrival: load * kneePlaces / kneeService.Seconds(), Service: 1 / kneeService.Seconds()}
	return q.MeanWait()
}

// TestKnee: overload turns into latency where Erlang's formula says.
func TestKnee(t *testing.T) {
	for _, load := range []float64{0.5, 0.8, 0.9} {
		t.Run(fmt.Sprint(load), func(t *testing.T) {
			batches := waits(t, load, 20_000, func(f func()) { synctest.Test(t, func(*testing.T) { f() }) })
			mean, standard := meanAndError(batches)
			require.InDelta(t, theory(load), mean, 4*standard, "four standard errors of %d batch means", kneeBatches)
		})
	}
}

// BenchmarkKnee prints latency against offered load, measured and by Erlang-C.
func BenchmarkKnee(b *testing.B) {
	for b.Loop() {
		var out strings.Builder
		fmt.Fprintf(&out, "\nmean wait in the queue: %d places, exponential service of %s, Poisson arrivals, n=40000 each, seed %d\n", kneePlaces, kneeService, kneeSeed)
		fmt.Fprintf(&out, "%8s %12s %12s %12s\n", "load", "measured", "± std.err", "Erlang-C")
		for _, load := range []float64{0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95} {
			mean, standard := meanAndError(waits(b, load, 40_000, func(f func()) { synctest.Test(new(testing.T), func(*testing.T) { f() }) }))
			fmt.Fprintf(&out, "%8.2f %10.2fms %10.2fms %10.2fms\n", load, mean*1e3, standard*1e3, theory(load)*1e3)
		}
		fmt.Print(out.String()) // a log of the benchmark would be cut
	}
}
