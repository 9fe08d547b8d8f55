package router

import (
	"log/slog"
	"time"

	"github.com/routedrill/routedrill/router/policy"
)

// Config is everything the router believes and does. [New] copies what it
// needs; later changes have no effect.
type Config struct {
	// Providers in the order they are listed. At least one, each with at
	// least one model.
	Providers []Provider
	// Routes are names a client may use as `model` beside "provider/model".
	// May be empty.
	Routes []Route
	// Tenants whose requests may not go everywhere. May be empty: then none is
	// limited.
	Tenants []Tenant
	// Budgets bound what is spent. May be empty: then nothing is bounded.
	Budgets []Budget
	// Queue takes requests that can wait. Its zero value takes none.
	Queue Queue
	// Policy orders a route's targets.
	Policy Policy
	// Resilience bounds and protects relays. The zero value as a whole means
	// [DefaultResilience]; otherwise every field counts as it stands.
	Resilience Resilience
	// Idempotency remembers answers by their Idempotency-Key. The zero value as a
	// whole means [DefaultIdempotency]; otherwise a TTL of 0 remembers nothing.
	Idempotency Idempotency
	// Cache keeps answers for equal requests. The zero value keeps none.
	Cache Cache
	// Health is how targets are watched beside what their traffic tells. The zero
	// value does nothing.
	Health Health
}

// Cache keeps whole answers and gives them to equal requests of the same tenant;
// README.md says which. Its zero value keeps none.
type Cache struct {
	// TTL is how long an answer is fresh, by the task that the request names in
	// X-Routedrill-Task; AnyTask stands for all that are not listed, and for requests
	// that name none. From a second to 30 days. Without an entry for its task a
	// request has nothing to do with the cache.
	TTL map[string]time.Duration
	// StaleIfError is how long beyond its TTL an answer may stand in for an error, up
	// to 30 days; 0 is not at all.
	StaleIfError time.Duration
	Entries      int // answers kept at most, up to a million; 0 means DefaultCacheEntries
	MaxBytes     int // of all answers together; one alone may take an eighth; 8 KiB to 4 GiB, or 0 for DefaultCacheBytes
	// Version stands for whatever makes an equal request ask for something else, such
	// as the version of what reads the answers. With another one nothing that was
	// kept is found.
	Version string
}

// AnyTask is the task of [Cache].TTL that stands for all others.
const AnyTask = "*"

// The usual bounds of a [Cache].
const (
	DefaultCacheEntries = 10_000
	DefaultCacheBytes   = 256 << 20
)

// Health is what the router does to know how its targets are.
type Health struct {
	Probes Probes
	Alerts Alerts
}

// Alerts say when a target, at an endpoint, uses up its error budget too fast, by
// two rules that look at two windows each; package internal/burn has them. They go to
// the log and to those of [WithAlerts].
type Alerts struct {
	// Objective is the share of attempts that must not fail, in the sense of health,
	// from 0.95 to 0.9999. 0 means no alerts.
	Objective float64
	// P95 is the time within which 95 % of the answers must come: a whole one, or the
	// first content of a stream. 0 means no alerts on it.
	P95 time.Duration
	// Window is the long window of the fast rule, from a minute to four hours. Its
	// short one is a twelfth of that; those of the slow rule are six times as long.
	Window time.Duration
	// A rule must burn for Raise before its alert is raised, and not burn for Clear
	// before it clears; it stands for Hold at the least. Each up to a day.
	Raise, Clear, Hold time.Duration
}

// DefaultAlerts are good settings for those who want alerts.
func DefaultAlerts() Alerts {
	return Alerts{Objective: 0.995, Window: time.Hour, Raise: time.Minute, Clear: 5 * time.Minute, Hold: 10 * time.Minute}
}

