package keyed_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

const draws = 200_000

// The ids differ in one digit only, as the ids of a run do.
func TestUniformIsUniform(t *testing.T) {
	const buckets = 200
	for _, purpose := range []string{"ttft", "fault", ""} {
		var count [buckets]int
		var sum, lag float64
		prev := 0.5
		for i := range draws {
			u := keyed.Uniform(keyed.Hash(1, purpose, "req-"+strconv.Itoa(i), "openai/gpt-4.1", 0))
			require.Greater(t, u, 0.0)
			require.Less(t, u, 1.0)
			count[int(u*buckets)]++
			sum += u
			lag += (u - 0.5) * (prev - 0.5)
			prev = u
		}
		chi := 0.0
		const want = float64(draws) / buckets
		for _, n := range count {
			chi += (float64(n) - want) * (float64(n) - want) / want
		}
		// Chi-square with 199 degrees of freedom: mean 199, deviation sqrt(398) = 20; five of them.
		require.InDelta(t, buckets-1, chi, 5*math.Sqrt(2*(buckets-1)))
		// The mean has deviation sqrt(1/12/n); five of them.
		require.InDelta(t, 0.5, sum/draws, 5*math.Sqrt(1.0/12/draws))
		// Neighbours are not correlated: the product has deviation 1/12.
		require.InDelta(t, 0, lag/draws, 5.0/12/math.Sqrt(draws))
	}
}

// Draws of one attempt for different purposes, tries and events are independent.
func TestDrawsOfOneKeyAreIndependent(t *testing.T) {
	for name, pair := range map[string]func(keyed.Key) (uint64, uint64){
		"purposes": func(k keyed.Key) (uint64, uint64) { return k.Nth(0).Draw("ttft"), k.Nth(0).Draw("itl") },
		"tries":    func(k keyed.Key) (uint64, uint64) { return k.Nth(0).Draw("ttft"), k.Nth(1).Draw("ttft") },
		"events":   func(k keyed.Key) (uint64, uint64) { return k.DrawAt("fault", 0), k.DrawAt("fault", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			sum := 0.0
			for i := range draws {
				a, b := pair(keyed.NewKey(7, "req-"+strconv.Itoa(i), "p/m"))
				sum += (keyed.Uniform(a) - 0.5) * (keyed.Uniform(b) - 0.5)
			}
			require.InDelta(t, 0, sum/draws, 5.0/12/math.Sqrt(draws))
		})
	}
}

func TestEveryPartOfTheKeyCounts(t *testing.T) {
	base := keyed.Hash(1, "ttft", "req-1", "p/m", 0)
	require.Equal(t, base, keyed.NewKey(1, "req-1", "p/m").Nth(0).Draw("ttft"))
	for name, other := range map[string]uint64{
		"seed":     keyed.Hash(2, "ttft", "req-1", "p/m", 0),
		"purpose":  keyed.Hash(1, "itl", "req-1", "p/m", 0),
		"id":       keyed.Hash(1, "ttft", "req-2", "p/m", 0),
		"target":   keyed.Hash(1, "ttft", "req-1", "p/n", 0),
		"nth":      keyed.Hash(1, "ttft", "req-1", "p/m", 1),
		"boundary": keyed.Hash(1, "ttft", "req-1p", "/m", 0),
		"zeros":    keyed.Hash(1, "ttft", "req-1\x00", "p/m", 0),
	} {
		require.NotEqual(t, base, other, name)
	}
}

// A change here changes every run of every user: it needs a new version.
func TestHashIsStable(t *testing.T) {
	require.Equal(t, uint64(0x4440ecbdef335785), keyed.Hash(1, "ttft", "req-000123", "openai/gpt-4.1", 2))
}

func TestBytesEqualsString(t *testing.T) {
	for n := range 40 {
		s := "0123456789abcdefghijklmnopqrstuvwxyzABCD"[:n]
		require.Equal(t, keyed.String(5, s), keyed.Bytes(5, []byte(s)), n)
	}
}

func TestUniformStaysInside(t *testing.T) {
	require.Greater(t, keyed.Uniform(0), 0.0)
	require.Less(t, keyed.Uniform(math.MaxUint64), 1.0)
}

func BenchmarkDraw(b *testing.B) {
	k := keyed.NewKey(1, "req-000123", "openai/gpt-4.1")
	var sum uint64
	for b.Loop() {
		sum += k.Draw("ttft")
	}
	_ = sum
}
