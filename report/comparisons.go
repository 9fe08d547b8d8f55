package report

import "github.com/routedrill/routedrill/sim/record"

// Comparisons is what was found of answers that were compared with those of
// shadows to the same requests.
type Comparisons struct {
	N      int   `json:"n"`
	Served Ratio `json:"served_score"` // mean, of the answers that clients received
	Shadow Ratio `json:"shadow_score"` // mean, of the shadows'
}

// comparisonsOf sums up a cell's comparisons; nil without any.
func comparisonsOf(c *record.Cell) *Comparisons {
	n := len(c.Comparisons)
	if n == 0 {
		return nil
	}
	var served, shadow float64
	for i := range c.Comparisons {
		served, shadow = served+c.Comparisons[i].ServedScore, shadow+c.Comparisons[i].ShadowScore
	}
	return &Comparisons{N: n, Served: Ratio(served / float64(n)), Shadow: Ratio(shadow / float64(n))}
}
