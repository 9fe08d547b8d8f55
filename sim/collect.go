package sim

import (
	"cmp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// collector receives the three logs of a cell while it runs. Appends are all
// it does under its lock; order within the logs is made up at the end.
type collector struct {
	names    *names
	origin   time.Time
	progress *Progress
	routes   map[string]uint16 // 1 + index in Cell.Routes, by name
	explain  bool              // keep the choices
	foreign  atomic.Int64      // audit or journal entries without a request of ours
	bill     atomic.Int64      // micro-USD, of such journal entries
	beats    atomic.Int64      // grows with every record: a sign of life for the watchdog

	mu           sync.Mutex
	sealed       bool // what comes now comes too late
	requests     chunks[record.Request]
	relays       chunks[record.Relay]
	attempts     chunks[record.Attempt]
	shadows      chunks[record.Extra]
	probes       []record.Extra
	journal      chunks[record.Entry]
	probeEntries []record.Entry
	transitions  []record.Transition
	comparisons  chunks[record.Comparison]
	worse        map[answerOf]float64 // of an answer that a fault made worse, what is left of its quality; nil: nobody asks
	alerts       []record.Alert
	trackers     []*incident.Tracker   // of the replicas, in their order; set before the run
	choices      chunks[record.Choice] // stays empty unless explain is set
	tries        []uint16              // relays seen so far, by request
	seen         time.Duration         // latest scheduled arrival that has its outcome
}

func newCollector(n *names, origin time.Time, planned int, p *Progress) *collector {
	return &collector{names: n, origin: origin, progress: p, tries: make([]uint16, planned)}
}

// request is the client's Done.
func (c *collector) request(r record.Request) {
	c.beats.Add(1)
	c.mu.Lock()
	c.requests.add(r)
	ahead := r.Scheduled - c.seen
	if ahead > 0 {
		c.seen = r.Scheduled
	}
	c.mu.Unlock()
	c.progress.done.Add(1)
	if ahead > 0 {
		c.progress.virtual.Add(int64(ahead))
	}
}

var relayOutcomes = map[audit.Outcome]record.RelayOutcome{
	audit.Served: record.RelayServed, audit.Refused: record.RelayRefused, audit.Failed: record.RelayFailed,
	audit.Broken: record.RelayBroken, audit.Cancelled: record.RelayCancelled, audit.Rejected: record.RelayRejected,
	audit.Substituted: record.RelaySubstituted, audit.Replayed: record.RelayReplayed,
	audit.Cached: record.RelayCached, audit.Deferred: record.RelayDeferred,
}

var cacheStates = map[audit.CacheState]record.CacheState{
	audit.Miss: record.CacheMiss, audit.Hit: record.CacheHit, audit.Stale: record.CacheStale, audit.Refresh: record.CacheRefresh,
}

// requestOf reads the id of a request of the load, of its execution as a job, or of
// the shadow of either.
func requestOf(id string) (seq uint32, shadow, ok bool) {
	id, shadow = strings.CutSuffix(id, audit.ShadowSuffix)
	seq, ok = load.ParseRequestID(strings.TrimSuffix(id, audit.JobSuffix))
	return seq, shadow, ok
}

// probeOf reads the id of a probe.
func probeOf(id string) (number uint32, ok bool) {
	digits, ok := strings.CutPrefix(id, audit.ProbePrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 16, 64)
	return uint32(n), err == nil //nolint:gosec // half of it tells them apart well enough
}

// replicaSink takes the audit of one of the cell's routers.
type replicaSink struct {
	*collector
	replica   uint8
	incidents *incident.Tracker
}

// Request implements audit.Sink.
func (c replicaSink) Request(r *audit.Record) {
	c.incidents.Request(r)
	if n, ok := probeOf(r.RequestID); ok && r.Probe {
		c.beats.Add(1)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.probes = append(c.probes, c.extras(r, n)...)
		return
	}
	seq, shadow, ok := requestOf(r.RequestID)
	if !ok || int(seq) >= len(c.tries) || shadow != (r.ShadowOf != "") {
		c.foreign.Add(1)
		return
	}
	if shadow {
		c.shadow(r, seq)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	try := c.tries[seq]
	c.tries[seq]++
	origin, _, _ := requestOf(r.Cache.Origin)
	c.relays.add(record.Relay{
		Seq: seq, Try: try, Job: r.JobOf != "", Replica: c.replica, Endpoint: c.names.endpoint(r.Endpoint), Outcome: relayOutcomes[r.Outcome], Status: uint16(r.Status),
		Attempts: uint8(len(r.Attempts)), Passed: c.names.passed(r),
		Start: c.offset(r.Start), End: c.offset(r.End), Deadline: c.offset(r.Deadline), Bytes: r.Bytes,
		Cache: cacheStates[r.Cache.State], Origin: origin, Age: r.Cache.Age,
	})
	if c.explain && r.Choice.Strategy != "" {
		c.choices.add(c.choice(r, seq, try))
	}
	for i := range r.Attempts {
		a := &r.Attempts[i]
		c.attempts.add(record.Attempt{
			Seq: seq, Try: try, N: uint8(a.N), Replica: c.replica,
			Target: c.names.target(a.Target), Status: uint16(a.Status), Reason: c.names.reason(a.Reason),
			Probe: a.Probe, Retry: a.Retry, Served: a.Served, LastResort: a.LastResort, Hedge: a.Hedge, Estimated: a.Estimated,
			Start: c.offset(a.Start), FirstToken: c.offset(a.FirstToken), End: c.offset(a.End), RetryAfter: a.RetryAfter,
			PromptTokens: uint32(a.PromptTokens), OutputTokens: uint32(a.OutputTokens), CostMicroUSD: a.CostMicroUSD,
			Route: c.routes[r.Route], FirstMicroUSD: a.FirstMicroUSD,
		})
	}
}

// shadow keeps the record of a shadow; one without an attempt was sent nowhere.
func (c replicaSink) shadow(r *audit.Record, seq uint32) {
	c.beats.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range c.extras(r, seq) {
		c.shadows.add(x)
	}
}

// extras are the attempts of a record that is no client's; one at most.
func (c replicaSink) extras(r *audit.Record, seq uint32) (list []record.Extra) {
	for i := range r.Attempts {
		a := &r.Attempts[i]
		list = append(list, record.Extra{
			Seq: seq, Replica: c.replica, Endpoint: c.names.endpoint(r.Endpoint), Target: c.names.target(a.Target), Status: uint16(a.Status),
			Reason: c.names.reason(a.Reason), Valid: r.Outcome == audit.Served, HalfOpen: a.Probe, Estimated: a.Estimated,
			Start: c.offset(a.Start), FirstToken: c.offset(a.FirstToken), End: c.offset(a.End), RetryAfter: a.RetryAfter,
			PromptTokens: uint32(a.PromptTokens), OutputTokens: uint32(a.OutputTokens), CostMicroUSD: a.CostMicroUSD,
		})
	}
	return list
}

// choice is the record's choice, copied: it is valid during the call only.
func (c *collector) choice(r *audit.Record, seq uint32, try uint16) record.Choice {
	out := record.Choice{Seq: seq, Try: try, Strategy: r.Choice.Strategy, Candidates: make([]record.Candidate, len(r.Choice.Candidates))}
	for i, x := range r.Choice.Candidates {
		out.Candidates[i] = record.Candidate{Target: c.names.target(x.Target), Score: x.Score, Note: x.Note, Out: x.Out}
	}
	for _, x := range r.Skips {
		out.Skips = append(out.Skips, record.Skip{Target: c.names.target(x.Target), Reason: x.Reason, At: c.offset(x.At)})
	}
	return out
}

var breakerStates = map[audit.State]record.BreakerState{
	audit.Closed: record.Closed, audit.Open: record.Open, audit.HalfOpen: record.HalfOpen,
}

// Breaker implements audit.Sink.
func (c replicaSink) Breaker(e audit.BreakerEvent) {
	c.incidents.Breaker(e)
	t := record.Transition{
		Replica: c.replica, Target: c.names.target(e.Target), Endpoint: c.names.endpoint(e.Endpoint),
		From: breakerStates[e.From], To: breakerStates[e.To], At: c.offset(e.At),
	}
	c.mu.Lock()
	c.transitions = append(c.transitions, t)
	c.mu.Unlock()
}

// Alert implements audit.AlertSink.
func (c replicaSink) Alert(a audit.Alert) {
	c.incidents.Alert(a)
	out := record.Alert{
		Replica: c.replica, Target: c.names.target(a.Target), Endpoint: c.names.endpoint(a.Endpoint),
		Signal: a.Signal, Burn: a.Burn, Cleared: a.Cleared, At: c.offset(a.At), Rate: a.Rate,
	}
	c.mu.Lock()
	c.alerts = append(c.alerts, out)
	c.mu.Unlock()
}

// entry is the journal of every provider. The provider's name makes the
// target, since a provider does not know what others call it.
func (c *collector) entry(provider string) func(*fakeproviders.Entry) {
	return func(e *fakeproviders.Entry) {
		if e.Arrived == fakeproviders.Never {
			return // it never arrived as a whole: nobody knows which model it was for
		}
		seq, shadow, ok := requestOf(e.RequestID)
		number, probe := probeOf(e.RequestID)
		if probe {
			seq = number
		} else if !ok || int(seq) >= len(c.tries) {
			c.foreign.Add(1)
			c.bill.Add(e.BillMicroUSD)
			return
		}
		out := record.Entry{
			Seq: seq, Shadow: shadow, Target: c.names.target(provider + "/" + e.Model), Endpoint: c.names.endpoint(e.Endpoint),
			Nth: uint16(e.Nth), End: record.EntryEnd(e.End), Status: uint16(e.Status),
			Wait: e.Wait, UsageSent: e.UsageSent, Faults: e.Faults,
			Arrived: e.Arrived, Started: e.Started, FirstToken: e.FirstToken, Ended: e.Ended, TPOT: e.TPOT,
			PromptTokens: uint32(e.PromptTokens), OutputTokens: uint32(e.OutputTokens),
			PlannedOut: uint32(e.PlannedOut), BillMicroUSD: e.BillMicroUSD, RepricedMicroUSD: e.RepricedMicroUSD, Quality: float32(e.Quality),
			UsageWrong: e.UsageWrong, OtherModel: e.OtherModel,
			Reasoning: uint32(e.ReasoningTokens), SentTokens: uint32(e.SentTokens),
		}
		c.beats.Add(1)
		c.mu.Lock()
		defer c.mu.Unlock()
		switch {
		case c.sealed:
		case probe:
			c.probeEntries = append(c.probeEntries, out)
		default:
			c.journal.add(out)
			if c.worse != nil && out.Quality != 1 && e.Quality > 0 {
				c.worse[answerOf{seq, out.Target, shadow}] = e.Quality
			}
		}
	}
}

// offset is an instant since the scenario's start; Never for none.
func (c *collector) offset(t time.Time) record.Offset {
	if t.IsZero() {
		return record.Never
	}
	return t.Sub(c.origin)
}

// fill writes the sorted logs into cell. Nothing may be added any more; an attempt
// at a provider whose caller is another process may end too late all the same.
func (c *collector) fill(cell *record.Cell) {
	c.mu.Lock()
	c.sealed = true
	c.mu.Unlock()
	cell.Requests = c.requests.sorted(func(a, b record.Request) int { return cmp.Compare(a.Seq, b.Seq) })
	cell.Relays = c.relays.sorted(func(a, b record.Relay) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Try, b.Try))
	})
	cell.Choices = c.choices.sorted(func(a, b record.Choice) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Try, b.Try))
	})
	cell.Attempts = c.attempts.sorted(func(a, b record.Attempt) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Try, b.Try), cmp.Compare(a.N, b.N))
	})
	cell.Shadows = c.shadows.sorted(func(a, b record.Extra) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Start, b.Start))
	})
	cell.Comparisons = c.comparisons.sorted(func(a, b record.Comparison) int { return cmp.Compare(a.Seq, b.Seq) })
	cell.Journal = c.journal.sorted(func(a, b record.Entry) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Arrived, b.Arrived), cmp.Compare(a.Target, b.Target))
	})
	slices.SortFunc(c.probes, func(a, b record.Extra) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	slices.SortFunc(c.probeEntries, func(a, b record.Entry) int {
		return cmp.Or(cmp.Compare(a.Arrived, b.Arrived), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	cell.Probes, cell.ProbeEntries = c.probes, c.probeEntries
	slices.SortFunc(c.transitions, func(a, b record.Transition) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Endpoint, b.Endpoint),
			cmp.Compare(a.To, b.To))
	})
	cell.Transitions = c.transitions
	slices.SortStableFunc(c.alerts, func(a, b record.Alert) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Endpoint, b.Endpoint))
	})
	cell.Alerts = c.alerts
}

// chunks is a list that grows without copying what it holds: doubling a slice
// of millions of records would need twice their memory for a moment.
type chunks[T any] struct {
	full [][]T
	last []T
}

const chunkLen = 4096

func (c *chunks[T]) add(v T) {
	if len(c.last) == cap(c.last) {
		if c.last != nil {
			c.full = append(c.full, c.last)
		}
		c.last = make([]T, 0, chunkLen)
	}
	c.last = append(c.last, v)
}

// sorted empties the list into one sorted slice.
func (c *chunks[T]) sorted(compare func(a, b T) int) []T {
	out := make([]T, 0, len(c.full)*chunkLen+len(c.last))
	for i, part := range c.full {
		out = append(out, part...)
		c.full[i] = nil
	}
	out = append(out, c.last...)
	*c = chunks[T]{}
	if len(out) > 16*chunkLen {
		// The chunks are garbage now, as large as what is kept. Collected before
		// the next log is copied, they do not add up to the run's peak of memory.
		runtime.GC()
	}
	slices.SortFunc(out, compare)
	return out
}
