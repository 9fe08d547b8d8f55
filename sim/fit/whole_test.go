package fit_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

func lognormal(p50, p95 float64) scenarios.Dist {
	return scenarios.Dist{Kind: scenarios.LogNormal, P50: p50, P95: p95}
}

func gamma(mean, cv float64) scenarios.Dist {
	return scenarios.Dist{Kind: scenarios.Gamma, Mean: mean, CV: cv}
}

// latencies draws n whole latencies in nanoseconds, with the tokens of each.
func latencies(t *testing.T, first, gap, tokens scenarios.Dist, n int, seed uint64) (y, k []float64) {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // for a test
	var of [3]latency.Dist
	for i, d := range []scenarios.Dist{first, gap, tokens} {
		var err error
		of[i], err = load.Distribution(d)
		require.NoError(t, err)
	}
	for range n {
		size := max(1, math.Round(of[2].Quantile(draw.Float64())))
		k = append(k, size)
		y = append(y, of[0].Quantile(draw.Float64())+of[1].Quantile(draw.Float64())*(size-1))
	}
	return y, k
}

// TestWholeAnswers: where nothing is streamed, the latency is what a log can tell.
// The world fitted to one log has the percentiles of others of the same truth:
// p50 to p95 within 5 %.
func TestWholeAnswers(t *testing.T) {
	sizes := lognormal(120, 400)
	for name, row := range map[string]struct{ first, gap, tokens scenarios.Dist }{
		"log-normal, gamma":      {lognormal(1100e6, 2500e6), gamma(18e6, 0.5), sizes},
		"log-normal, log-normal": {lognormal(700e6, 1500e6), lognormal(12e6, 30e6), sizes},
		"gamma, log-normal":      {gamma(900e6, 0.6), lognormal(15e6, 25e6), sizes},
		"gamma, gamma":           {gamma(400e6, 0.3), gamma(30e6, 0.3), lognormal(300, 900)},
		"a heavy tail":           {lognormal(500e6, 4000e6), lognormal(10e6, 25e6), sizes},
		"hardly any first token": {lognormal(20e6, 40e6), lognormal(12e6, 30e6), sizes},
		"two kinds of first token": {scenarios.Dist{Kind: scenarios.Empirical, Values: []float64{300e6, 310e6, 320e6, 330e6, 2900e6, 3000e6}},
			lognormal(10e6, 14e6), sizes},
		"answers of one length":   {lognormal(700e6, 1500e6), lognormal(12e6, 30e6), lognormal(150, 152)},
		"answers of equal length": {lognormal(700e6, 1500e6), lognormal(12e6, 30e6), scenarios.Dist{Kind: scenarios.Constant, Constant: 150}},
		"short answers":           {lognormal(700e6, 1500e6), lognormal(12e6, 30e6), lognormal(3, 9)},
	} {
		t.Run(name, func(t *testing.T) {
			y, k := latencies(t, row.first, row.gap, row.tokens, 6000, 1)
			var b bytes.Buffer
			b.WriteString("time,provider,model,status,latency_ms,prompt_tokens,output_tokens,stream\n")
			for i := range y {
				fmt.Fprintf(&b, "%d,a,m,200,%.3f,100,%.0f,false\n", i, y[i]/1e6, k[i])
			}
			world := fitted(t, b.Bytes())
			got := model(t, loaded(t, world), "a", "m")
			t.Log(world.Targets[0].Method)
			truth, _ := latencies(t, row.first, row.gap, row.tokens, 60_000, 2)
			played, _ := latencies(t, got.TTFT, got.ITL, row.tokens, 60_000, 3)
			slices.Sort(truth)
			slices.Sort(played)
			for _, p := range []float64{0.1, 0.5, 0.9, 0.95, 0.99} {
				want, have := truth[int(p*60_000)], played[int(p*60_000)]
				tolerance := 0.05
				if p == 0.99 || p == 0.1 {
					tolerance = 0.1 // with 60 answers beyond it in the log
				}
				t.Logf("p%g %.0f %.0f ms %+.1f %%", 100*p, want/1e6, have/1e6, 100*(have/want-1))
				require.InEpsilon(t, want, have, tolerance, "p%g", 100*p)
			}
			whole := world.Targets[0].Whole
			require.Equal(t, 6000, whole.N)
			require.InEpsilon(t, whole.Observed.P50, whole.Fitted.P50, 0.05)
			require.InEpsilon(t, whole.Observed.P95, whole.Fitted.P95, 0.05)
			require.Less(t, whole.KS, 0.05)
		})
	}
}

// TestWhatIsNotIdentifiable is said, not guessed.
func TestWhatIsNotIdentifiable(t *testing.T) {
	for name, row := range map[string]struct {
		tokens scenarios.Dist
		want   string
	}{
		"lengths vary":    {lognormal(120, 400), "mean gap ± "},
		"lengths hardly":  {lognormal(150, 152), "NOT IDENTIFIABLE"},
		"lengths are one": {scenarios.Dist{Kind: scenarios.Constant, Constant: 150}, "NOT IDENTIFIABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			y, k := latencies(t, lognormal(700e6, 1500e6), lognormal(12e6, 30e6), row.tokens, 600, 1)
			var b bytes.Buffer
			b.WriteString("time,provider,model,status,latency_ms,prompt_tokens,output_tokens,stream\n")
			for i := range y {
				fmt.Fprintf(&b, "%d,a,m,200,%.3f,100,%.0f,false\n", i, y[i]/1e6, k[i])
			}
			require.Contains(t, fitted(t, b.Bytes()).Targets[0].Method, row.want)
		})
	}
}
