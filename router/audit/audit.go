package audit

import "time"

// Outcome is how a relay ended. The zero value is no outcome.
type Outcome uint8

// The outcomes of a relay.
const (
	Served      Outcome = iota + 1 // a provider's answer was relayed whole
	Refused                        // no target could be tried
	Failed                         // every permitted attempt failed before the commit point
	Broken                         // the stream broke after the commit point
	Cancelled                      // the client went away
	Rejected                       // the request itself was wrong: 4xx, from the router or relayed from a provider
	Substituted                    // no provider could serve it, and a substitute of the operator's answered
	Replayed                       // answered with the answer of an earlier request, by its Idempotency-Key
	Cached                         // answered out of the cache: see Record.Cache
	Deferred                       // taken for later: see Record.JobOf for what comes of it
)

var outcomeNames = [...]string{"none", "served", "refused", "failed", "broken", "cancelled", "rejected", "substituted", "replayed", "cached", "deferred"}

// String returns the outcome's word.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// Record is the audit of one request relayed by the router.
type Record struct {
	RequestID string // the client's X-Client-Request-Id, or one made by the router
	// ShadowOf is the RequestID of the request that was sent to one more target for
	// comparison: this is the record of that, with its one attempt at most, and
	// Served means that its answer was whole and valid. Nobody received it. "" for
	// the record of a client's request.
	ShadowOf string
	// Probe says that the router asked for itself how a target is: an active probe,
	// with its one attempt. Served and Route are as of a shadow and of a request for
	// the target by its name.
	Probe bool
	// JobOf is the RequestID of the request that was Deferred: this is the record of
	// one try to do the job. "" for any other record.
	JobOf    string
	JobID    string // of the job, in both kinds of record; "" without one
	Route    string // the request's `model`: a route's name or "provider/model"; "" when it could not be read
	Tenant   string // on whose behalf, by X-Routedrill-Tenant; "" when it names nobody
	Caller   string // who made it, by the name of the API key; "" where there are no keys
	Endpoint string // chat, tools (chat that may call some), completions or embeddings
	Task     string // what it is for, by X-Routedrill-Task; "" when the client does not say
	Stream   bool   // the client asked for a stream

	Start    time.Time // when the handler was entered
	End      time.Time // when the last byte was handed to the client
	Deadline time.Time // the effective total deadline; zero when the request was rejected before it was planned

	Trace    Trace     // zero without; see router.WithTraces
	Ready    time.Time // when it had been read and planned; zero when it was rejected before, replayed or deferred
	Cache    CacheUse
	Choice   Choice // zero when the request was rejected before it was planned
	Outcome  Outcome
	Status   int       // HTTP status sent to the client; 0 when the client left before any
	Bytes    int64     // of the body of a provider's answer, repeated or not, that were handed to the client
	Attempts []Attempt // in the order they began; a hedge runs beside the one before it
	Skips    []Skip    // targets passed over, in this order; at most the first 16
}

// Trace is where a request stands in a trace, in the sense of W3C Trace Context. The
// zero value is nowhere.
type Trace struct {
	ID      [16]byte
	Parent  [8]byte // the client's span; zero where the trace began here
	Span    [8]byte // of the request
	Sampled bool    // it is to be recorded
}

// CacheUse is what the cache had to do with a request.
type CacheUse struct {
	State CacheState
	// Origin is the RequestID of the request that an answer out of the cache was
	// made for, and Age how long ago that was kept. "" and 0 in other states.
	Origin string
	Age    time.Duration
}

// CacheState says how a request and the cache went together.
type CacheState uint8

// The states. Who waits for another request's answer has a hit, of age 0.
const (
	NotAsked CacheState = iota // it may not be answered out of the cache, or there is none
	Miss                       // there was nothing fresh, so it was sent to a provider
	Hit                        // it was answered out of the cache
	Stale                      // it was, past the answer's TTL: no provider could serve it
	Refresh                    // it was to be answered anew whatever there was, for the cache to keep
)

var cacheStates = [...]string{"", "miss", "hit", "stale", "refresh"}

// String returns the state's word; "" for NotAsked.
func (s CacheState) String() string {
	if int(s) < len(cacheStates) {
		return cacheStates[s]
	}
	return "unknown"
}