// Probes are requests that the router makes for itself, as short as can be and
// without anything of a client's: to learn how a target is that nobody asks, and
// that one which failed is back. They count for breakers and health like any
// request, but say nothing about how long answers take. The targets of a route are
// probed at the endpoints at which one of them has served a request of it.
type Probes struct {
	// Every is the mean time between the probes of a target at an endpoint, from 1 s
	// to a day; a sixth of it while its breaker is not closed or its last probe has
	// failed. Three that fail in a row open a breaker that has seen no answer within
	// its window. 0 means no probes.
	Every time.Duration
	// BudgetMicroUSD is the most that all probes together may cost in each hour from
	// the router's start, in micro-USD; at least 1, up to [MaxShadowBudget]. One
	// that might exceed what is left is left out.
	BudgetMicroUSD int64
}

// DefaultProbes are good settings for those who want probes: a probe costs a few
// micro-USD.
func DefaultProbes() Probes { return Probes{Every: time.Minute, BudgetMicroUSD: 100_000} }

// Queue takes requests that are not urgent, answers them with 202 at once, and has
// them done while there is capacity: those with "Prefer: respond-async", or with
// "X-Routedrill-Class: batch". Package queue has the order and the pace.
type Queue struct {
	Workers  int           // jobs that run at once at most, 1 to 10,000; 0 is no queue
	MaxJobs  int           // jobs kept, results and dead ones included, up to ten million; 0 means DefaultMaxJobs
	MaxBytes int           // of their bodies and results, 64 KiB to a TiB; 0 means DefaultMaxJobBytes
	MaxTries int           // of a job, up to 100; 0 means DefaultMaxTries. What could not be tried anywhere is no try
	Deadline time.Duration // of a job that names none in X-Request-Timeout, and the longest it may name, up to 30 days; 0 means DefaultJobDeadline
	Keep     time.Duration // how long results and dead jobs are kept, up to 30 days; 0 means DefaultJobKeep
}

// The usual settings of a [Queue].
const (
	DefaultMaxJobs     = 100_000
	DefaultMaxJobBytes = 1 << 30
	DefaultMaxTries    = 5
	DefaultJobDeadline = 24 * time.Hour
	DefaultJobKeep     = 24 * time.Hour
)

// Idempotency bounds what is remembered of requests with an Idempotency-Key. A
// second request with the same key and body (and the same Authorization) joins
// the first while it runs and gets its answer afterwards; another body is refused
// with 422. Only answers served whole are remembered.
type Idempotency struct {
	TTL      time.Duration // how long an answer is remembered, up to 24 h
	Entries  int           // answers remembered at most, 1 to a million
	MaxBytes int           // of all answers together; one alone may take an eighth; 8 KiB to 4 GiB
}

// DefaultIdempotency returns the settings used when none are given.
func DefaultIdempotency() Idempotency {
	return Idempotency{TTL: 10 * time.Minute, Entries: 10_000, MaxBytes: 64 << 20}
}

// Provider is one API vendor's endpoint and the models it serves.
type Provider struct {
	Name    string // unique; no slash
	Wire    string // one of wire.Names, the API it speaks; "" means openai
	BaseURL string // absolute http or https URL up to and including the version: https://api.openai.com/v1; of Azure up to /openai
	APIKey  Secret // sent as its API wants it; "" sends none
	// APIVersion is the version of Azure's API, see azure.ValidVersion; "" means
	// azure.DefaultVersion. Other APIs have none.
	APIVersion string
	// AllowLinkLocal says that the base URL is meant to be a link-local address, where
	// clouds keep secrets; such are refused otherwise, when the config is checked and,
	// by the router's own transport, when the name is looked up.
	AllowLinkLocal bool
	Region         string   // where it is, and takes the data; "" is not known, and in no residency
	Bulkhead       Bulkhead // of all its models together
	Models         []Model
}

