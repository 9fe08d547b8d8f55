package policy

import "math"

// Split is the strategy [Weighted]: each target comes first in proportion to its
// weight. With a [Query].Client the draw is the client's, so each stays where it
// is, at its second choice too, and a change of weights moves no more clients
// than it must.
//
//	score = −ln(draw) ÷ weight
//
// Of such exponential variates the i-th is the smallest with probability
// weightᵢ ÷ Σ weights. As a hash it is weighted rendezvous hashing: Schindelhauer
// and Schomaker, "Weighted distributed hash tables", SPAA 2005 (the logarithmic
// method).
type Split struct{}

// Rank implements [Strategy].
func (Split) Rank(q *Query, c []Candidate) {
	who := *q
	if q.Client != "" {
		who.RequestID = q.Client
	}
	draws := who.lots("split")
	for i := range c {
		x := &c[i]
		if x.Weight <= 0 {
			x.Place, x.Note = 1, NoteNoWeight
			continue
		}
		draw := 1 - draws.of(x.Name) // above 0
		x.Score = -math.Log(draw) / x.Weight
	}
}
