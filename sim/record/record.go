package record

import (
	"slices"
	"time"
)

// None is the index that names nothing: no target, no model, no task.
const None int16 = -1

// Offset is an instant as nanoseconds since the start of the scenario.
// Never marks an instant that did not come.
type Offset = time.Duration

// Never is the [Offset] of something that did not happen.
const Never Offset = -1

// Outcome is how a request ended for the client. The zero value is no outcome
// at all, which the checkers reject.
type Outcome uint8

// The outcomes of a request. Only OK counts towards availability.
const (
	NoOutcome    Outcome = iota
	OK                   // answered completely, validly and within the deadline
	HTTPError            // the last try was answered with an HTTP error status
	StreamError          // an error event ended a stream after its first content
	Truncated            // a stream ended without its terminal event
	Invalid              // an answer under 200 that is no answer: empty, not JSON, wrong shape
	ConnError            // the connection failed
	DeadlineOver         // the client's deadline passed
	Dropped              // the load generator could not send it
	Interrupted          // the run was interrupted while it was under way
	Filtered             // the provider's content filter ended the answer
	Dead                 // the job it became will never be done
)

var outcomeNames = [...]string{
	"none", "ok", "http_error", "stream_error", "truncated", "invalid_answer",
	"connection_error", "deadline", "dropped", "interrupted", "filtered", "dead",
}

// String returns the word used in reports and files.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// Request is the client's view of one arrival and its one outcome.
type Request struct {
	Seq     uint32  // 0-based position in the load
	Task    int16   // index in Cell.Tasks
	Outcome Outcome // how it ended
	Stream  bool    // the answer was asked for as a stream
	Keyed   bool    // its tries carried an Idempotency-Key of its own
	Bound   uint16  // 1 + index in Cell.Bounds: its limits; 0 is none
	Tries   uint8   // how often the client asked, 1 without SDK retries; 0 when it was dropped
	Status  uint16  // HTTP status of the last try; 0 when there was none

	Provider int16 // index in Cell.Providers, by the router's header; None when not said
	Model    int16 // index in Cell.Models, by the router's header; None when not said
	Answered int16 // index in Cell.Models, by the `model` field of the answer; None when absent or unknown

	Scheduled  Offset // when it should have been sent
	Sent       Offset // when it was sent; Sent-Scheduled is the send lag
	FirstToken Offset // first content of the last try; Never without any
	Done       Offset // last byte, or the failure; of a job when it was seen to be over

	Accepted Offset // when it was taken for later, as a job; 0: it was not
	Changed  bool   // what the job showed when it was over was not what it showed a moment later

	Finished      bool   // the terminal event of a stream, or a finish_reason, arrived
	PromptTokens  uint32 // usage as the answer states it; 0 when absent
	OutputTokens  uint32 // usage as the answer states it; 0 when absent
	ContentTokens uint32 // tokens of content that arrived (embeddings: vectors)

	// With a cache alone; else zero.
	Tenant   uint32     // on whose behalf, from 1; 0 names nobody
	Question uint64     // hash of what was asked: of the body, but for the route and who asks
	Cache    CacheState // what the answer of the last try says of the cache
	Age      uint32     // whole seconds, as that answer says
	WarmUp   bool       // no request of the load, but an operator's to fill the cache
	Body     uint64     // hash of its bytes, where it says anything of the cache and came whole
}

// CacheState is what a cache had to do with a request.
type CacheState uint8

// The states.
const (
	NotAsked     CacheState = iota // nothing, or there is none
	CacheMiss                      // it was sent to a provider
	CacheHit                       // it was answered out of the cache
	CacheStale                     // it was, past the answer's TTL: no provider could serve it
	CacheRefresh                   // it was to be answered anew, for the cache to keep
)

var cacheWords = [...]string{"", "miss", "hit", "stale", "refresh"}

// String returns the word used in headers, reports and files; "" for NotAsked.
func (s CacheState) String() string { return word(cacheWords[:], int(s)) }

// Cached says that the answer came out of the cache.
func (s CacheState) Cached() bool { return s == CacheHit || s == CacheStale }

// CacheStateOf is the state of a word; NotAsked for what is none.
func CacheStateOf(s string) CacheState {
	return CacheState(max(0, slices.Index(cacheWords[:], s)))
}

