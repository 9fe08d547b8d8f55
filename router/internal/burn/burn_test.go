package burn_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/burn"
)

var start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

func TestRules(t *testing.T) {
	rules := burn.Rules(time.Hour)
	require.Equal(t, burn.Rule{Long: time.Hour, Short: 5 * time.Minute, Rate: 14.4}, rules[0])
	require.Equal(t, burn.Rule{Long: 6 * time.Hour, Short: 30 * time.Minute, Rate: 6}, rules[1])
	month := 30 * 24 * time.Hour
	require.InDelta(t, 0.02, rules[0].Rate*float64(rules[0].Long)/float64(month), 1e-12)
	require.InDelta(t, 0.05, rules[1].Rate*float64(rules[1].Long)/float64(month), 1e-12)
	require.Equal(t, 30*time.Second, burn.Step(time.Hour))
}

func TestSeries(t *testing.T) {
	s := burn.NewSeries(time.Hour)
	for minute := range 6 * 60 {
		now := start.Add(time.Duration(minute) * time.Minute)
		c := burn.Quick
		switch {
		case minute >= 350:
			c = burn.Failed
		case minute >= 340:
			c = burn.Slow
		case minute < 60:
			c = burn.Good
		}
		s.Add(now, c)
	}
	now := start.Add(6*time.Hour - time.Second)
	require.Equal(t, burn.Sum{Bad: 5, All: 5}, s.Errors(now, 5*time.Minute))
	require.Equal(t, burn.Sum{Bad: 10, All: 60}, s.Errors(now, time.Hour))
	require.Equal(t, burn.Sum{Bad: 10, All: 360}, s.Errors(now, 6*time.Hour))
	require.Equal(t, burn.Sum{Bad: 10, All: 290}, s.Late(now, 6*time.Hour))
	require.Equal(t, burn.Sum{}, s.Late(now, 5*time.Minute))
	require.Zero(t, burn.Sum{}.Rate(0.01))
	require.InDelta(t, 100./6, burn.Sum{Bad: 10, All: 60}.Rate(0.01), 1e-9)
}

func TestBurning(t *testing.T) {
	rule := burn.Rules(time.Hour)[0]
	for _, row := range []struct {
		name        string
		long, short burn.Sum
		stuck, want bool
	}{
		{"nothing", burn.Sum{}, burn.Sum{}, false, false},
		{"both", burn.Sum{150, 1000}, burn.Sum{15, 100}, false, true},
		{"not enough over the long", burn.Sum{143, 1000}, burn.Sum{100, 100}, false, false},
		{"it is over", burn.Sum{500, 1000}, burn.Sum{0, 100}, false, false},
		{"it gets no requests any more", burn.Sum{500, 1000}, burn.Sum{}, false, false},
		{"since it is stuck", burn.Sum{500, 1000}, burn.Sum{}, true, true},
		{"four are too few", burn.Sum{4, 4}, burn.Sum{4, 4}, true, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Equal(t, row.want, rule.Burning(row.long, row.short, 0.01, row.stuck))
		})
	}
}

func TestAlarm(t *testing.T) {
	times := burn.Times{Raise: 2 * time.Minute, Clear: 3 * time.Minute, Hold: 10 * time.Minute}
	for _, row := range []struct {
		name  string
		holds string // minute by minute: x where the condition holds
		want  string // . nothing, R raised, C cleared
	}{
		{"quiet", ".......", "......."},
		{"a blip", ".xx.x.x", "......."},
		{"raised", ".xxxx", "...R."},
		{"held", "xxx.............", "..R.........C..."},
		{"cleared", "xxxxxxxxxxxx......", "..R............C.."},
		{"not yet over", "xxxxxxxxxxxx..x....", "..R...............C"},
		{"not over", "xxxxxxxxxxxx...xxx", "..R..............."},
		{"and again", "xxxxxxxxxxxx....xxx", "..R............C..R"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var a burn.Alarm
			got := ""
			for minute, c := range row.holds {
				got += string(".RC"[a.Step(start.Add(time.Duration(minute)*time.Minute), c == 'x', times)])
			}
			require.Equal(t, row.want, got)
		})
	}
}
