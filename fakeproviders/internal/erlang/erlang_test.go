package erlang_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/internal/erlang"
)

// Figures that others publish.
func TestPublishedValues(t *testing.T) {
	// Examples of a course, in the tests of a solver written for it:
	// https://github.com/AlgoGraph/Queuing-theory/blob/main/tests/MMC.test.ts
	// It gives the customers in the queue (0.889) and the time in the system
	// (28.88), service included, of three servers; customers in the system
	// (5.16) of two.
	three := erlang.Queue{Servers: 3, Arrival: 1.0 / 10, Service: 1.0 / 20}
	require.InDelta(t, 0.889, three.MeanWait()*three.Arrival, 0.001)
	require.InDelta(t, 28.88, three.MeanWait()+20, 0.01)
	two := erlang.Queue{Servers: 2, Arrival: 11.0 / 20, Service: 1.0 / 3}
	require.InDelta(t, 5.16, two.Arrival*(two.MeanWait()+3), 0.01)
}

// Fractions worked out by hand from the formula.
func TestExactFractions(t *testing.T) {
	for _, row := range []struct {
		servers int
		load    float64
		want    float64
	}{{1, 0.5, 1.0 / 2}, {2, 1, 1.0 / 3}, {2, 1.5, 9.0 / 14}, {3, 2, 4.0 / 9}} {
		q := erlang.Queue{Servers: row.servers, Arrival: row.load, Service: 1}
		require.NoError(t, q.Validate())
		require.InDelta(t, row.want, q.WaitProbability(), 1e-12, "%d servers", row.servers)
		require.InDelta(t, row.want/(float64(row.servers)-row.load), q.MeanWait(), 1e-12, "%d servers", row.servers)
	}
}

// textbook is Erlang's formula as it is usually written, for few servers.
func textbook(c int, load float64) float64 {
	term, sum := 1.0, 0.0 // loadᵏ/k!
	for k := range c {
		sum += term
		term *= load / float64(k+1)
	}
	term /= 1 - load/float64(c)
	return term / (sum + term)
}

func TestRecursionIsTheFormula(t *testing.T) {
	for c := 1; c <= 60; c++ {
		for _, rho := range []float64{0.01, 0.3, 0.7, 0.95, 0.999} {
			q := erlang.Queue{Servers: c, Arrival: rho * float64(c) * 2.5, Service: 2.5}
			require.InEpsilon(t, textbook(c, rho*float64(c)), q.WaitProbability(), 1e-9, "%d at %v", c, rho)
		}
	}
}

// With one server everything has a closed form: ρ wait, ρ/(μ−λ) on average.
func TestOneServer(t *testing.T) {
	q := erlang.Queue{Servers: 1, Arrival: 3, Service: 4}
	require.InDelta(t, 0.75, q.WaitProbability(), 1e-12)
	require.InDelta(t, 0.75, q.MeanWait(), 1e-12)
	require.InDelta(t, 0.75*math.Exp(-2), q.WaitBeyond(2), 1e-12)
	require.InDelta(t, q.WaitProbability(), q.WaitBeyond(0), 1e-12)
}

// The mean wait is the area under the share that waits longer.
func TestMeanWaitIsTheIntegral(t *testing.T) {
	q := erlang.Queue{Servers: 8, Arrival: 7, Service: 1}
	const step = 0.001
	area := 0.0
	for i := range 40_000 {
		area += q.WaitBeyond((float64(i)+0.5)*step) * step
	}
	require.InEpsilon(t, q.MeanWait(), area, 1e-6)
}

func TestManyServersStayFinite(t *testing.T) {
	q := erlang.Queue{Servers: 1_000_000, Arrival: 999_000, Service: 1}
	require.Greater(t, q.WaitProbability(), 0.0)
	require.Less(t, q.WaitProbability(), 1.0)
}

func TestWithoutSteadyState(t *testing.T) {
	for name, q := range map[string]erlang.Queue{
		"no server":        {Servers: 0, Arrival: 1, Service: 1},
		"too many servers": {Servers: 1_000_001, Arrival: 1, Service: 1},
		"no arrival":       {Servers: 1, Arrival: 0, Service: 1},
		"NaN":              {Servers: 1, Arrival: math.NaN(), Service: 1},
		"no service":       {Servers: 1, Arrival: 1, Service: 0},
		"full":             {Servers: 2, Arrival: 2, Service: 1},
		"overloaded":       {Servers: 2, Arrival: 3, Service: 1},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, q.Validate())
			require.True(t, math.IsNaN(q.WaitProbability()))
			require.True(t, math.IsNaN(q.MeanWait()))
			require.True(t, math.IsNaN(q.WaitBeyond(1)))
		})
	}
}