// RelayOutcome is how the router believes one of its requests ended.
type RelayOutcome uint8

// The outcomes of a relay.
const (
	RelayServed      RelayOutcome = iota + 1 // a provider's answer was relayed whole
	RelayRefused                             // no target could be tried
	RelayFailed                              // every permitted attempt failed before the commit point
	RelayBroken                              // it broke after the commit point
	RelayCancelled                           // the client went away
	RelayRejected                            // the request itself was wrong (4xx to the client)
	RelaySubstituted                         // no provider could serve it, and a stale cache or a queue answered
	RelayReplayed                            // answered with the answer of an earlier request, by its Idempotency-Key
	RelayCached                              // answered out of the cache
	RelayDeferred                            // taken for later, as a job
)

// Relay is the router's view of one HTTP request. A client that retries makes
// several relays of one request.
type Relay struct {
	Seq      uint32 // the request
	Try      uint16 // 0-based: the client's tries and the executions of what they were deferred to, as they ended
	Job      bool   // it executed a job that the request was deferred to
	Replica  uint8  // 0-based: the router that served it
	Endpoint int16  // index in Cell.Endpoints: what the client asked for, and whose breakers count; None when not known
	Outcome  RelayOutcome
	Status   uint16 // status sent to the client
	Attempts uint8  // how many attempts it made
	Passed   uint16 // why targets that were not tried were passed over: bit i stands for Cell.Skips[i]; 0 where it served
	Start    Offset
	End      Offset
	Deadline Offset // the router's total deadline for it
	Bytes    int64  // of the answer's body that were handed to the client
	Cache    CacheState
	Origin   uint32        // of an answer out of the cache: the request it was made for
	Age      time.Duration // of such an answer
}

// Choice is how the router put the targets of a relay in order. Unlike the other
// records it holds pointers, since few runs keep it.
type Choice struct {
	Seq        uint32
	Try        uint16
	Strategy   string
	Candidates []Candidate // in the order in which they were to be tried, then those that were out
	Skips      []Skip      // targets passed over, in this order
}

// Candidate is a target a relay might have gone to.
type Candidate struct {
	Target    int16 // index in Cell.Targets
	Score     float64
	Note, Out string // the router's words; "" as a rule
}

// Skip is a target that was passed over.
type Skip struct {
	Target int16 // index in Cell.Targets
	Reason string
	At     Offset
}

// BreakerState is the state of a circuit breaker.
type BreakerState uint8

// The breaker states.
const (
	Closed BreakerState = iota
	Open
	HalfOpen
)

// String returns the word used in reports and files.
func (s BreakerState) String() string {
	switch s {
	case Closed:
		return "closed"
	case Open:
		return "open"
	case HalfOpen:
		return "half-open"
	}
	return "unknown"
}

// Attempt is the router's audit of one try at one target.
type Attempt struct {
	Seq     uint32 // the request
	Try     uint16 // of its relay
	N       uint8  // 0-based position within the relay
	Target  int16  // index in Cell.Targets
	Status  uint16 // HTTP status received; 0 without an answer
	Reason  int16  // index in Cell.Reasons: the router's word for how it ended
	Replica uint8  // 0-based: the router that made it
	Route   uint16 // 1 + index in Cell.Routes; 0 where the target was asked for by its own name

	Probe  bool // admitted as a probe of a half-open breaker
	Retry  bool // a second or later try of the same target within the relay; counts against the retry budget
	Served bool // its answer is the one the client received
	// LastResort says that no breaker was asked, since nothing else was left;
	// counts against the retry budget too.
	LastResort bool
	Hedge      bool // began beside the attempt before it, which took long; counts against the retry budget too
	Estimated  bool // CostMicroUSD is an estimate: no correct usage arrived

	Start      Offset
	FirstToken Offset // Never without content
	End        Offset
	RetryAfter time.Duration // the wait the provider asked for; 0 when none

	PromptTokens  uint32
	OutputTokens  uint32
	CostMicroUSD  int64
	FirstMicroUSD int64 // what these tokens cost at the first target of the route, by the router's prices
}

