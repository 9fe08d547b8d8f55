package fit_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/fit"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// TestBacktestOfFewRequests: seeds that agree leave an interval all the same. That
// none of twelve requests failed is no proof that none of another twelve will.
func TestBacktestOfFewRequests(t *testing.T) {
	twelve := func(failed int) []byte {
		var b bytes.Buffer
		b.WriteString("time,provider,model,status,latency_ms,prompt_tokens,output_tokens\n")
		for i := range 12 {
			status := 200
			if i < failed {
				status = 503
			}
			fmt.Fprintf(&b, "%d,a,m,%d,%d,100,50\n", 10*i, status, 900+i)
		}
		return b.Bytes()
	}
	world := fitted(t, twelve(0))
	for failed, inside := range map[int]bool{0: true, 1: true, 8: false} {
		log, err := requestlog.Read(bytes.NewReader(twelve(failed)), requestlog.Auto)
		require.NoError(t, err)
		result, err := world.Backtest(t.Context(), log, true, fit.Options{Seeds: 20})
		require.NoError(t, err)
		got := result.Figures[0]
		require.Equal(t, "availability", got.Name)
		require.Less(t, got.Low, got.High)
		require.Equal(t, inside, got.Inside, "%d failed: %+v", failed, got)
	}
}
