package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// notVisible lists what cannot be seen of a cell whose gateway is not ours. Attempts
// are counted where they arrive; connections that were refused did not.
func notVisible(run *record.Run, cell *record.Cell) []string {
	if !cell.Outside {
		return nil
	}
	list := []string{"relays", "hedges", "shadows", "time_to_detect_s"}
	if refuses(run) {
		list = append(list, "attempts", "retry_amplification")
	}
	return list
}

// arrivals counts the attempts that arrived at the providers, by how they ended
// there: `ok`, or the word of the journal, with the status of an error.
func arrivals(cell *record.Cell) []Ending {
	type key struct {
		target int16
		how    string
	}
	counts := make(map[key]int)
	for i := range cell.Journal {
		e := &cell.Journal[i]
		how := e.End.String()
		switch e.End {
		case record.EndComplete:
			how = "ok"
		case record.EndError:
			how = fmt.Sprintf("status_%d", e.Status)
		}
		counts[key{e.Target, how}]++
	}
	list := []Ending{}
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.target, b.target), cmp.Compare(a.how, b.how))
	}) {
		list = append(list, Ending{Target: nameOf(cell, k.target), Reason: k.how, Attempts: counts[k]})
	}
	return list
}

// nameOf names a target; "unknown" for a model that no provider of the world has.
func nameOf(cell *record.Cell, target int16) string {
	if target >= 0 && int(target) < len(cell.Targets) {
		return cell.Targets[target].Name
	}
	return "unknown"
}

func refuses(run *record.Run) bool {
	return slices.ContainsFunc(run.Faults, func(f record.Fault) bool { return f.Kind == refuse })
}

// unseen lists what cannot be seen of the reaction to a fault.
func unseen(fault *record.Fault) []string {
	if fault.Kind == refuse {
		return []string{"hits", "time_to_detect_s"}
	}
	return []string{"time_to_detect_s"}
}

// hidden says that a metric cannot be seen in a cell.
func (j *joined) hidden(metric string) bool {
	return j.cell.Outside && (metric == "time_to_detect" || metric == "retry_amplification" && refuses(j.run))
}
