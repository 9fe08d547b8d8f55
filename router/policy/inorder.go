package policy

// InOrder is the strategy [Priority]: a route's targets in their order.
//
//	score = position in the route
type InOrder struct{}

// Rank implements [Strategy].
func (InOrder) Rank(_ *Query, c []Candidate) {
	for i := range c {
		c[i].Score = float64(c[i].Index)
	}
}

// OnlyFirst is the strategy [SingleProvider]: a route's first target, the others
// are out.
type OnlyFirst struct{}

// Rank implements [Strategy].
func (OnlyFirst) Rank(_ *Query, c []Candidate) {
	for i := range c {
		if c[i].Score = float64(c[i].Index); c[i].Index > 0 {
			c[i].Out = OutNotFirst
		}
	}
}
