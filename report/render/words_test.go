package render_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	_ "github.com/routedrill/routedrill/report/internal/golden" // the flag -update
	"github.com/routedrill/routedrill/report/render"
)

func TestDuration(t *testing.T) {
	tests := []struct {
		in   time.Duration
		want string
	}{
		{0, "0s"},
		{500 * time.Microsecond, "0.50ms"},
		{9990 * time.Microsecond, "9.99ms"},
		{842 * time.Millisecond, "842ms"},
		{999500 * time.Microsecond, "1.00s"},
		{1234 * time.Millisecond, "1.23s"},
		{9995 * time.Millisecond, "10.0s"},
		{59949 * time.Millisecond, "59.9s"},
		{59950 * time.Millisecond, "1m00s"},
		{2*time.Hour + 5*time.Second, "2h00m05s"},
		{-time.Second, "-1.00s"},
		{math.MinInt64, "-2562047h47m16s"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) { require.Equal(t, tt.want, render.Duration(tt.in)) })
	}
}

func TestShareIsNeverRoundedUp(t *testing.T) {
	tests := []struct {
		in   report.Ratio
		want string
	}{
		{1, "100.00%"}, {0.99999, "99.99%"}, {0.29, "29.00%"}, {2.0 / 3, "66.66%"}, {0, "0.00%"}, {0.9999, "99.99%"},
		{359_999.0 / 360_000, "99.99%"}, {0.0007, "0.07%"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, render.Share(&tt.in))
	}
	require.Equal(t, render.Absent, render.Share(nil))
}

func TestDollars(t *testing.T) {
	tests := []struct {
		in   report.USD
		want string
	}{{0, "$0.0000"}, {0.00012, "$0.0001"}, {6.1234, "$6.123"}, {123.456, "$123.46"}, {12345.6, "$12346"}}
	for _, tt := range tests {
		require.Equal(t, tt.want, render.Dollars(&tt.in))
	}
}

func TestClean(t *testing.T) {
	require.Equal(t, "a?b?c?d 日本", render.Clean("a\x1bb\nc\u202ed 日本"))
	require.Equal(t, "?", render.Clean("\xff"))
}

func TestFigure(t *testing.T) {
	value := report.Number(0.25)
	tests := []struct {
		threshold report.Threshold
		want      string
	}{
		{report.Threshold{Metric: "latency", Unit: "seconds", Measured: &value}, "250ms"},
		{report.Threshold{Metric: "cost", Unit: "usd", Measured: &value}, "$0.2500"},
		{report.Threshold{Metric: "requests", Unit: "count", Measured: &value}, "0.25"},
		{report.Threshold{Metric: "availability", Unit: "ratio", Measured: &value}, "25.00%"},
		{report.Threshold{Metric: "retry_amplification", Unit: "ratio", Measured: &value}, "0.250"},
		{report.Threshold{Metric: "time_to_detect", Unit: "seconds", Never: true}, "never"},
		{report.Threshold{Metric: "time_to_failover", Unit: "seconds", Avoided: true}, "avoided"},
		{report.Threshold{Metric: "latency", Unit: "seconds"}, "-"},
	}
	for _, tt := range tests {
		t.Run(tt.threshold.Metric+tt.want, func(t *testing.T) { require.Equal(t, tt.want, render.Figure(&tt.threshold)) })
	}
}
