package report

import (
	"cmp"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// Premium is what answers of other targets than the first of their route have cost
// more than the same tokens would have there, by the prices of the router. It is
// below 0 where they were cheaper. What was spent on attempts that did not answer is
// no part of it: see wasted_cost_usd.
type Premium struct {
	Fault string `json:"fault,omitempty"` // of requests scheduled in its windows; empty: of the whole run
	Paid
	Parts []PremiumPart `json:"parts"` // the dearest first
}

// PremiumPart is what one provider's answers to one task by one route have cost
// more.
type PremiumPart struct {
	Route    string `json:"route"`
	Task     string `json:"task"`
	Provider string `json:"provider"`
	Paid
}

// Paid is what some answers have cost beside what they would have.
type Paid struct {
	Answers int `json:"answers"`
	Cost    USD `json:"cost_usd"`
	AtFirst USD `json:"at_first_usd"` // the same tokens at the first target of the route
	Premium USD `json:"premium_usd"`  // the difference
}

// premiumKey is what a premium is put down to.
type premiumKey struct {
	fault    int // -1: the whole run
	route    uint16
	task     int16
	provider int16
}

// sums is an exact Paid, in micro-USD.
type sums struct {
	answers       int
	cost, atFirst int64
}

// premiums adds up the attempts that served at other targets than the first.
func (j *joined) premiums() (list []Premium) {
	at := map[premiumKey]*sums{}
	i := 0
	for k := range j.cell.Attempts {
		a := &j.cell.Attempts[k]
		for i < len(j.rows) && j.cell.Requests[i].Seq < a.Seq {
			i++
		}
		if i == len(j.rows) {
			break
		}
		q := &j.cell.Requests[i]
		if r := j.cell.RouteOf(a); !a.Served || r == nil || r.First == a.Target || q.Seq != a.Seq || q.WarmUp {
			continue
		}
		add := func(fault int) {
			key := premiumKey{fault, a.Route, q.Task, targetProvider(j.cell, a.Target)}
			if at[key] == nil {
				at[key] = &sums{}
			}
			at[key].add(sums{1, a.CostMicroUSD, a.FirstMicroUSD})
		}
		add(-1)
		for f := range j.run.Faults[:min(len(j.run.Faults), maxFaults)] {
			if j.rows[i].faults&(1<<f) != 0 {
				add(f)
			}
		}
	}
	keys := make([]premiumKey, 0, len(at))
	for key := range at {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b premiumKey) int {
		return cmp.Or(cmp.Compare(a.fault, b.fault), cmp.Compare(at[b].premium(), at[a].premium()),
			cmp.Compare(a.route, b.route), cmp.Compare(a.task, b.task), cmp.Compare(a.provider, b.provider))
	})
	for len(keys) > 0 {
		p, n, total := Premium{Parts: []PremiumPart{}}, keys[0].fault, sums{}
		if n >= 0 {
			p.Fault = j.run.Faults[n].ID
		}
		for ; len(keys) > 0 && keys[0].fault == n; keys = keys[1:] {
			key := keys[0]
			total.add(*at[key])
			p.Parts = append(p.Parts, PremiumPart{
				j.cell.Routes[key.route-1].Name, taskName(j.cell, key.task), providerName(j.cell, key.provider), at[key].paid(),
			})
		}
		p.Paid = total.paid()
		list = append(list, p)
	}
	return list
}

func taskName(cell *record.Cell, i int16) string {
	if i >= 0 && int(i) < len(cell.Tasks) {
		return cell.Tasks[i]
	}
	return "unknown"
}

func (s *sums) add(o sums) {
	s.answers += o.answers
	s.cost += o.cost
	s.atFirst += o.atFirst
}

func (s *sums) premium() int64 { return s.cost - s.atFirst }

func (s *sums) paid() Paid { return Paid{s.answers, *usd(s.cost), *usd(s.atFirst), *usd(s.premium())} }
