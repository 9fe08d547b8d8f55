package keyed_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/keyed"
)

func TestHashDependsOnEveryPartOfItsKey(t *testing.T) {
	seen := map[uint64]string{}
	for _, row := range []struct {
		name                string
		seed                uint64
		purpose, id, target string
		nth                 int
	}{
		{"base", 1, "backoff", "req-1", "a/m", 0},
		{"seed", 2, "backoff", "req-1", "a/m", 0},
		{"purpose", 1, "timeout", "req-1", "a/m", 0},
		{"id", 1, "backoff", "req-2", "a/m", 0},
		{"target", 1, "backoff", "req-1", "b/m", 0},
		{"nth", 1, "backoff", "req-1", "a/m", 1},
		{"boundary of words", 1, "backoffr", "eq-1", "a/m", 0},
	} {
		h := keyed.Hash(row.seed, row.purpose, row.id, row.target, row.nth)
		require.Equal(t, h, keyed.Hash(row.seed, row.purpose, row.id, row.target, row.nth))
		require.NotContains(t, seen, h, row.name)
		seen[h] = row.name
	}
}

// The figure pins the function: another one would change every seeded run.
func TestHashIsPinned(t *testing.T) {
	require.Equal(t, keyed.Hash(1, "timeout", "req-000001", "a/m", 0), uint64(0x9d4e108a0c1802da))
}

func TestShare(t *testing.T) {
	counts := [10]int{}
	for i := range 20_000 {
		d := keyed.Share(keyed.Hash(7, "x", "", "", i), 10*time.Millisecond)
		require.GreaterOrEqual(t, d, time.Duration(0))
		require.Less(t, d, 10*time.Millisecond+2*time.Microsecond)
		counts[min(d/time.Millisecond, 9)]++
	}
	for i, n := range counts {
		require.InDelta(t, 2000, n, 250, "tenth %d", i)
	}
	require.Zero(t, keyed.Share(5, -1))
	require.Less(t, keyed.Share(5, 0), time.Microsecond)
}
