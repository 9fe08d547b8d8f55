package policy

// Rotation is the strategy [RoundRobin]: each request begins one target further
// than the one before.
//
//	score = (position − requests of the route so far) mod candidates
type Rotation struct{}

// Rank implements [Strategy].
func (Rotation) Rank(q *Query, c []Candidate) {
	n := uint64(len(c))
	start := q.Nth % n
	for i := range c {
		c[i].Score = float64((uint64(i) + n - start) % n)
	}
}