// Model is one model of a provider; provider and model are a target.
type Model struct {
	Name    string // as the provider spells it; may contain slashes
	Price   Price
	Quality float64 // score 0 to 1; 0 means unknown
	// TaskQuality is the score for a task, as clients name it in
	// X-Routedrill-Task, where it is not Quality. May be nil.
	TaskQuality map[string]float64

	// What the model cannot do takes it out of the plan of a request that needs it.

	// Capabilities are those of [Capabilities] the model has; nil means all.
	Capabilities []string
	Context      int // tokens of prompt and answer; 0 means unknown
	MaxOutput    int // tokens of an answer; 0 means unknown
	// EmbeddingSpace names the space its embeddings are in; "" means the model's
	// name. A route answers from one space only, its first target's.
	EmbeddingSpace string
	// Family names the model with its version, whoever serves it: the cache gives the
	// answers of one target to requests that would go to another of its family. ""
	// means the model's name.
	Family   string
	Bulkhead Bulkhead // of this target; the zero value means Resilience.Bulkhead
}

// Price is in nano-USD per token: 2.00 USD per million tokens are 2000.
// The zero value is a free model.
type Price struct {
	InputNano       int64 // 0 to MaxPriceNano
	CachedInputNano int64 // for prompt tokens the provider had cached
	CacheWriteNano  int64 // for prompt tokens the provider put into its cache, where it counts them apart
	OutputNano      int64
	Long            LongPrice // of requests with long prompts
}

// LongPrice is the price of every token of a request whose prompt is longer than
// Above tokens, in nano-USD. The zero value has no such prompts.
type LongPrice struct {
	Above                                                  int // 0 is no price of its own
	InputNano, CachedInputNano, CacheWriteNano, OutputNano int64
}

// of is the price of a request whose prompt has so many tokens.
func (p *Price) of(prompt int64) *Price {
	if l := &p.Long; l.Above > 0 && prompt > int64(l.Above) {
		return &Price{InputNano: l.InputNano, CachedInputNano: l.CachedInputNano, CacheWriteNano: l.CacheWriteNano, OutputNano: l.OutputNano}
	}
	return p
}

// MaxPriceNano is the highest price accepted, a million USD per million tokens.
const MaxPriceNano = 1_000_000_000

// Route is a name for an ordered list of targets.
type Route struct {
	Name    string   // unique; no slash
	Targets []string // "provider/model", at least one, each once
	// Residency are the regions its requests may go to: names, or beginnings with
	// a star behind them ("eu-*"). nil means any. Other targets of the route are
	// never tried.
	Residency []string
	Limits    *Limits // nil means the limits of Config.Resilience; otherwise every field counts
	Shadow    *Shadow // nil means no shadow traffic
}

// Shadow sends a share of a route's requests to one more target, whose answers
// nobody receives: to compare it before it serves. It costs money and never a
// client's time. A shadow is left out where its target is the first to be tried
// for the request anyway, cannot or may not serve it, has asked for peace or its
// breaker is not closed, where [MaxShadows] are under way, and where the most it
// may cost is more than is left of the budget.
type Shadow struct {
	Target string  // "provider/model"; need not be one of the route, but where its residency allows
	Share  float64 // of the requests, above 0, up to 1; drawn by the request id
	// BudgetMicroUSD is the most that may be spent in each hour from the router's
	// start, up to a million USD, in micro-USD; at least 1. A request whose prompt
	// has more tokens than bytes, as with images by URL, or that asks for several
	// answers, may exceed it by its own cost.
	BudgetMicroUSD int64
}

// MaxShadowBudget is the highest [Shadow].BudgetMicroUSD.
const MaxShadowBudget = 1_000_000_000_000

// Policy chooses which targets of a route are tried, and in which order. Package
// policy has the strategies and what each goes by.
type Policy = policy.Settings

// The strategies that depend on nothing but the route; package policy has all.
const (
	SingleProvider = policy.SingleProvider // the first target of a route only
	Priority       = policy.Priority       // a route's targets in their order
)

