package html

import (
	"fmt"
	"strings"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// answer is one of the questions a reader comes with.
type answer struct {
	Question string
	Lines    []string
	Rule     string // how the answer was found
}

// rule is how the policy that coped best is found, as the page says it.
const rule = "Best: the highest availability, then the lowest cost per thousand answers."

// glance answers what failed, when, who coped best, what that cost and how
// long it took to be noticed.
func glance(r *report.Result, groups []policyCells) []answer {
	what, when := answer{Question: "What failed"}, answer{Question: "When"}
	clock := clockOf(r)
	for i := range r.Faults {
		f := &r.Faults[i]
		what.Lines = append(what.Lines, f.ID+": "+faultWords(f))
		when.Lines = append(when.Lines, f.ID+": "+faultWhen(f, clock))
	}
	if len(r.Faults) == 0 {
		what.Lines, when.Lines = []string{"Nothing: the scenario has no fault."}, nil
	}
	list := []answer{what}
	if len(when.Lines) > 0 {
		list = append(list, when)
	}
	best, worst := ranked(groups)
	if best == nil {
		return list
	}
	list = append(list, coped(best, worst, len(groups)), cost(best, groups))
	if detection := detected(r, best, groups); len(detection.Lines) > 0 {
		list = append(list, detection)
	}
	return list
}

func availability(c *report.Cell) report.Measured { return c.Measured("availability", "") }
func costPer1k(c *report.Cell) report.Measured    { return c.Measured("cost_per_1k", "") }

// ranked returns the policies that coped best and worst, nil when none could
// be measured.
func ranked(groups []policyCells) (best, worst *policyCells) {
	better := func(a, b *policyCells) bool {
		x, y := a.over(availability), b.over(availability)
		if x.mean != y.mean {
			return x.mean > y.mean
		}
		p, q := a.over(costPer1k), b.over(costPer1k)
		return p.ok && (!q.ok || p.mean < q.mean)
	}
	for i := range groups {
		g := &groups[i]
		if !g.over(availability).ok {
			continue
		}
		if best == nil || better(g, best) {
			best = g
		}
		if worst == nil || better(worst, g) {
			worst = g
		}
	}
	return best, worst
}

func coped(best, worst *policyCells, policies int) answer {
	a := answer{Question: "Who coped best"}
	words := func(g *policyCells) string {
		p95 := g.over(func(c *report.Cell) report.Measured { return c.Measured("latency", "p95") })
		return fmt.Sprintf("%s: %s of requests answered, p95 %s", g.policy, g.over(availability).word(share), p95.word(seconds))
	}
	a.Lines = append(a.Lines, words(best))
	if worst.over(availability).word(share) != best.over(availability).word(share) {
		a.Lines = append(a.Lines, "worst, "+words(worst))
	}
	if policies > 1 {
		a.Rule = rule
	}
	return a
}

func cost(best *policyCells, groups []policyCells) answer {
	a := answer{Question: "What it cost"}
	all := best.over(func(c *report.Cell) report.Measured { return c.Measured("cost", "") })
	wasted := best.over(func(c *report.Cell) report.Measured { return c.Measured("wasted_cost", "") })
	per := best.over(costPer1k)
	a.Lines = append(a.Lines, fmt.Sprintf("%s: %s per thousand answers, %s in all, %s of it wasted",
		best.policy, per.word(dollars), all.word(dollars), wasted.word(dollars)))
	var low, high *policyCells
	for i := range groups {
		g := &groups[i]
		v := g.over(costPer1k)
		if !v.ok {
			continue
		}
		if low == nil || v.mean < low.over(costPer1k).mean {
			low = g
		}
		if high == nil || v.mean > high.over(costPer1k).mean {
			high = g
		}
	}
	if low != nil && low != high {
		a.Lines = append(a.Lines, fmt.Sprintf("from %s (%s) to %s (%s) per thousand answers",
			low.over(costPer1k).word(dollars), low.policy, high.over(costPer1k).word(dollars), high.policy))
	}
	return a
}

// detected says how long it took to notice each fault: the best policy, and
// the range of the others.
func detected(r *report.Result, best *policyCells, groups []policyCells) answer {
	a := answer{Question: "How long detection took"}
	for k := range r.Faults {
		id := r.Faults[k].ID
		measure := func(c *report.Cell) report.Measured { return c.Reaction("time_to_detect", id) }
		word := func(g *policyCells) string {
			v := g.over(measure)
			v.hidden = g.hides("time_to_detect")
			return v.word(seconds)
		}
		line := fmt.Sprintf("%s: %s %s", id, best.policy, word(best))
		var others []string
		for i := range groups {
			if g := &groups[i]; g.policy != best.policy && len(others) < 5 {
				others = append(others, g.policy+" "+word(g))
			}
		}
		if len(others) > 0 {
			line += "; " + strings.Join(others, ", ")
		}
		if word(best) != render.Absent || len(others) > 0 {
			a.Lines = append(a.Lines, line)
		}
	}
	return a
}
