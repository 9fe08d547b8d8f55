package swarm_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/swarm"
)

// Each long time is a scenario, with as many outages as were asked for, of which each
// has more than half of its share of the time to recover in.
func TestWeek(t *testing.T) {
	for _, row := range []struct {
		name     string
		duration time.Duration
		outages  int
	}{{"a week", 168 * time.Hour, 100}, {"two", 336 * time.Hour, 128}, {"six hours", 6 * time.Hour, 4}, {"an hour", time.Hour, 6}, {"three minutes", 3 * time.Minute, 2}} {
		t.Run(row.name, func(t *testing.T) {
			for seed := range uint64(10) {
				text := swarm.Week(seed, row.duration, row.outages, 1)
				s, err := scenarios.Load("week.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}, sim.Vocabulary())
				require.NoError(t, err, text)
				require.Equal(t, text, swarm.Week(seed, row.duration, row.outages, 1))
				var starts, ends []time.Duration
				for _, e := range s.Timeline {
					for at := e.At; at < s.Duration; at += e.Every {
						starts, ends = append(starts, at), append(ends, at+e.For)
					}
				}
				slices.Sort(starts)
				slices.Sort(ends)
				require.Len(t, starts, row.outages)
				starts = append(starts, s.Duration)
				for i, end := range ends {
					require.Greater(t, starts[i+1]-end, row.duration/time.Duration(2*row.outages))
				}
			}
		})
	}
	require.NotEqual(t, swarm.Week(1, time.Hour, 6, 1)[50:], swarm.Week(2, time.Hour, 6, 1)[50:])
}
