package policy

// Idlest is the strategy [LeastBusy]: the target with the fewest attempts under
// way, in proportion to its weight. This is join-the-shortest-queue; a draw of
// the request's own decides between equals, or the first target would get all
// the traffic of quiet times.
//
//	score = (in flight + draw) ÷ weight, draw from 0 to 1
type Idlest struct{}

// Rank implements [Strategy].
func (Idlest) Rank(q *Query, c []Candidate) {
	draws := q.lots("idlest")
	for i := range c {
		x := &c[i]
		if x.Weight <= 0 {
			x.Place, x.Note = 1, NoteNoWeight
			continue
		}
		x.Score = (float64(x.InFlight) + draws.of(x.Name)) / x.Weight
	}
}
