package spend

import (
	"flag"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/keyed"
)

var watchWeeks = flag.Int("weeks", 1, "weeks of TestWatchIsQuiet; with 7 or more TestWatchFindsAJump tries every hour")

// unit is a draw in (0, 1).
func unit(seed uint64, what string, n int) float64 {
	return (float64(keyed.Hash(seed, what, "", "", n)>>11) + 0.5) / (1 << 53)
}

// traffic books what requests cost that come at random: two to six a second, by the
// time of day, and costs with a long
// tail (a log-normal distribution, whose standard deviation is as large as its mean).
// It returns when there were alarms.
func traffic(w *Watch, seed uint64, from, to time.Time, factor func(time.Time) float64) (alarms []time.Time) {
	at := from
	for n := 0; at.Before(to); n++ {
		day := float64(at.Unix()%86400) / 86400
		rate := 4 + 2*math.Sin(2*math.Pi*(day-0.25))
		at = at.Add(time.Duration(-math.Log(unit(seed, "gap", n)) / rate * float64(time.Second)))
		normal := math.Sqrt(-2*math.Log(unit(seed, "one", n))) * math.Cos(2*math.Pi*unit(seed, "two", n))
		cost := 1000 * math.Exp(math.Sqrt(math.Ln2)*normal) * factor(at)
		if _, ok := w.Book(at, int64(cost)); ok {
			alarms = append(alarms, at)
		}
	}
	return alarms
}

func asEver(time.Time) float64 { return 1 }

// A day like any other raises no alarm: over weeks of different luck, at most one in
// each.
func TestWatchIsQuiet(t *testing.T) {
	weeks, total := *watchWeeks, 0
	for seed := range uint64(weeks) {
		alarms := traffic(&Watch{}, seed, start, start.Add(7*24*time.Hour), asEver)
		require.LessOrEqual(t, len(alarms), 1, "week %d: %v", seed, alarms)
		total += len(alarms)
	}
	t.Logf("%d alarms in %d weeks", total, weeks)
}

// Three times the spend is told within two minutes, once, at any time of day.
func TestWatchFindsAJump(t *testing.T) {
	for _, row := range []struct {
		name string
		days int // of traffic before the day of the jump
	}{{"on the first day", 0}, {"after three days", 3}} {
		t.Run(row.name, func(t *testing.T) {
			late, n := 0, 0
			for hour := 2; hour < 24; hour += max(1, 8-*watchWeeks) {
				began := start.Add(time.Duration(row.days*24+hour)*time.Hour + time.Duration(hour*7)*time.Second)
				factor := func(at time.Time) float64 {
					if at.Before(began) {
						return 1
					}
					return 3
				}
				from := began.Add(-time.Duration(row.days)*24*time.Hour - 75*time.Minute)
				alarms := traffic(&Watch{}, uint64(hour), from, began.Add(20*time.Minute), factor)
				n++
				if !slices.ContainsFunc(alarms, func(at time.Time) bool { return at.After(began) && at.Sub(began) <= 2*time.Minute }) {
					late++
					t.Logf("jump at %s: alarms %v", began.Format(time.TimeOnly), alarms)
				}
			}
			require.Zero(t, late)
			t.Logf("%d of %d within two minutes", n-late, n)
		})
	}
}
