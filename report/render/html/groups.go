package html

import (
	"hash/fnv"
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/stats"
)

// policyCells is the cells of one policy, one for each seed.
type policyCells struct {
	policy  string
	cells   []*report.Cell
	verdict report.Verdict // the gravest
}

// byPolicy groups the cells, in the order in which their policies come.
func byPolicy(r *report.Result) []policyCells {
	var list []policyCells
	at := make(map[string]int)
	for i := range r.Cells {
		c := &r.Cells[i]
		k, known := at[c.Policy]
		if !known {
			k = len(list)
			at[c.Policy] = k
			list = append(list, policyCells{policy: c.Policy})
		}
		list[k].cells = append(list[k].cells, c)
	}
	for k, s := range r.Summaries() { // in the same order
		list[k].verdict = s.Verdict
	}
	return list
}

// level is how sure the intervals over seeds are.
const level = 0.95

// value is one figure of a policy: that of its one seed, or the mean of the
// seeds' own figures.
type value struct {
	mean      float64
	ok        bool // there is a figure of every seed that was measured
	low, high float64
	interval  bool // low and high are the interval of the mean
	never     bool // in one seed at least, what should have taken that time did not happen
	avoided   bool
	hidden    bool // it cannot be seen from outside a gateway that is not ours
	n         int  // samples of all seeds
}

// over computes a figure over the seeds of a policy.
func (g *policyCells) over(measure func(*report.Cell) report.Measured) value {
	var v value
	var list []float64
	for _, c := range g.cells {
		m := measure(c)
		v.n += m.N
		v.never = v.never || m.Never
		v.avoided = v.avoided || m.Avoided
		if m.OK {
			list = append(list, m.Value)
		}
	}
	if len(list) == 0 || v.never {
		return v
	}
	v.mean, v.ok = stats.Mean(list), true
	if len(list) > 1 {
		key := fnv.New64a()
		_, _ = key.Write([]byte(g.policy))
		p := stats.NewPaired(list, key.Sum64())
		v.low, v.high = p.Interval(level)
		v.interval = !math.IsNaN(v.low) && !math.IsInf(v.low, 0) && !math.IsInf(v.high, 0)
	}
	return v
}

// hides says that a metric of the policy cannot be seen.
func (g *policyCells) hides(metric string) bool {
	return slices.ContainsFunc(g.cells, func(c *report.Cell) bool { return unseen(c.NotVisible, metric) })
}

// unit says how a figure is worded.
type unit int

const (
	share unit = iota
	factor
	seconds
	dollars
	count
)

func (u unit) word(v float64) string {
	switch u {
	case share:
		r := report.Ratio(v)
		return render.Share(&r)
	case factor:
		r := report.Ratio(v)
		return render.Factor(&r)
	case dollars:
		usd := report.USD(v)
		return render.Dollars(&usd)
	case count:
		return thousands(int(math.Round(v)))
	case seconds:
	}
	return render.Duration(time.Duration(math.Round(v * 1e9)))
}

// word words a figure, and what stands in its place where there is none.
func (v value) word(u unit) string {
	switch {
	case v.never:
		return render.Never
	case v.ok:
		return u.word(v.mean)
	case v.avoided:
		return render.Avoided
	case v.hidden:
		return render.NotVisible
	}
	return render.Absent
}

// unseen says, by their JSON names, whether a metric is among what cannot be seen.
func unseen(names []string, metric string) bool {
	return slices.Contains(names, metric) || slices.Contains(names, metric+"_s")
}

// spread words the interval of a figure over seeds; empty without one.
func (v value) spread(u unit) string {
	if !v.interval || v.never {
		return ""
	}
	low, high := v.low, v.high
	low = math.Max(low, 0)
	if u == share {
		high = math.Min(high, 1)
	}
	return u.word(low) + " to " + u.word(high)
}
