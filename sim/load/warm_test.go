package load_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

func TestWarmed(t *testing.T) {
	repeated := func(text uint32) load.Spec {
		return load.Spec{Space: 1, Text: text, PromptTokens: 10, OutputTokens: text}
	}
	longer := repeated(2)
	longer.OutputTokens = 99 // the same question
	p := &load.Plan{
		Specs: []load.Spec{repeated(1), repeated(2), longer, {Text: 3}, repeated(3), repeated(3), repeated(3), repeated(4)},
	}
	for i := range p.Specs {
		p.Arrivals = append(p.Arrivals, time.Duration(i)*time.Minute)
	}
	w := p.Warmed(scenarios.Warm{At: 6 * time.Minute, Top: 2}, 1, 1)
	require.Equal(t, 2, w.WarmUps)
	require.Equal(t, p.Arrivals, w.Load())
	require.Equal(t, []load.Spec{repeated(2), repeated(3)}, w.Specs[8:], "until then each came twice, in this order")
	require.Len(t, p.Specs, 8, "the plan stays as it is")
	require.Equal(t, []bool{false, false, true, true}, []bool{p.IsWarmUp(7), w.IsWarmUp(7), w.IsWarmUp(8), w.IsWarmUp(9)})
	at := w.Arrivals[8:]
	require.GreaterOrEqual(t, at[0], 6*time.Minute)
	require.Greater(t, at[1], at[0])
	require.Less(t, at[1], 6*time.Minute+200*time.Millisecond)

	all := p.Warmed(scenarios.Warm{At: time.Hour, Top: 100}, 3, 1)
	require.Equal(t, 4*3, all.WarmUps, "what repeats, at each replica")
	require.Equal(t, []load.Spec{repeated(3), repeated(3), repeated(3)}, all.Specs[8:11])
	require.Zero(t, p.Warmed(scenarios.Warm{Top: 5}, 1, 1).WarmUps, "nothing has been asked yet")
}