// ShadowSuffix stands behind the id of a request in the id of its shadow, which
// the provider gets too.
const ShadowSuffix = "-shadow"

// ProbePrefix stands in front of the id of a probe, which the provider gets too;
// behind it are up to 16 hexadecimal digits.
const ProbePrefix = "rd-probe-"

// JobSuffix stands behind the id of a deferred request in the id of its execution,
// which the provider gets too.
const JobSuffix = "-job"

// Choice is how the policy put the targets of a request in order.
type Choice struct {
	Strategy string // its name
	// Candidates in the order in which they were to be tried, then those that were
	// out; at most MaxCandidates. A target that is recovering may still have been
	// put behind the others: Skips says so.
	Candidates []Candidate
}

// MaxCandidates bounds the candidates a record names.
const MaxCandidates = 16

// Candidate is a target the request might have gone to.
type Candidate struct {
	Target string  // "provider/model"
	Score  float64 // the strategy's; lower is better; package policy has the formulas
	Note   string  // the strategy's word for where it stands, where the score is not all; usually ""
	Out    string  // why it was not to be tried: what it lacks, or the strategy's word; "" where it was
}

// Skip is a target that was passed over; it may have been tried at another time.
type Skip struct {
	Target string // "provider/model"
	Reason string // one of those below
	At     time.Time
}

// The reasons for passing a target over.
const (
	CoolingDown    = "cooling_down"    // it asked to be left alone
	BreakerOpen    = "breaker_open"    // or half-open, with all its probes under way
	BulkheadFull   = "bulkhead_full"   // as many attempts are under way as it may carry
	Recovering     = "recovering"      // its breaker closed a short while ago, and others take most of its traffic
	QuotaNear      = "quota_near"      // what seems left of its quota does not hold the request
	BudgetSpent    = "budget_spent"    // a budget has not enough left for it; see router.Budget
	BudgetDegraded = "budget_degraded" // it is too dear while a budget is spared
	RetryBudget    = "retry_budget"    // a retry, hedge or last resort there, and no token for it
	Residency      = "residency"       // outside the regions of the route
	TenantLimit    = "tenant_limit"    // outside the regions or providers of the tenant
)

// BudgetSoft is the state of a budget of which the operator wants to be told; its
// other states are named as the reasons above.
const BudgetSoft = "budget_soft"

// SkipReasons returns every reason for passing a target over, in a fixed order. The
// slice is the caller's.
func SkipReasons() []string {
	return []string{CoolingDown, BreakerOpen, BulkheadFull, Recovering, QuotaNear, BudgetSpent, BudgetDegraded, RetryBudget, Residency, TenantLimit}
}

// Attempt is one try at one target.
type Attempt struct {
	Target   string // "provider/model"
	Provider string
	Model    string

	N      int  // 0-based position within the relay
	Nth    int  // 0-based count of this relay's tries at this target
	Probe  bool // admitted as a probe of a half-open breaker
	Retry  bool // Nth > 0: it took a token of the retry budget
	Served bool // its answer is the one the client received
	// LastResort says that no breaker was asked: everything else had failed or
	// was out of reach. It took a token of the retry budget too.
	LastResort bool
	// Hedge says that it began while the attempt before it was under way, which
	// took long. It took a token of the retry budget too.
	Hedge bool

	Span [8]byte // in the request's trace; zero without

	Start      time.Time
	FirstToken time.Time // first content of a stream; zero without any
	End        time.Time

	Status     int           // HTTP status received; 0 without an answer
	Reason     string        // one of Reasons
	RetryAfter time.Duration // the wait the provider asked for, uncapped; 0 when none

	PromptTokens     int64
	CachedTokens     int64 // of PromptTokens, billed at the cached price
	CacheWriteTokens int64 // of PromptTokens, billed at the price of writing to the cache
	OutputTokens     int64
	CostMicroUSD     int64
	FirstMicroUSD    int64 // what these tokens cost at the first target of the request's route
	Estimated        bool  // tokens and cost are estimates: no complete usage arrived
}

