package policy

// Best is the strategy [QualityFirst]: the target with the highest score for
// this kind of request. Equals stay in the route's order; a target without a
// score comes last.
//
//	score = 1 − quality of the target for the request's task
//
// The quality is the configured one, and once enough comparisons have been made
// theirs as well; see [Scores].
type Best struct{}

// Rank implements [Strategy].
func (Best) Rank(_ *Query, c []Candidate) {
	for i := range c {
		c[i].Score = 1 - c[i].Quality
	}
}
