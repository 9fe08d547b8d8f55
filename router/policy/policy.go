package policy

import (
	"time"

	"github.com/routedrill/routedrill/router/internal/keyed"
)

// Strategy ranks the candidates of a request. It must be safe for concurrent
// use, quick (a microsecond or two) and must not block.
type Strategy interface {
	// Rank sets Score, and where it wants Place, Note and Out, of each candidate.
	// There is at least one. The slice is valid during the call only, and its order
	// must stay.
	Rank(q *Query, candidates []Candidate)
}

// Query is what a strategy may know of a request.
type Query struct {
	RequestID string
	Route     string // the route's name
	Endpoint  string // one of package llm
	Stream    bool
	Task      string // what it is for, as the client says in X-Routedrill-Task; "" when it does not
	Region    string // where the client is, as it says in X-Routedrill-Region; "" when it does not
	// Client stands for who asks, as Settings.Sticky wants it; "" where it is
	// nobody in particular.
	Client    string
	MaxTokens int64     // of the answer; 0 when not given
	Now       time.Time // when the request came
	Nth       uint64    // requests of this route before it
	Seed      uint64    // of the router's draws
}

// Draw is 64 random bits that belong to the request, a purpose and a target (""
// for none): asked again, they are the same.
func (q *Query) Draw(purpose, target string) uint64 {
	return keyed.Hash(q.Seed, purpose, q.RequestID, target, 0)
}

// lots are draws for each target of a request, made of one: ten whole draws take
// a microsecond.
type lots uint64

func (q *Query) lots(purpose string) lots { return lots(q.Draw(purpose, "")) }

// of is the target's draw, from 0 to below 1.
func (l lots) of(target string) float64 { return uniform(keyed.Hash(uint64(l), "", "", target, 0)) }

// uniform makes a number from 0 to below 1 of a draw.
func uniform(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// Candidate is a target that can serve the request.
type Candidate struct {
	Name     string // "provider/model"
	Provider string
	Region   string  // where it is; "" when not known
	Index    int     // its position in the route, from 0
	Weight   float64 // of Settings.Split; 1 without one

	InFlight int // attempts under way, over all endpoints
	// Latency is the time of whole answers to their last byte, and TTFT that of
	// streams to their first content, at this endpoint in the last five minutes.
	Latency, TTFT Timing
	FailureRate   float64 // failed ÷ attempts of the last minute, counted as at least MinSamples attempts
	State         State
	Share         float64 // of its traffic that it takes while it recovers: 0.1 to 1

	Cost    float64       // expected for this request, in micro-USD; see README.md of the router
	Tokens  float64       // expected for this request, of prompt and answer
	Quality float64       // score for the request's task, 0 to 1; 0 is not known
	RTT     time.Duration // from the client's region to the target's, by Settings.RTT; 0 when not known

	// What a strategy says. The lowest Place comes first, within it the lowest
	// Score; NaN counts as infinite.
	Score float64
	Place int
	Note  string // one word for the audit: why it stands where its score alone would not put it
	Out   string // one word for the audit: why it is not to be tried at all; "" where it is
}

// Timing is a distribution of durations. Without samples it is zero.
type Timing struct {
	Samples  int
	P50, P95 time.Duration
}

// MinSamples is how many samples a target needs for its own times to count for
// more than the prior; with fewer it is cold.
const MinSamples = 10

// State is a target's health, at one endpoint.
type State uint8

// The states of health.
const (
	Healthy  State = iota
	Degraded       // it serves, but fails or is slow more often than it should
	Down           // most of what it is asked fails
)

// String returns the state's word.
func (s State) String() string {
	if int(s) < len(states) {
		return states[s]
	}
	return "unknown"
}

var states = [...]string{"healthy", "degraded", "down"}

// The words of the strategies here for [Candidate].Note and Out.
const (
	NoteExplored   = "explored"    // cold, and this request's turn to get to know it
	NoteTwoChoices = "two_choices" // of two near the best that were drawn, the one with less under way
	NoteSlow       = "slow"        // above the latency ceiling: behind the others
	NoteNoWeight   = "no_weight"   // its weight is 0: behind the others
	OutNotFirst    = "not_first"   // the strategy tries the route's first target only
	OutCeiling     = "over_ceiling"
)