// The reasons an attempt can end for; a closed list.
const (
	OK              = "ok"                // answered whole
	BadRequest      = "bad_request"       // 400, 422: the request's own fault
	ContentFiltered = "content_filter"    // 400: refused for what the prompt says
	ContextLength   = "context_length"    // 400 that says so, 413: too long for this model
	Unauthorized    = "unauthorized"      // 401, 403
	PaymentRequired = "payment_required"  // 402, or another 4xx for want of credit
	ModelMissing    = "model_missing"     // 404: the model is retired or missing there
	Conflict        = "conflict"          // 409
	RateLimited     = "rate_limited"      // 429
	RequestTimeout  = "request_timeout"   // 408, 504, 522, 524: the provider ran out of its own time
	Overloaded      = "overloaded"        // 529
	ServerError     = "server_error"      // any other 5xx
	UnexpectedState = "unexpected_status" // any other status, or a web page where the API's word was due
	DNSFailure      = "dns_failure"       // the host has no address
	ConnectRefused  = "connection_refused"
	TLSFailure      = "tls_failure"      // no secure connection: a certificate or protocol nobody should trust
	ConnectTimeout  = "connect_timeout"  // no connection in time
	ConnectionLost  = "connection_lost"  // reset, EOF, or any other transport failure
	TotalTimeout    = "total_timeout"    // the relay's deadline passed
	AttemptTimeout  = "attempt_timeout"  // the attempt's deadline passed
	TTFTTimeout     = "ttft_timeout"     // no first token in time
	IdleTimeout     = "idle_timeout"     // a stream stalled after its first content
	StreamSlow      = "stream_slow"      // a stream stayed below the minimum rate
	InvalidAnswer   = "invalid_answer"   // a 2xx that is no answer
	StreamError     = "stream_error"     // an error event in a stream
	StreamTruncated = "stream_truncated" // a stream ended without its terminal event
	StreamMalformed = "stream_malformed" // an event that cannot be read
	HedgeLost       = "hedge_lost"       // cancelled: of a request's two attempts at once, the other answered first
	ClientGone      = "client_cancelled" // the client went away
	Panicked        = "panic"            // the transport or a sink panicked
)

// Reasons returns every reason, in a fixed order. The slice is the caller's.
func Reasons() []string {
	return []string{
		OK, BadRequest, ContentFiltered, ContextLength, Unauthorized, PaymentRequired, ModelMissing, Conflict, RateLimited,
		RequestTimeout, Overloaded, ServerError, UnexpectedState,
		DNSFailure, ConnectRefused, TLSFailure, ConnectTimeout, ConnectionLost,
		TotalTimeout, AttemptTimeout, TTFTTimeout, IdleTimeout, StreamSlow,
		InvalidAnswer, StreamError, StreamTruncated, StreamMalformed, HedgeLost, ClientGone, Panicked,
	}
}

// State is the state of a circuit breaker.
type State uint8

// The states of a breaker.
const (
	Closed   State = iota // traffic flows
	Open                  // rejected at once
	HalfOpen              // a few probes decide
)

var stateNames = [...]string{"closed", "open", "half-open"}

// String returns the state's word.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// BreakerEvent is one change of state of the breaker of a target and endpoint.
type BreakerEvent struct {
	Target   string // "provider/model"
	Endpoint string
	At       time.Time
	From, To State
	Reason   string // what led to it: the reason of the deciding attempt, or one of those below
}

// Reasons of a breaker's change of state beside those of attempts.
const (
	OpenTimeOver = "open_time_over" // from open to half-open
	SlowCalls    = "slow_calls"     // to open: what was answered took too long
	Replaced     = "replaced"       // to closed: by a breaker of other settings, or the target is gone; see router.WithPredecessor
)

// Sink receives the router's audit. Its methods are called from the goroutines
// that serve requests, several at a time, and must be quick and not block.
type Sink interface {
	// Request is called once per relay, at its end, also when the client
	// left or a panic was recovered, and once per shadow (see Record.ShadowOf),
	// perhaps after the relay's own, and once per active probe. The record and its slices are valid during
	// the call only.
	Request(*Record)
	// Breaker is called after each change of state.
	Breaker(BreakerEvent)
}

// Sinks tells several sinks, in this order.
type Sinks []Sink

// Request implements [Sink].
func (s Sinks) Request(r *Record) {
	for _, to := range s {
		to.Request(r)
	}
}

// Breaker implements [Sink].
func (s Sinks) Breaker(e BreakerEvent) {
	for _, to := range s {
		to.Breaker(e)
	}
}
