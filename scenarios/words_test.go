package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestNearest(t *testing.T) {
	words := []string{"attempt_timeout", "total_timeout", "at", "for", "fault", "gpt-4.1-mini"}
	for _, c := range []struct{ name, word, want string }{
		{"one edit", "atempt_timeout", "attempt_timeout"},
		{"two edits", "atempt_timout", "attempt_timeout"},
		{"three edits", "atempt_timot", ""},
		{"case", "FAULT", "fault"},
		{"beginning of a word", "attempt", "attempt_timeout"},
		{"begun by a word", "faulty_thing", "fault"},
		{"short words need to be close", "xy", ""},
		{"empty", "", ""},
		{"far", "zebra", ""},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, nearest(c.word, words)) })
	}
}

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"250ms", 250 * time.Millisecond, true},
		{"2h20m", 140 * time.Minute, true},
		{"1d", 24 * time.Hour, true},
		{"1d12h", 36 * time.Hour, true},
		{"0.5d", 12 * time.Hour, true},
		{"1.5s", 1500 * time.Millisecond, true},
		{"-1h", -time.Hour, true},
		{"", 0, false},
		{"d", 0, false},
		{"1d1d", 0, false},
		{"1d-1h", 0, false},
		{"99999999d", 0, false},
		{"NaNd", 0, false},
		{"5", 0, false},
		{"5 s", 0, false},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, err := parseDuration(c.in)
			require.Equal(t, c.ok, err == nil, "%v", err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestParseCount(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int
		ok   bool
	}{
		{"800k", 800_000, true},
		{"1.5M", 1_500_000, true},
		{"1.0", 1, true},
		{"1M", 1_000_000, true},
		{"0", 0, true},
		{"-3", -3, true},
		{"1.5", 0, false},
		{"1.0001k", 0, false},
		{"1K", 0, false},
		{"0x10", 0, false},
		{"1e3", 0, false},
		{"1/2", 0, false},
		{"", 0, false},
		{"k", 0, false},
		{"99999999999", 0, false},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, err := parseCount(c.in)
			require.Equal(t, c.ok, err == nil, "%v", err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestPercentIsExact(t *testing.T) {
	ratio := &MetricWord{Name: "availability", Unit: "ratio"}
	for in, want := range map[string]float64{"99.9%": 0.999, "99.95 %": 0.9995, "0.999": 0.999, "100%": 1, "29%": 0.29} {
		got, err := thresholdValue(in, ratio)
		require.NoError(t, err)
		require.Equal(t, want, got, in) //nolint:testifylint // exactness is the point
	}
}