// Limits bound one relay. All durations are positive.
type Limits struct {
	TotalTimeout time.Duration // the relay from start to last byte, waits and stream body included; at least MinAttemptTime
	// ConnectTimeout bounds connecting to a host and, once more, its TLS handshake;
	// both are part of the attempt. Of no account to a transport set by
	// [WithTransport].
	ConnectTimeout time.Duration
	AttemptTimeout time.Duration // one attempt: to its last byte, of a stream to its commit point
	TTFTTimeout    time.Duration // streams: one attempt to its first content
	IdleTimeout    time.Duration // streams: from one event to the next, after the first content
	MaxAttempts    int           // attempts of one relay, 1 to 100
	Backoff        Backoff
	// QuickRetry permits one more try of the same target, once per relay, after
	// a first transient failure (5xx, a lost connection), and after any failure
	// with which the target asks for a wait of no more than this. It is waited for
	// with jitter on top. 0 means no quick retries.
	QuickRetry time.Duration
	// MaxWait bounds the pauses of one relay in which no target may be tried: for
	// a cooldown to pass, a breaker to admit probes, a backoff. 0 means that a
	// relay fails rather than waits.
	MaxWait time.Duration
	// Reserve is how much of the relay's time an attempt must leave to a target
	// that has not been tried yet, but at most half of what is left. 0 means none.
	Reserve time.Duration
	// LastResort permits one attempt at a target whose breaker is open when
	// nothing else is left to try or to wait for.
	LastResort bool
	Hedge      Hedge
	Stream     Stream
}

// Hedge is the second attempt that joins one which takes long, at the next target
// that has not been tried and admits it: once per relay, for a token of the retry
// budget. The first good answer goes to the client, the other attempt is
// cancelled. Of a stream it is the first content that must not take long. The
// zero value is no hedging.
type Hedge struct {
	// After is how long the first attempt is given. 0 means no hedge, unless there
	// is a Quantile.
	After time.Duration
	// Quantile, from 0.5 to 0.99, gives it as long in place of After as this share
	// of the target's answers took within the last five minutes: of whole answers
	// to the last byte, of streams to the first content. While there are fewer than
	// twenty, or than it takes for one to be beyond the quantile, there is no hedge.
	// 0 means After.
	Quantile float64
}

// Stream is how streams are relayed.
type Stream struct {
	// Commit is how many tokens of content must have come before anything is sent
	// to the client: until then a stream that breaks is repaired by another target,
	// unseen. 0 and 1 are the first content, [CommitComplete] the end of the stream.
	// Tokens are estimated as four bytes of content each; an answer with fewer is
	// held to its end. At most MaxCommit.
	Commit int
	// MinTokensPerSecond is the least a stream must bring from its first content on,
	// up to 10,000; tokens are estimated as above. A slower one has failed. 0 means
	// no minimum.
	MinTokensPerSecond float64
	// Window is the time over which MinTokensPerSecond is asked for: the next
	// MinTokensPerSecond × Window tokens must come within Window of waiting for them.
	// At least 10 ms; of no account without a minimum.
	Window time.Duration
	// ClientTimeout is how long the client may take for each piece of an answer that
	// is written to it, of a whole answer too: an event, or up to 256 KiB. One that
	// takes longer counts as gone. 0 means no bound; nor is there one where the
	// ResponseWriter knows no write deadlines.
	ClientTimeout time.Duration
}

// The special values of [Stream].Commit, and its bound.
const (
	CommitComplete   = -1
	CommitFirstToken = 1
	MaxCommit        = 100_000
)

// Backoff is the wait before targets are tried again: a random share (full
// jitter) of Base, then of twice Base, and so on up to Max.
type Backoff struct {
	Base time.Duration // positive
	Max  time.Duration // at least Base
}

// Resilience is how the router copes with failure. The limits can be set per
// route; the rest protects targets that routes share.
type Resilience struct {
	Limits
	RetryBudget RetryBudget
	Cooldown    Cooldown
	Breaker     Breaker
	Failback    Failback
	Bulkhead    Bulkhead // of every target that has none of its own
}

