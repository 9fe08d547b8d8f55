package html

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// A step of a series is a step of its shape: the path is read as data, not as a
// picture. A unit to the right is one stretch, ten down one CSS pixel.
func TestShapesAreTheSeries(t *testing.T) {
	nan := math.NaN()
	top := func(v float64) float64 { return 1 - v }
	tests := []struct{ name, got, want string }{
		{"an area that doubles for two stretches", area([]float64{5, 5, 10, 10, 5}, 10, 10), "M0 100v-50h2v-50h2v50h1v50z"},
		{"an area of nothing", area([]float64{0, 0}, 10, 10), "M0 100h2z"},
		{"an area above its top", area([]float64{20}, 10, 10), "M0 100v-100h1v100z"},
		{"stairs that fall and rise", stairs([]float64{1, 1, 0, 1}, top, 10), "M0 0h2v100h1v-100h1"},
		{"stairs with a gap", stairs([]float64{1, nan, 0}, top, 10), "M0 0h1M2 100h1"},
		{"a trace from middle to middle", trace([]float64{1, .5, .5}, top, 10), "M0.5 0l1 50l1 0"},
		{"a trace with a value alone", trace([]float64{1, nan, .5, nan}, top, 10), "M0 0h1M2 50h1"},
		{"a trace without values", trace([]float64{nan, nan}, top, 10), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, tt.got) })
	}
}

func TestEdgesOfTheLogarithmicAxis(t *testing.T) {
	for v, want := range map[float64][2]float64{1: {1, 1}, 2: {1, 3}, 3: {3, 3}, 5: {3, 10}, 84: {30, 100}, 20_000: {10_000, 30_000}} {
		require.InDelta(t, want[0], logEdge(v, false), 1e-9, "below %v", v)
		require.InDelta(t, want[1], logEdge(v, true), 1e-9, "above %v", v)
	}
}