// Extra is the router's audit of a request that it made beside those of clients: a
// shadow, which is a request sent to one more target for comparison, or an active
// probe, by which it asks a target how it is. It is no attempt of any request, and
// nobody received its answer.
type Extra struct {
	Seq       uint32 // the shadow's request; of a probe a number drawn for it, which two may share
	Endpoint  int16  // index in Cell.Endpoints: what the client asked for
	Target    int16  // index in Cell.Targets
	Status    uint16 // HTTP status received; 0 without an answer
	Reason    int16  // index in Cell.Reasons: the router's word for how it ended
	Replica   uint8  // 0-based: the router that sent it
	Valid     bool   // its answer was whole and valid
	HalfOpen  bool   // a half-open breaker admitted it; never a shadow
	Estimated bool   // CostMicroUSD is an estimate: no correct usage arrived

	Start      Offset
	FirstToken Offset // Never without content
	End        Offset
	RetryAfter time.Duration // the wait the provider asked for; 0 when none

	PromptTokens uint32
	OutputTokens uint32
	CostMicroUSD int64
}

// Comparison is what was found of a request's answer and that of its shadow, by
// whoever compares them.
type Comparison struct {
	Seq    uint32 // the request
	Served int16  // index in Cell.Targets
	Shadow int16  // index in Cell.Targets
	At     Offset // when it was found

	ServedScore, ShadowScore float64 // 0 to 1
}

// Transition is one change of state of a breaker.
type Transition struct {
	Target   int16 // index in Cell.Targets
	Endpoint int16 // index in Cell.Endpoints
	Replica  uint8 // 0-based: the router whose breaker it is
	From, To BreakerState
	At       Offset
}

// Alert is a rise or an end of one of the router's alerts.
type Alert struct {
	Replica  uint8 // of the router
	Target   int16 // index in Cell.Targets
	Endpoint int16 // index in Cell.Endpoints
	Signal   string
	Burn     string
	Cleared  bool // it has; otherwise it was raised
	At       Offset
	Rate     float64 // how fast the error budget burnt
}

// Incident is what the router made of what its breakers and alerts told: one
// disturbance of a provider.
type Incident struct {
	Replica   uint8 // 0-based: the router
	Provider  string
	Follows   bool   // it goes on with the provider's last one, which ended a short while ago
	Full      bool   // a route had no target left for some of the time
	Started   Offset // first failure, which is before it was detected
	Detected  Offset
	Mitigated Offset // first answer from elsewhere; Never without one
	Ended     Offset // Never while it goes on
	// Told is the whole of it as JSON, as `GET /incidents` of a router has it.
	Told []byte
}

// EntryEnd is how an attempt ended at the provider.
type EntryEnd uint8

// The ends of a journal entry.
const (
	EndComplete  EntryEnd = iota + 1 // the whole answer was written
	EndError                         // an error status was answered
	EndReset                         // the connection was reset by a fault
	EndCancelled                     // the caller went away before the answer was whole
	EndCut                           // a fault ended the answer early, as if it were whole
)

// Entry is the provider's journal of one attempt, and its bill.
type Entry struct {
	Seq      uint32 // the request, by its X-Client-Request-Id
	Target   int16  // index in Cell.Targets
	Endpoint int16  // index in Cell.Endpoints
	Shadow   bool   // it was the request's shadow that arrived, not an attempt of it
	Nth      uint16 // 0-based count of this request's attempts at this target
	End      EntryEnd
	Status   uint16 // status answered; 0 when none was

	Wait time.Duration // how long the answer asked its caller to stay away; 0 when it did not

	UsageSent  bool   // correct usage was written in full
	UsageWrong bool   // a fault stated a wrong usage
	OtherModel bool   // a fault stated another model
	Faults     uint64 // bit i set: event i of the timeline hit this attempt

	Arrived    Offset
	Started    Offset // left the capacity queue; Never when it was refused
	FirstToken Offset // Never without content
	Ended      Offset
	TPOT       time.Duration // mean token time after the first, from the token schedule; 0 without two tokens

	PromptTokens uint32 // as billed
	OutputTokens uint32 // produced and billed, hidden ones included
	Reasoning    uint32 // of OutputTokens: hidden
	SentTokens   uint32 // visible tokens written; faults may write some twice
	PlannedOut   uint32 // output tokens of the whole answer
	BillMicroUSD int64
	// RepricedMicroUSD is what the bill is above, or below, that at the world's own
	// prices; 0 unless a fault changed them.
	RepricedMicroUSD int64
	Quality          float32 // factor on the quality of the answer that faults left; 1 as a rule, 0 before service
}