// RetryBudget caps retries of the same target, hedges and last resorts, over all
// relays together: they are ≤ Floor + Ratio × relays. Going on to another target is failover and
// costs nothing.
type RetryBudget struct {
	Ratio float64 // retries earned per relay, 0 to 10; 0 earns none
	Floor int     // retries available at the start, 0 to a million
}

// Cooldown is how long a target is left alone after it asked for it.
type Cooldown struct {
	Default time.Duration // after a 429 without Retry-After; 0 means none
	Max     time.Duration // cap on any Retry-After; 0 means that none is heeded
	// Payment is the cooldown after a 402, or another 4xx for want of credit, unless
	// a longer wait is asked for; 0 means Max.
	Payment time.Duration
}

// Breaker configures the circuit breaker every target has per endpoint.
type Breaker struct {
	Window      time.Duration // failures are counted over this span; at least 10 ms
	MinSamples  int           // results in the window before it may trip, at least 1
	FailureRate float64       // share of failures that trips it, above 0, up to 1
	SlowCall    time.Duration // a call that takes as long is slow: a whole answer, or a stream's first content; 0: none is
	SlowRate    float64       // share of slow calls that trips it, above 0, up to 1; of no account without SlowCall
	OpenFor     time.Duration // first open time, positive, less up to half of it at random; doubles with each trip on a probe or on the ramp of Failback
	MaxOpenFor  time.Duration // cap on the open time, at least OpenFor
	Probes      int           // concurrent probes when half-open, and successes needed to close; 1 to 100
}

// Failback is how traffic comes back to a target whose breaker has closed.
type Failback struct {
	// Ramp is how long the target's share of its traffic takes to grow, on a
	// straight line from a tenth to all of it; 0 means at once. What it does not
	// take goes to the next targets, and comes back should none of them serve.
	Ramp time.Duration
}

// Bulkhead caps what is under way at once, so that a target which takes over
// another's traffic is not brought down by it. A request that finds it full goes
// on to the next target.
type Bulkhead struct {
	MaxConcurrent int // attempts, up to a million; 0 means no cap
}

// MinAttemptTime is the least time left for which an attempt is started.
const MinAttemptTime = 10 * time.Millisecond

// DefaultResilience returns the settings used when none are given.
func DefaultResilience() Resilience {
	return Resilience{
		Limits: Limits{
			TotalTimeout:   120 * time.Second,
			ConnectTimeout: 5 * time.Second,
			AttemptTimeout: 30 * time.Second,
			TTFTTimeout:    8 * time.Second,
			IdleTimeout:    10 * time.Second,
			MaxAttempts:    4,
			Backoff:        Backoff{Base: 100 * time.Millisecond, Max: 2 * time.Second},
			QuickRetry:     time.Second,
			MaxWait:        6 * time.Second,
			Reserve:        10 * time.Second,
			LastResort:     true,
			Stream:         Stream{Commit: CommitFirstToken, Window: 10 * time.Second, ClientTimeout: time.Minute},
		},
		RetryBudget: RetryBudget{Ratio: 0.2, Floor: 10},
		Cooldown:    Cooldown{Default: 5 * time.Second, Max: 60 * time.Second},
		Breaker: Breaker{
			Window: 30 * time.Second, MinSamples: 10, FailureRate: 0.5, SlowRate: 0.5,
			OpenFor: 10 * time.Second, MaxOpenFor: 2 * time.Minute, Probes: 2,
		},
		Failback: Failback{Ramp: 30 * time.Second},
	}
}

// Secret is a string that prints as "[redacted]" and never as itself.
type Secret string

const redacted = "[redacted]"

// String returns "[redacted]", or "" for the empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return `"` + s.String() + `"` }

// MarshalText is String, for encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
