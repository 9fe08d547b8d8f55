package html

import (
	"math"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// failure is one way in which requests or attempts failed, with how often for each
// policy.
type failure struct {
	By, What string
	Times    []figure
}

// failures turns the sheet of the failures so that policies stand side by side.
func failures(r *report.Result, groups []policyCells) []failure {
	index := make(map[string]int)
	for i := range groups {
		index[groups[i].policy] = i
	}
	sheet := render.Failures(r)
	by := len(sheet.Columns) - 3 // behind the policy, and the seed where there are several
	var list []failure
	at := make(map[[2]string]int)
	var counts [][]int
	for _, row := range sheet.Rows {
		key := [2]string{row[by], row[by+1]}
		k, known := at[key]
		if !known {
			k = len(list)
			at[key] = k
			list = append(list, failure{By: key[0], What: key[1]})
			counts = append(counts, make([]int, len(groups)))
		}
		n, _ := strconv.Atoi(row[by+2])
		counts[k][index[row[0]]] += n
	}
	for k := range list {
		for _, n := range counts[k] {
			f := figure{Words: thousands(n)}
			if f.Minor = n == 0; f.Minor {
				f.Words = ""
			}
			list[k].Times = append(list[k].Times, f)
		}
	}
	return list
}

// judgement is one threshold and what every policy made of it.
type judgement struct {
	Source string
	Cells  []judged
}

// judged is one threshold held against one policy; the zero value is one that is
// not gated.
type judged struct {
	Words, N string
	Title    string
	Verdict  badge
}

// judgements turns the thresholds so that policies stand side by side.
func judgements(r *report.Result) []judgement {
	var list []judgement
	at := make(map[string]int)
	for i := range r.Policies {
		for k := range r.Policies[i].Thresholds {
			t := &r.Policies[i].Thresholds[k]
			row, known := at[t.Source]
			if !known {
				row = len(list)
				at[t.Source] = row
				list = append(list, judgement{Source: t.Source, Cells: make([]judged, len(r.Policies))})
			}
			list[row].Cells[i] = judged{
				Words: render.Figure(t), N: thousands(t.N), Title: render.ThresholdLine(t), Verdict: verdictBadge(t.Verdict),
			}
		}
	}
	return list
}

// strip is the times of a fault on an axis from its start: how long it lasted, and
// the reactions to it. In percent of the axis.
type strip struct {
	Fault  float64
	Events []event
}

type event struct {
	Kind string
	Left float64
}

// strips draws the reactions of all policies to a fault on one axis.
func strips(f *report.FaultInfo, end time.Duration, times [][]value) []strip {
	length := time.Duration(f.End - f.Start)
	whole := length
	for i := range times[2] {
		if v := times[2][i]; v.ok && !v.never {
			whole = max(whole, length+time.Duration(v.mean*1e9))
		}
	}
	whole = max(min(whole+whole/50, end-time.Duration(f.Start)), length, 1)
	place := func(at float64) float64 { return round(math.Min(100, 100*at*1e9/float64(whole))) }
	list := make([]strip, len(times[0]))
	for i := range list {
		list[i].Fault = place(length.Seconds())
		for m, kind := range []string{"detected", "over", "back"} {
			v, offset := times[m][i], 0.0
			if kind == "back" {
				offset = length.Seconds()
			}
			if v.ok && !v.never {
				list[i].Events = append(list[i].Events, event{kind, place(v.mean + offset)})
			}
		}
	}
	return list
}
