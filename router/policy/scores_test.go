package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/policy"
)

func TestQualityOfComparisons(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	settings := policy.Comparisons{HalfLife: time.Hour, MinSamples: 10}
	byTask := map[string]float64{"code": 0.6}
	observe := func(n int, task string, score float64) func(s *policy.Scores) {
		return func(s *policy.Scores) {
			for range n {
				s.Observe(task, score, start)
			}
		}
	}
	for _, row := range []struct {
		name  string
		feed  func(s *policy.Scores)
		task  string
		after time.Duration
		want  float64
	}{
		{"as configured", observe(0, "", 0), "", 0, 0.8},
		{"as configured for the task", observe(0, "", 0), "code", 0, 0.6},
		{"as configured for others", observe(0, "", 0), "chat", 0, 0.8},
		{"too few", observe(9, "code", 0), "code", 0, 0.6},
		{"enough", observe(10, "code", 0), "code", 0, (10*0 + 10*0.6) / 20},
		{"many", observe(90, "code", 1), "code", 0, (90*1 + 10*0.6) / 100},
		{"of another task count for the whole", observe(90, "code", 1), "chat", 0, (90*1 + 10*0.8) / 100},
		{"but not for a task with a score of its own", observe(90, "chat", 1), "code", 0, 0.6},
		{"half are left after the half-life", observe(40, "code", 0), "code", time.Hour, (20*0 + 10*0.6) / 30},
		{"then too few", observe(40, "code", 0), "code", 150 * time.Minute, 0.6},
		{"no scores at all", observe(50, "code", 2), "code", 0, 0.6},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := policy.NewScores(settings, 0.8, byTask)
			row.feed(s)
			require.InDelta(t, row.want, s.For(row.task, start.Add(row.after)), 1e-12)
		})
	}
	s := policy.NewScores(policy.Comparisons{}, 0, nil)
	require.Zero(t, s.For("x", start))
	observe(20, "x", 0.7)(s)
	require.InDelta(t, 0.7, s.For("x", start), 1e-12, "what was never configured has no part in it")
	for i := range 1000 { // tasks are named by clients: they are bounded
		s.Observe(time.Duration(i).String(), 0.7, start)
	}
	require.InDelta(t, 0.7, s.For("unheard of", start), 1e-12)
}
