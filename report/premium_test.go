package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// Reckoned by hand: route x goes to a first, and y to b.
func TestFailoverPremium(t *testing.T) {
	m := newMade()
	m.cell.Routes = []record.Route{{Name: "x", First: 0}, {Name: "y", First: 1}}
	paid := func(route uint16, task int16, at int16, cost, first int64) {
		seq := len(m.cell.Requests)
		m.request(record.Offset(seq)*minute, try{target: 1 - at}, try{target: at, bill: cost, ok: true}).Task = task
		a := &m.cell.Attempts[len(m.cell.Attempts)-1]
		a.Route, a.CostMicroUSD, a.FirstMicroUSD = route, cost, first
		a = &m.cell.Attempts[len(m.cell.Attempts)-2]
		a.Route, a.CostMicroUSD, a.FirstMicroUSD = route, 7, 5 // failed at a cost: no answer
	}
	paid(1, 0, 1, 1_234_567, 34_567)  // minute 0: 1.20 USD more
	paid(1, 0, 0, 40_000, 40_000)     // 1: at the first
	paid(2, 0, 1, 50_000, 50_000)     // 2: so is this
	paid(1, 1, 1, 300_000, 100_001)   // 3: 0.199999 more, in the fault
	paid(2, 1, 0, 20_000, 80_000)     // 4: 0.06 less, in the fault
	paid(0, 1, 1, 1_000_000, 0)       // 5: asked for by its name
	paid(1, 0, 1, 2_000_000, 500_000) // 6: 1.50 more
	cells := report.Compute(m.run(record.Fault{ID: "down", Start: 3 * minute, End: 5 * minute}), nil).Cells
	require.Equal(t, []report.Premium{
		{Paid: report.Paid{Answers: 4, Cost: 3.554567, AtFirst: 0.714568, Premium: 2.839999}, Parts: []report.PremiumPart{
			{Route: "x", Task: "chat", Provider: "b", Paid: report.Paid{Answers: 2, Cost: 3.234567, AtFirst: 0.534567, Premium: 2.7}},
			{Route: "x", Task: "search", Provider: "b", Paid: report.Paid{Answers: 1, Cost: 0.3, AtFirst: 0.100001, Premium: 0.199999}},
			{Route: "y", Task: "search", Provider: "a", Paid: report.Paid{Answers: 1, Cost: 0.02, AtFirst: 0.08, Premium: -0.06}},
		}},
		{Fault: "down", Paid: report.Paid{Answers: 2, Cost: 0.32, AtFirst: 0.180001, Premium: 0.139999}, Parts: []report.PremiumPart{
			{Route: "x", Task: "search", Provider: "b", Paid: report.Paid{Answers: 1, Cost: 0.3, AtFirst: 0.100001, Premium: 0.199999}},
			{Route: "y", Task: "search", Provider: "a", Paid: report.Paid{Answers: 1, Cost: 0.02, AtFirst: 0.08, Premium: -0.06}},
		}},
	}, cells[0].Premiums)

	m = newMade()
	m.request(0, try{target: 0, bill: 40, ok: true})
	require.Nil(t, report.Compute(m.run(), nil).Cells[0].Premiums)
}
