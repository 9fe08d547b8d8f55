package policy

import "time"

// Cheapest is the strategy [CostFirst]: the target whose answer to this request
// is expected to cost least.
//
//	score = prompt tokens × (input price, or the cached one for the share that is
//	        usually cached) + expected output tokens × output price, in micro-USD
//
// The router makes the estimate; see [Candidate].Cost. Failed attempts cost
// nothing at most providers, so failures do not enter.
type Cheapest struct {
	// Ceiling is the most a thousand tokens, of prompt and answer together, may
	// cost, in USD; a target above it is out. 0 is no ceiling.
	Ceiling float64
	// LatencyCeiling puts targets behind the others whose p95 (TTFT for streams)
	// is above it, unless they are cold. 0 is no ceiling.
	LatencyCeiling time.Duration
	// OffPeak are times of the day in which there is no LatencyCeiling: what is
	// slower but cheaper is welcome then.
	OffPeak []DayTime
}

// Rank implements [Strategy].
func (s Cheapest) Rank(q *Query, c []Candidate) {
	hurry := s.LatencyCeiling > 0 && !anyHolds(s.OffPeak, q.Now)
	for i := range c {
		x := &c[i]
		x.Score = x.Cost
		if s.Ceiling > 0 && x.Tokens > 0 && x.Cost/1e6 > s.Ceiling*x.Tokens/1e3 {
			x.Out = OutCeiling
		}
		if t := x.timing(q); hurry && t.Samples >= MinSamples && t.P95 > s.LatencyCeiling {
			x.Place, x.Note = 1, NoteSlow
		}
	}
}
