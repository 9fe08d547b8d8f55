package fakeproviders_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/latency"
)

// contentTokens counts the content of the events in a piece of a stream.
func contentTokens(sse string) int {
	n := 0
	for line := range strings.SplitSeq(sse, "\n") {
		data, ok := strings.CutPrefix(line, "data: ")
		if ok && data != "[DONE]" {
			n += len(gjson.Get(data, "choices.0.delta.content").Str)
		}
	}
	return (n + 3) / 4
}

// ms returns instants in milliseconds.
func ms(values ...int) []time.Duration {
	out := make([]time.Duration, len(values))
	for i, v := range values {
		out[i] = time.Duration(v) * time.Millisecond
	}
	return out
}

// dist is a log-normal distribution of milliseconds.
func dist(t *testing.T, p50, p95 float64) latency.Dist {
	t.Helper()
	d, err := latency.LogNormal(p50*1e6, p95*1e6)
	require.NoError(t, err)
	return d
}
