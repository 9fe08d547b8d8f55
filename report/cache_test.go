package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// cached adds a request that gets the answer to another one out of the cache.
func (m *made) cached(at time.Duration, origin uint32, state record.CacheState) {
	r := m.request(at)
	r.Outcome, r.Provider, r.Model, r.Done = record.OK, m.cell.Requests[origin].Provider, m.cell.Requests[origin].Model, at+ms
	m.cell.Relays = append(m.cell.Relays, record.Relay{
		Seq: r.Seq, Outcome: record.RelayCached, Cache: state, Origin: origin, Start: at, End: at + ms,
	})
}

// A miss, two hits of it, one of them stale, a miss that fails, and a request
// that has nothing to do with the cache.
func TestCacheByHand(t *testing.T) {
	m := newMade()
	m.request(0, try{target: 0, bill: 1000, ok: true})
	m.cached(1*second, 0, record.CacheHit)
	m.cached(2*second, 0, record.CacheStale)
	m.request(3*second, try{target: 0, bill: 30})
	m.request(4*second, try{target: 1, bill: 500, ok: true})
	m.cell.Journal[0].Quality = 0.5 // a fault's doing
	m.cell.Relays[0].Cache, m.cell.Relays[3].Cache = record.CacheMiss, record.CacheMiss

	cell := report.Compute(m.run(), nil).Cells[0]
	require.Equal(t, &report.CacheUse{Lookups: 4, Hits: 2, Stale: 1, HitRatio: 0.5, Answered: 3, Availability: 0.75}, cell.Cache)
	require.Equal(t, report.Measured{Value: 0.5, N: 4, OK: true}, cell.Measured("cache_hit_ratio", ""))
	require.False(t, cell.Tasks.Get("search").Measured("cache_hit_ratio", "").OK)
	require.InDelta(t, 0.8, float64(*cell.Availability), 1e-12, "hits count")
	require.Equal(t, map[string]report.Ratio{"cache": 0.5, "a": 0.25, "b": 0.25}, cell.ServedBy)
	require.Equal(t, 3, cell.Scored)
	require.InDelta(t, 0.4, float64(*cell.Quality), 1e-12, "as good as the first time: 0.8 × 0.5, three times")
	require.InDelta(t, 0.00153, float64(*cell.Cost), 1e-12, "hits cost nothing")
	require.InDelta(t, 0.00003, float64(*cell.Wasted), 1e-12)
	require.Equal(t, 1, cell.Providers.Get("a").Answered, "a provider's answers are those it gave")
}
