package report

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/sim/record"
)

// level is the level of the intervals over seeds.
const level = 0.95

// judgePolicies settles the verdict of each policy over its seeds, and that of its
// cells with it.
func (r *Result) judgePolicies(run *record.Run, refs references, figures [][]figure) {
	at := make(map[string]int)
	for i := range r.Cells {
		c := &r.Cells[i]
		k, known := at[c.Policy]
		if !known {
			k = len(r.Policies)
			at[c.Policy] = k
			r.Policies = append(r.Policies, PolicyResult{Policy: c.Policy, Gated: c.Gated, Verdict: Pass, Thresholds: []Threshold{}})
		}
		r.Policies[k].cells = append(r.Policies[k].cells, i)
		if c.Gated {
			for n := range run.Thresholds {
				c.Thresholds = append(c.Thresholds, refs.judge(&run.Thresholds[n], n, c, figures[i][n]))
			}
		}
	}
	for k := range r.Policies {
		r.judgePolicy(run, &r.Policies[k])
	}
}

// judgePolicy judges one policy. With one seed the thresholds are the cell's, and
// so are the reasons.
func (r *Result) judgePolicy(run *record.Run, p *PolicyResult) {
	first := &r.Cells[p.cells[0]]
	for n := range first.Thresholds {
		t := first.Thresholds[n]
		if len(p.cells) > 1 {
			t = r.overSeeds(run, p, n)
		}
		p.Thresholds = append(p.Thresholds, t)
	}
	verdict, reasons := Pass, []string(nil)
	for i := range p.Thresholds {
		t := &p.Thresholds[i]
		if t.Verdict == Failed || t.Verdict == Inconclusive {
			verdict = verdict.worse(t.Verdict)
			reasons = append(reasons, t.why())
		}
	}
	if len(p.cells) > 1 {
		p.Reasons = reasons
	}
	for _, i := range p.cells {
		c := &r.Cells[i]
		c.Verdict, c.Reasons = c.verdict()
		c.Verdict = c.Verdict.worse(verdict)
		if c.Shortfall != nil && !c.Shortfall.short() && !slices.ContainsFunc(p.Thresholds, unavailable) {
			c.Shortfall = nil
		}
		if len(p.cells) == 1 {
			c.Reasons = append(c.Reasons, reasons...)
		}
		if c.Verdict == Pass && !c.Gated {
			c.Verdict = Ungated
		}
		p.Verdict = p.Verdict.worse(c.Verdict)
	}
	if p.Verdict == Pass && !p.Gated {
		p.Verdict = Ungated
	}
}

// unavailable says that a threshold on availability is crossed.
func unavailable(t Threshold) bool { return t.Metric == "availability" && t.Verdict == Failed }

// why says in words why a threshold does not pass.
func (t *Threshold) why() string {
	switch {
	case t.Verdict == Failed:
		return "threshold crossed: " + t.Source
	case t.Reason != "":
		return fmt.Sprintf("threshold undecided (%s): %s", t.Reason, t.Source)
	}
	return fmt.Sprintf("threshold without enough samples (n=%d): %s", t.N, t.Source)
}

// overSeeds judges the n-th threshold of a policy by the interval of what was
// measured less what it is held against, seed by seed: it passes if all of the
// interval is on the good side, and is crossed if none of it is. Nothing is
// pooled over seeds.
func (r *Result) overSeeds(run *record.Run, p *PolicyResult, n int) Threshold {
	out := r.Cells[p.cells[0]].Thresholds[n]
	if out.Verdict == Skipped {
		return out
	}
	out.Seeds, out.N, out.Measured, out.Bound, out.Never, out.Avoided, out.Reason, out.Verdict = len(p.cells), 0, nil, nil, false, false, "", Inconclusive
	var measured, bounds, over []float64
	verdicts := make(map[Verdict]int)
	nevers := 0
	for _, i := range p.cells {
		c := &r.Cells[i]
		t := &c.Thresholds[n]
		out.N += t.N
		out.worst(c.Seed, t)
		verdicts[t.Verdict]++
		switch {
		case t.Bound == nil:
			out.Reason = fmt.Sprintf("seed %d: %s", c.Seed, t.Reason)
		case t.Never:
			nevers++
		case t.Avoided && t.Verdict == Pass: // no time was lost
			measured, bounds, over = append(measured, 0), append(bounds, float64(*t.Bound)), append(over, -float64(*t.Bound))
		case t.Measured == nil:
			out.Reason = fmt.Sprintf("seed %d: too few samples (n=%d)", c.Seed, t.N)
		default:
			m, b := float64(*t.Measured), float64(*t.Bound)
			measured, bounds, over = append(measured, m), append(bounds, b), append(over, m-b)
		}
	}
	switch {
	case out.Reason != "":
		return out
	case nevers > 0:
		out.Never = nevers == out.Seeds
		out.Reason = fmt.Sprintf("never with %d of %d seeds", nevers, out.Seeds)
		for _, v := range []Verdict{Pass, Failed} {
			if verdicts[v] == out.Seeds {
				out.Verdict = v
			}
		}
		return out
	}
	d := stats.NewPaired(over, key(run.Scenario, p.Policy, out.Source))
	low, high := d.Interval(level)
	out.Measured, out.Bound = number(stats.Mean(measured)), number(stats.Mean(bounds))
	if !math.IsInf(low, 0) && !math.IsInf(high, 0) {
		out.Low, out.High = number(low), number(high)
	}
	out.Method = d.Method
	switch good, bad := compare(low, out.Op, 0), compare(high, out.Op, 0); {
	case good == Pass && bad == Pass:
		out.Verdict = Pass
	case good == Failed && bad == Failed && (out.Op != "==" || low > 0 || high < 0):
		out.Verdict = Failed
	default:
		out.Reason = "the interval over the seeds holds the bound"
	}
	return out
}

// worst keeps the seed whose figure is the farthest on the bad side.
func (t *Threshold) worst(seed uint64, one *Threshold) {
	if one.Bound == nil || one.Measured == nil && !one.Never {
		return
	}
	w := &WorstSeed{Seed: seed, Measured: one.Measured, Never: one.Never, Bound: *one.Bound}
	if t.Worst == nil || w.beyond(t.Op) > t.Worst.beyond(t.Op) {
		t.Worst = w
	}
}

// beyond is how far a figure lies on the bad side.
func (w *WorstSeed) beyond(op string) float64 {
	d := math.Inf(1)
	if !w.Never {
		d = float64(*w.Measured - w.Bound)
	}
	switch {
	case strings.HasPrefix(op, ">"):
		return -d
	case op == "==":
		return math.Abs(d)
	}
	return d
}

// key makes a threshold's key for the bootstrap.
func key(names ...string) uint64 {
	h := fnv.New64a()
	for _, s := range names {
		_, _ = h.Write([]byte(s + "\xff"))
	}
	return h.Sum64()
}
