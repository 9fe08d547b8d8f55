package quota_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
)

func TestAcceleration(t *testing.T) {
	limits := func(a quota.Acceleration) quota.Config { return quota.Config{Limits: quota.Limits{Acceleration: a}} }
	in := func(n int) quota.Ask { return quota.Ask{Input: n} }
	slow := func(limit, used, asked int, wait time.Duration) *quota.Refusal {
		return &quota.Refusal{Kind: quota.SlowDown, Unit: quota.InputTokens, Limit: limit, Used: used, Asked: asked, Wait: wait}
	}
	for name, tc := range map[string]struct {
		config quota.Config
		calls  []call
	}{
		"the floor is always allowed": {
			limits(quota.Acceleration{Percent: 150, Floor: 1000}),
			[]call{
				{at: 5 * s, ask: in(600)},
				{at: 15 * s, ask: in(400)},
				// The 600 of the first slice are not recent any more from 60 s on.
				{at: 16 * s, ask: in(1), refused: slow(1000, 1000, 1, 44*s)},
				{at: 60 * s, ask: in(600)},
				{at: 61 * s, ask: in(1001), refused: slow(1000, 1000, 1001, 0)},
			},
		},
		"a past allows its percentage": {
			limits(quota.Acceleration{Percent: 150, Floor: 10, Past: 6000, Over: time.Minute}),
			[]call{
				{at: 0, ask: in(4000)}, // with 5 slices of 1000: 9000
				{at: 1 * s, ask: in(1), refused: slow(9000, 9000, 1, 9*s)},
				{at: 10 * s, ask: in(1000)},
				{at: 11 * s, ask: in(1), refused: slow(9000, 9000, 1, 9*s)},
			},
		},
		"without use the past fades": {
			limits(quota.Acceleration{Percent: 200, Floor: 10, Past: 6000, Over: time.Minute}),
			// Recent use is nothing at 70 s, and usual use four slices of 1000 and two empty ones.
			[]call{{at: 70 * s, ask: in(8001), refused: slow(8000, 0, 8001, 0)}, {at: 70 * s, ask: in(8000)}},
		},
		"after a long silence only the floor is left": {
			limits(quota.Acceleration{Percent: 150, Floor: 10, Past: 1_000_000}),
			[]call{
				{at: 0, ask: in(100)},
				{at: 24 * time.Hour, ask: in(11), refused: slow(10, 0, 11, 0)},
				{at: 24 * time.Hour, ask: in(10)},
			},
		},
		"cached input does not count": {
			limits(quota.Acceleration{Percent: 150, Floor: 10}),
			[]call{{at: 0, ask: quota.Ask{Input: 1000, Cached: 990}}, {at: 1, ask: in(1), refused: slow(10, 10, 1, 60*s)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, group(t, tc.config), tc.calls)
		})
	}
}

// A client that takes all it can get grows as the package comment says.
func TestSustainedGrowth(t *testing.T) {
	for name, tc := range map[string]struct {
		acceleration quota.Acceleration
		want         float64 // growth in a span of usual use
	}{
		"150 over 10 minutes": {quota.Acceleration{Percent: 150, Past: 60_000, Over: 10 * time.Minute}, 2.19},
		"123 over 15 minutes": {quota.Acceleration{Percent: 123, Past: 60_000, Over: 15 * time.Minute}, 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			over := tc.acceleration.Over
			g := group(t, quota.Config{Limits: quota.Limits{Acceleration: tc.acceleration}})
			use := func(from, to time.Duration) float64 {
				before := g.Totals().Input
				for now := from; now < to; now += s {
					for refused := (*quota.Refusal)(nil); refused == nil; {
						_, _, refused = g.Admit(now, quota.Ask{Input: 200})
					}
				}
				return float64(g.Totals().Input - before)
			}
			use(0, 3*over) // until growth is steady
			first, second := use(3*over, 4*over), use(4*over, 5*over)
			require.InDelta(t, tc.want, second/first, 0.02)
		})
	}
}
