package burn

import (
	"time"

	"github.com/routedrill/routedrill/router/internal/window"
)

// Rule is burning when the burn rate is as high over both windows.
type Rule struct {
	Long, Short time.Duration
	Rate        float64
}

// Rules are the fast and the slow one, by the long window of the fast. With an hour
// they use up 2 % of the budget of 30 days in an hour and 5 % of it in six.
func Rules(long time.Duration) [2]Rule {
	return [2]Rule{{long, long / 12, 14.4}, {6 * long, 6 * long / 12, 6}}
}

// steps is how many steps the short window of the fast rule has.
const steps = 10

// Step is how far apart results are told, and how often it is worth to look.
func Step(long time.Duration) time.Duration { return long / 12 / steps }

// leastBad is how many bad results make a burn at the least: one failure of the
// night's three requests is none.
const leastBad = 5

// Class is what a result says.
type Class int

// The classes.
const (
	Good   Class = iota // it is no failure, and says nothing of how long an answer takes
	Failed              // a failure
	Quick               // an answer in time
	Slow                // an answer that took longer than it may
)

// Series keeps results by class for as long as the rules look back. Safe for
// concurrent use.
type Series struct{ w *window.Window }

// NewSeries returns an empty series for the rules of a long window.
func NewSeries(long time.Duration) *Series {
	return &Series{window.New(Step(long), 6*12*steps)}
}

// Add enters a result at now.
func (s *Series) Add(now time.Time, c Class) { s.w.Count(now, int(c)) }

// Sum is what a span held.
type Sum struct{ Bad, All int }

// Rate is the burn rate with a share of bad results allowed; 0 without results.
func (s Sum) Rate(allowed float64) float64 {
	if s.All == 0 {
		return 0
	}
	return float64(s.Bad) / float64(s.All) / allowed
}

// Errors are the failures of a span that ends at now, among all results.
func (s *Series) Errors(now time.Time, span time.Duration) Sum {
	n := s.w.Snapshot(now, span).Counts
	return Sum{n[Failed], n[Good] + n[Failed] + n[Quick] + n[Slow]}
}

// Late are the slow answers of such a span, among all answers.
func (s *Series) Late(now time.Time, span time.Duration) Sum {
	n := s.w.Snapshot(now, span).Counts
	return Sum{n[Slow], n[Quick] + n[Slow]}
}

// Burning reports whether the rule burns: over the long window, and over the short
// one unless stuck says that it does in any case, since what failed gets no requests
// any more.
func (r Rule) Burning(long, short Sum, allowed float64, stuck bool) bool {
	return long.Bad >= leastBad && long.Rate(allowed) >= r.Rate && (stuck || short.Rate(allowed) >= r.Rate)
}
