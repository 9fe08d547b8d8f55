package swarm

import (
	"math"
	"time"
)

// latency is a distribution of durations of any form, with a middle between
// low and high.
func latency(d *draw, low, high time.Duration) string {
	middle := float64(d.time(low, high))
	show := func(v float64) any { return time.Duration(v).Round(10 * time.Microsecond) }
	return distribution(d, middle, show)
}

// sizes is a distribution of whole numbers of at least least, with a middle
// between low and high.
func sizes(d *draw, least, low, high int) string {
	middle := float64(d.count(low, high))
	show := func(v float64) any { return max(int(math.Round(v)), least) }
	return distribution(d, middle, show)
}

// distribution draws one of the forms the language has. Parts of a mixture
// have the simple forms only.
func distribution(d *draw, middle float64, show func(float64) any) string {
	switch d.below(8) {
	case 0, 1:
		return text(show(middle))
	case 2:
		m := flow{}
		m.add("mixture", []string{
			part(d, 1-0.3*d.uniform(), middle, show).String(),
			part(d, 0.5*d.uniform()+0.001, middle*d.spread(1, 10), show).String(),
		})
		return m.String()
	}
	return form(d, middle, show).String()
}

func part(d *draw, weight, middle float64, show func(float64) any) flow {
	f := flow{}
	f.add("weight", rounded(weight))
	if d.chance(0.3) {
		f.add("value", show(middle))
		return f
	}
	return append(f, form(d, middle, show)...)
}

func form(d *draw, middle float64, show func(float64) any) flow {
	f := flow{}
	// What is shown of figures must rise, however coarsely.
	up := func(from, factor float64) float64 { return max(from*factor, from+3) }
	switch d.below(4) {
	case 0:
		f.add("mean", show(max(middle, 1)))
		f.add("cv", rounded(d.spread(0.05, 2)))
	case 1:
		values := make([]string, d.within(1, 6))
		for i := range values {
			values[i] = text(show(middle * d.spread(0.3, 3)))
		}
		f.add("empirical", values)
	case 2:
		middle = max(middle, 2)
		f.add("p50", show(middle))
		f.add(pick(d, "p95", "p99"), show(up(middle, d.spread(1.1, 5))))
	default:
		middle = max(middle, 3)
		p90 := up(middle, d.spread(1.1, 3))
		p99 := up(p90, d.spread(1.1, 4))
		f.add("p10", show(max(middle*d.spread(0.3, 0.9), 2)))
		f.add("p50", show(middle))
		f.add("p90", show(p90))
		f.add("p99", show(p99))
		if d.chance(0.5) {
			f.add("max", show(up(p99, d.spread(1, 10))))
		}
	}
	return f
}
