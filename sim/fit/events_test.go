package fit_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/sim/fit"
)

// stretch is a time in which requests fail at a rate.
type stretch struct {
	at, length time.Duration
	rate       float64
}

// failing is a log of one target with a request every gap or so, which fails with
// 503 at the base rate and more often in stretches.
func failing(d, gap time.Duration, base float64, stretches ...stretch) []byte {
	var b bytes.Buffer
	b.WriteString("time,provider,model,status,latency_ms,prompt_tokens,output_tokens\n")
	draw := rand.New(rand.NewPCG(7, 7)) //nolint:gosec // a log made up for a test
	for at := time.Duration(0); at < d; at += time.Duration(draw.ExpFloat64() * float64(gap)) {
		rate, status := base, 200
		for _, s := range stretches {
			if at >= s.at && at < s.at+s.length {
				rate = s.rate
			}
		}
		if draw.Float64() < rate {
			status = 503
		}
		fmt.Fprintf(&b, "%.3f,openai,m,%d,900,100,50\n", at.Seconds(), status)
	}
	return b.Bytes()
}

// TestStretches: outages are found where they were, to a few requests, and what
// is outside them is the base rate. Chance is no outage.
func TestStretches(t *testing.T) {
	const day = 24 * time.Hour
	for name, row := range map[string]struct {
		d, gap time.Duration
		base   float64
		want   []stretch
	}{
		"nothing fails":               {time.Hour, time.Second, 0, nil},
		"a base rate":                 {day, time.Second, 0.01, nil},
		"a high base rate":            {day, 10 * time.Second, 0.4, nil},
		"five minutes of a day":       {day, 2 * time.Second, 0.005, []stretch{{9*time.Hour + 7*time.Minute, 5 * time.Minute, 0.8}}},
		"five minutes, nothing else":  {6 * time.Hour, 2 * time.Second, 0, []stretch{{5 * time.Hour, 5 * time.Minute, 1}}},
		"over the edge of an hour":    {6 * time.Hour, time.Second, 0.01, []stretch{{2*time.Hour - 150*time.Second, 5 * time.Minute, 0.6}}},
		"most of the log":             {2 * time.Hour, time.Second, 0.01, []stretch{{20 * time.Minute, 80 * time.Minute, 0.9}}},
		"two, and one that is milder": {day, 2 * time.Second, 0.01, []stretch{{3 * time.Hour, 10 * time.Minute, 0.9}, {8 * time.Hour, time.Hour, 0.15}, {20 * time.Hour, 5 * time.Minute, 0.5}}},
		"two with a calm between":     {6 * time.Hour, time.Second, 0.02, []stretch{{50 * time.Minute, 5 * time.Minute, 0.9}, {time.Hour, 5 * time.Minute, 0.9}}},
		"a storm and its tail":        {6 * time.Hour, time.Second, 0.002, []stretch{{time.Hour, 30 * time.Minute, 0.95}, {90 * time.Minute, 60 * time.Minute, 0.3}}},
		"the whole log":               {time.Hour, time.Second, 1, nil},
		"a slow target":               {day, 30 * time.Second, 0, []stretch{{9 * time.Hour, 10 * time.Minute, 1}}},
		"until the end":               {2 * time.Hour, time.Second, 0.01, []stretch{{110 * time.Minute, 10 * time.Minute, 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			world := fitted(t, failing(row.d, row.gap, row.base, row.want...))
			var background *fit.Event
			var found []fit.Event
			for i := range world.Events {
				if e := world.Events[i]; e.For == world.Duration {
					background = &e
				} else {
					found = append(found, e)
				}
			}
			require.Len(t, found, len(row.want), "%+v", found)
			for i, want := range row.want {
				near := 6*row.gap.Seconds()/want.rate + 1
				require.InDelta(t, want.at.Seconds(), found[i].At.Seconds(), near, "at")
				require.InDelta(t, (want.at + want.length).Seconds(), (found[i].At + found[i].For).Seconds(), near, "its end")
				require.InDelta(t, want.rate, found[i].Rate, 0.1)
				require.InDelta(t, want.length.Seconds()/row.gap.Seconds()*want.rate, found[i].Hits, 0.3*float64(found[i].Failed), "expected hits")
				require.False(t, found[i].Rare())
			}
			if row.base == 0 {
				require.Nil(t, background)
				return
			}
			require.NotNil(t, background)
			require.InEpsilon(t, row.base, background.Rate, 0.2)
		})
	}
}

// TestRareEvents are played back, and no part of the scenario.
func TestRareEvents(t *testing.T) {
	world := fitted(t, append(failing(time.Hour, 10*time.Second, 0), "3599,openai,m,429,9,0,0\n"...))
	require.Len(t, world.Events, 1)
	require.True(t, world.Events[0].Rare())
	require.InDelta(t, 1, world.Events[0].Hits, 0.2)
	var scenario, report bytes.Buffer
	require.NoError(t, world.WriteScenario(&scenario, "./w.yaml"))
	require.Contains(t, scenario.String(), "# left out, since a run may well have none: errors-429-openai, 1 failed")
	require.NotContains(t, scenario.String(), "timeline")
	require.NoError(t, table.WritePage(&report, world.Report(), table.Options{}))
}
