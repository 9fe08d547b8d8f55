package report

import (
	"fmt"
	"slices"
)

// stalePrices are the findings about policies whose router went on booking at
// prices that the providers had changed: one for each policy, over all seeds.
func stalePrices(cells []Cell) (findings []string) {
	var names []string
	bookings, off, cost := map[string]int{}, map[string]int64{}, map[string]float64{}
	for i := range cells {
		c := &cells[i]
		if !slices.Contains(names, c.Policy) {
			names = append(names, c.Policy)
		}
		if c.Cost != nil {
			cost[c.Policy] += float64(*c.Cost)
		}
		for _, inv := range c.Invariants {
			bookings[c.Policy] += inv.StalePrices
			off[c.Policy] += inv.StalePriceMicroUSD
		}
	}
	for _, name := range names {
		if bookings[name] == 0 {
			continue
		}
		usd, word := float64(off[name])/1e6, "more"
		if usd < 0 {
			usd, word = -usd, "less"
		}
		findings = append(findings, fmt.Sprintf("policy %s: price table stale: billed $%.4f %s than the ledger says (attempts: %d), of $%.4f in all",
			name, usd, word, bookings[name], cost[name]))
	}
	return findings
}
