package swarm

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// draw is a sequence of draws for one purpose.
type draw struct {
	seed    uint64
	purpose string
	n       int
}

// of starts a sequence of its own, so that a further draw in one part of a
// scenario leaves the other parts as they are.
func (d *draw) of(purpose string) *draw {
	return &draw{seed: d.seed, purpose: d.purpose + "/" + purpose}
}

// uniform is a number between 0 and 1, both excluded.
func (d *draw) uniform() float64 {
	d.n++
	return keyed.Uniform(keyed.Hash(d.seed, d.purpose, "", "", d.n))
}

func (d *draw) chance(p float64) bool { return d.uniform() < p }

// below is a whole number from 0 to n-1.
func (d *draw) below(n int) int { return int(d.uniform() * float64(n)) }

// within is a whole number from low to high.
func (d *draw) within(low, high int) int { return low + d.below(high-low+1) }

// spread is a number from low to high, both above zero, whose logarithm is
// uniform: as often between 1 and 10 as between 10 and 100.
func (d *draw) spread(low, high float64) float64 {
	return low * math.Pow(high/low, d.uniform())
}

// count is a whole number from low to high, spread.
func (d *draw) count(low, high int) int {
	return min(max(int(math.Round(d.spread(float64(low), float64(high)))), low), high)
}

// time is a duration from low to high, spread, in round figures.
func (d *draw) time(low, high time.Duration) time.Duration {
	t := time.Duration(d.spread(float64(low), float64(high)))
	unit := time.Duration(1)
	for unit*1000 <= t {
		unit *= 10
	}
	return min(max(t.Truncate(unit), low), high)
}

func pick[T any](d *draw, from ...T) T { return from[d.below(len(from))] }

// some is a random part of a list, in its order, and never empty.
func some[T any](d *draw, from []T) []T {
	var out []T
	for _, v := range from {
		if d.chance(0.5) {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		out = append(out, pick(d, from...))
	}
	return out
}

// shuffled is a list in another order.
func shuffled[T any](d *draw, from []T) []T {
	out := append([]T(nil), from...)
	for i := len(out) - 1; i > 0; i-- {
		j := d.below(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// flow is a YAML mapping on one line, in the making.
type flow []string

func (f *flow) add(key string, value any) {
	*f = append(*f, key+": "+text(value))
}

func (f flow) String() string { return "{" + strings.Join(f, ", ") + "}" }

// text is a value as a scenario writes it.
func text(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return fmt.Sprint(value) // a time.Duration prints as one is written
}

// rounded is a number with three digits after the point.
func rounded(v float64) float64 { return math.Round(v*1000) / 1000 }
