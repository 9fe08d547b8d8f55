package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// LogVersion is the version of the run log's format.
const LogVersion = 1

// WriteLog writes the run log: one JSON object a line, each with a `type`. The
// first line is the run, then for each cell a `cell` line followed by its
// `request`, `relay`, `choice`, `attempt`, `shadow`, `comparison`, `probe`, `breaker`, `alert`, `incident`,
// `entry` and `probe_entry` lines. Instants and
// durations are nanoseconds since the scenario's start, money is micro-USD,
// names are spelled out; what did not happen is left out.
func WriteLog(w io.Writer, run *Run) error {
	out := bufio.NewWriterSize(w, 64<<10)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	var faults []string
	for _, f := range run.Faults {
		faults = append(faults, f.ID)
	}
	if err := enc.Encode(LogRun{
		Type: "run", LogVersion: LogVersion, Version: run.Version, Arch: run.Arch, Replay: run.Replay,
		Scenario: run.Scenario, World: run.World, Clock: run.Clock, Start: run.Start, Duration: run.Duration, Replicas: several(run.Replicas),
		Faults: faults,
	}); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	for i := range run.Cells {
		if err := writeCell(enc, &run.Cells[i]); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// LogRun is the first line of a run log: the run.
type LogRun struct {
	Type       string        `json:"type"`
	LogVersion int           `json:"log_version"`
	Version    string        `json:"version"`
	Arch       string        `json:"arch"`
	Replay     string        `json:"replay"`
	Scenario   string        `json:"scenario"`
	World      string        `json:"world"`
	Clock      string        `json:"clock"`
	Start      time.Time     `json:"start"`
	Duration   time.Duration `json:"duration"`
	// Routers that shared the requests of each cell, where there was more than one;
	// the `replica` of a relay or a breaker counts from 0.
	Replicas int      `json:"replicas,omitempty"`
	Faults   []string `json:"faults,omitempty"` // ids; bit i of an entry's faults is the i-th
}

// LogCell is the line in front of those of a cell.
type LogCell struct {
	Type    string `json:"type"`
	Policy  string `json:"policy"`
	Seed    uint64 `json:"seed"`
	Planned int    `json:"planned"`
	Partial bool   `json:"partial,omitempty"`
	Outside bool   `json:"outside,omitempty"` // see [Cell]
	// Where requests with limits may go, null for anywhere; a request's `bound` counts from 1.
	Bounds [][]string `json:"bounds,omitempty"`
}

// LogRequest is the line of a [Request].
type LogRequest struct {
	Type          string `json:"type"`
	Seq           uint32 `json:"seq"`
	Task          string `json:"task"`
	Outcome       string `json:"outcome"`
	Stream        bool   `json:"stream,omitempty"`
	Keyed         bool   `json:"keyed,omitempty"`
	Bound         uint16 `json:"bound,omitempty"`
	Tries         uint8  `json:"tries"`
	Status        uint16 `json:"status,omitempty"`
	Provider      string `json:"provider,omitempty"`
	Model         string `json:"model,omitempty"`
	Answered      string `json:"answered,omitempty"`
	Scheduled     Offset `json:"scheduled"`
	Sent          Offset `json:"sent"`
	FirstToken    Offset `json:"first_token,omitempty"`
	Done          Offset `json:"done"`
	Accepted      Offset `json:"accepted,omitempty"` // as a job
	Changed       bool   `json:"changed,omitempty"`  // its result did
	PromptTokens  uint32 `json:"prompt_tokens,omitempty"`
	OutputTokens  uint32 `json:"output_tokens,omitempty"`
	ContentTokens uint32 `json:"content_tokens,omitempty"`
	Tenant        uint32 `json:"tenant,omitempty"`
	Question      string `json:"question,omitempty"` // hashes are hexadecimal
	Cache         string `json:"cache,omitempty"`
	Age           uint32 `json:"age,omitempty"` // seconds
	WarmUp        bool   `json:"warm_up,omitempty"`
	Body          string `json:"body,omitempty"`
}

// LogRelay is the line of a [Relay].
type LogRelay struct {
	Type     string   `json:"type"`
	Seq      uint32   `json:"seq"`
	Try      uint16   `json:"try"`
	Replica  uint8    `json:"replica,omitempty"`
	Endpoint string   `json:"endpoint,omitempty"`
	Outcome  string   `json:"outcome"`
	Status   uint16   `json:"status,omitempty"`
	Job      bool     `json:"job,omitempty"` // an execution of what the request was deferred to
	Attempts uint8    `json:"attempts"`
	Passed   []string `json:"passed,omitempty"` // why targets that were not tried were passed over, where it did not serve
	Start    Offset   `json:"start"`
	End      Offset   `json:"end"`
	Deadline Offset   `json:"deadline,omitempty"`
	Bytes    int64    `json:"bytes,omitempty"`
	Cache    string   `json:"cache,omitempty"`
	// Of an answer out of the cache: the request it was made for, and how long ago.
	Origin uint32        `json:"origin,omitempty"`
	Age    time.Duration `json:"age,omitempty"`
}

// LogChoice is the line of a [Choice].
type LogChoice struct {
	Type       string         `json:"type"`
	Seq        uint32         `json:"seq"`
	Try        uint16         `json:"try"`
	Strategy   string         `json:"strategy"`
	Candidates []LogCandidate `json:"candidates"`
	Skipped    []LogSkip      `json:"skipped,omitempty"`
}

// LogCandidate is a target a request might have gone to.
type LogCandidate struct {
	Target string  `json:"target"`
	Score  float64 `json:"score"`
	Note   string  `json:"note,omitempty"`
	Out    string  `json:"out,omitempty"`
}

// LogSkip is a target that was passed over.
type LogSkip struct {
	Target string `json:"target"`
	Reason string `json:"reason"`
	At     Offset `json:"at"`
}

// LogAttempt is the line of an [Attempt].
type LogAttempt struct {
	Type         string        `json:"type"`
	Seq          uint32        `json:"seq"`
	Try          uint16        `json:"try"`
	N            uint8         `json:"n"`
	Target       string        `json:"target"`
	Status       uint16        `json:"status,omitempty"`
	Reason       string        `json:"reason"`
	Probe        bool          `json:"probe,omitempty"`
	Retry        bool          `json:"retry,omitempty"`
	Served       bool          `json:"served,omitempty"`
	LastResort   bool          `json:"last_resort,omitempty"`
	Hedge        bool          `json:"hedge,omitempty"`
	Estimated    bool          `json:"estimated,omitempty"`
	Start        Offset        `json:"start"`
	FirstToken   Offset        `json:"first_token,omitempty"`
	End          Offset        `json:"end"`
	RetryAfter   time.Duration `json:"retry_after,omitempty"`
	PromptTokens uint32        `json:"prompt_tokens,omitempty"`
	OutputTokens uint32        `json:"output_tokens,omitempty"`
	CostMicroUSD int64         `json:"cost_micro_usd,omitempty"`
	// What the same tokens cost at the first target of the route, where it is another.
	Route         string `json:"route,omitempty"`
	FirstMicroUSD int64  `json:"first_micro_usd,omitempty"`
}

// LogExtra is the line of an [Extra].
type LogExtra struct {
	Type         string        `json:"type"`
	Seq          uint32        `json:"seq"`
	Endpoint     string        `json:"endpoint"`
	Target       string        `json:"target"`
	Status       uint16        `json:"status,omitempty"`
	Reason       string        `json:"reason"`
	Valid        bool          `json:"valid,omitempty"`
	HalfOpen     bool          `json:"half_open,omitempty"`
	Estimated    bool          `json:"estimated,omitempty"`
	Start        Offset        `json:"start"`
	FirstToken   Offset        `json:"first_token,omitempty"`
	End          Offset        `json:"end"`
	RetryAfter   time.Duration `json:"retry_after,omitempty"`
	PromptTokens uint32        `json:"prompt_tokens,omitempty"`
	OutputTokens uint32        `json:"output_tokens,omitempty"`
	CostMicroUSD int64         `json:"cost_micro_usd,omitempty"`
}

// LogComparison is the line of a [Comparison].
type LogComparison struct {
	Type        string  `json:"type"`
	Seq         uint32  `json:"seq"`
	Served      string  `json:"served"`
	Shadow      string  `json:"shadow"`
	At          Offset  `json:"at"`
	ServedScore float64 `json:"served_score"`
	ShadowScore float64 `json:"shadow_score"`
}

// LogBreaker is the line of a [Transition].
type LogBreaker struct {
	Type     string `json:"type"`
	Replica  uint8  `json:"replica,omitempty"`
	Target   string `json:"target"`
	Endpoint string `json:"endpoint"`
	From     string `json:"from"`
	To       string `json:"to"`
	At       Offset `json:"at"`
}

// LogAlert is the line of an [Alert].
type LogAlert struct {
	Type     string  `json:"type"`
	Replica  uint8   `json:"replica,omitempty"`
	Target   string  `json:"target"`
	Endpoint string  `json:"endpoint"`
	Signal   string  `json:"signal"`
	Burn     string  `json:"burn"`
	Cleared  bool    `json:"cleared,omitempty"`
	At       Offset  `json:"at"`
	Rate     float64 `json:"rate"`
}

// LogIncident is the line of an [Incident].
type LogIncident struct {
	Type     string          `json:"type"`
	Replica  uint8           `json:"replica,omitempty"`
	Incident json.RawMessage `json:"incident"` // its instants are times of day
}

// LogEntry is the line of an [Entry].
type LogEntry struct {
	Type             string        `json:"type"`
	Seq              uint32        `json:"seq"`
	Target           string        `json:"target"`
	Endpoint         string        `json:"endpoint"`
	Shadow           bool          `json:"shadow,omitempty"`
	Nth              uint16        `json:"nth"`
	End              string        `json:"end"`
	Status           uint16        `json:"status,omitempty"`
	Wait             time.Duration `json:"wait,omitempty"`
	Faults           uint64        `json:"faults,omitempty"`
	Arrived          Offset        `json:"arrived"`
	Started          Offset        `json:"started,omitempty"`
	FirstToken       Offset        `json:"first_token,omitempty"`
	Ended            Offset        `json:"ended"`
	TPOT             time.Duration `json:"tpot,omitempty"`
	PromptTokens     uint32        `json:"prompt_tokens,omitempty"`
	OutputTokens     uint32        `json:"output_tokens,omitempty"`
	Reasoning        uint32        `json:"reasoning_tokens,omitempty"`
	SentTokens       uint32        `json:"sent_tokens,omitempty"`
	BillMicroUSD     int64         `json:"bill_micro_usd,omitempty"`
	RepricedMicroUSD int64         `json:"repriced_micro_usd,omitempty"`
	Quality          float32       `json:"quality,omitempty"`
}

var (
	relayWords = [...]string{"none", "served", "refused", "failed", "broken", "cancelled", "rejected", "substituted", "replayed", "cached", "deferred"}
	endWords   = [...]string{"none", "complete", "error", "reset", "cancelled", "cut"}
)

// String returns the word used in files.
func (o RelayOutcome) String() string { return word(relayWords[:], int(o)) }

// String returns the word used in files.
func (e EntryEnd) String() string { return word(endWords[:], int(e)) }

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "unknown"
}

// elsewhere is the route of an attempt at another than its first target, and what
// that would have cost there.
func (c *Cell) elsewhere(a *Attempt) (route string, firstMicroUSD int64) {
	r := c.RouteOf(a)
	if r == nil || r.First == a.Target {
		return "", 0
	}
	return r.Name, a.FirstMicroUSD
}

// RouteOf is the route of an attempt; nil where it was made for none.
func (c *Cell) RouteOf(a *Attempt) *Route {
	if a.Route == 0 || int(a.Route) > len(c.Routes) {
		return nil
	}
	return &c.Routes[a.Route-1]
}

// happened turns Never into the zero that the log leaves out. An event at
// instant zero itself is left out too; nothing but an arrival can be so early.
func happened(t Offset) Offset { return max(t, 0) }

// several is a number of replicas as the log has it: none where there is one.
func several(replicas int) int {
	if replicas == 1 {
		return 0
	}
	return replicas
}

// hash is a hash as the log has it; empty for none.
func hash(h uint64) string {
	if h == 0 {
		return ""
	}
	return strconv.FormatUint(h, 16)
}

func name(words []string, i int16) string {
	if i >= 0 && int(i) < len(words) {
		return words[i]
	}
	return ""
}

// TargetName returns the name of a target, empty for None.
func (c *Cell) TargetName(i int16) string {
	if i >= 0 && int(i) < len(c.Targets) {
		return c.Targets[i].Name
	}
	return ""
}

// boundNames are the bounds by the names of their targets.
func (c *Cell) boundNames() (list [][]string) {
	for _, b := range c.Bounds {
		var names []string
		if b.Targets != nil {
			names = make([]string, 0, len(b.Targets))
		}
		for _, i := range b.Targets {
			names = append(names, c.TargetName(i))
		}
		list = append(list, names)
	}
	return list
}

func writeCell(enc *json.Encoder, c *Cell) error {
	err := enc.Encode(LogCell{"cell", c.Policy, c.Seed, c.Planned, c.Interrupted, c.Outside, c.boundNames()})
	for i := 0; i < len(c.Requests) && err == nil; i++ {
		r := &c.Requests[i]
		err = enc.Encode(LogRequest{
			"request", r.Seq, name(c.Tasks, r.Task), r.Outcome.String(), r.Stream, r.Keyed, r.Bound, r.Tries, r.Status,
			name(c.Providers, r.Provider), name(c.Models, r.Model), name(c.Models, r.Answered),
			r.Scheduled, r.Sent, happened(r.FirstToken), r.Done, r.Accepted, r.Changed, r.PromptTokens, r.OutputTokens, r.ContentTokens,
			r.Tenant, hash(r.Question), r.Cache.String(), r.Age, r.WarmUp, hash(r.Body),
		})
	}
	for i := 0; i < len(c.Relays) && err == nil; i++ {
		r := &c.Relays[i]
		err = enc.Encode(LogRelay{
			"relay", r.Seq, r.Try, r.Replica, name(c.Endpoints, r.Endpoint), r.Outcome.String(), r.Status, r.Job, r.Attempts, c.Passed(r), r.Start, r.End, happened(r.Deadline), r.Bytes,
			r.Cache.String(), r.Origin, r.Age,
		})
	}
	for i := 0; i < len(c.Choices) && err == nil; i++ {
		err = enc.Encode(c.logChoice(&c.Choices[i]))
	}
	for i := 0; i < len(c.Attempts) && err == nil; i++ {
		a := &c.Attempts[i]
		route, first := c.elsewhere(a)
		err = enc.Encode(LogAttempt{
			"attempt", a.Seq, a.Try, a.N, c.TargetName(a.Target), a.Status, name(c.Reasons, a.Reason),
			a.Probe, a.Retry, a.Served, a.LastResort, a.Hedge, a.Estimated, a.Start, happened(a.FirstToken), a.End, a.RetryAfter,
			a.PromptTokens, a.OutputTokens, a.CostMicroUSD, route, first,
		})
	}
	for i := 0; i < len(c.Shadows) && err == nil; i++ {
		err = enc.Encode(c.logExtra("shadow", &c.Shadows[i]))
	}
	for i := 0; i < len(c.Probes) && err == nil; i++ {
		err = enc.Encode(c.logExtra("probe", &c.Probes[i]))
	}
	for i := 0; i < len(c.Comparisons) && err == nil; i++ {
		x := &c.Comparisons[i]
		err = enc.Encode(LogComparison{"comparison", x.Seq, c.TargetName(x.Served), c.TargetName(x.Shadow), x.At, x.ServedScore, x.ShadowScore})
	}
	for i := 0; i < len(c.Transitions) && err == nil; i++ {
		t := &c.Transitions[i]
		err = enc.Encode(LogBreaker{"breaker", t.Replica, c.TargetName(t.Target), name(c.Endpoints, t.Endpoint), t.From.String(), t.To.String(), t.At})
	}
	for i := 0; i < len(c.Alerts) && err == nil; i++ {
		a := &c.Alerts[i]
		err = enc.Encode(LogAlert{"alert", a.Replica, c.TargetName(a.Target), name(c.Endpoints, a.Endpoint), a.Signal, a.Burn, a.Cleared, a.At, a.Rate})
	}
	for i := 0; i < len(c.Incidents) && err == nil; i++ {
		err = enc.Encode(LogIncident{"incident", c.Incidents[i].Replica, c.Incidents[i].Told})
	}
	for i := 0; i < len(c.Journal) && err == nil; i++ {
		err = enc.Encode(c.logEntry("entry", &c.Journal[i]))
	}
	for i := 0; i < len(c.ProbeEntries) && err == nil; i++ {
		err = enc.Encode(c.logEntry("probe_entry", &c.ProbeEntries[i]))
	}
	return err
}

func (c *Cell) logExtra(kind string, s *Extra) LogExtra {
	return LogExtra{
		kind, s.Seq, name(c.Endpoints, s.Endpoint), c.TargetName(s.Target), s.Status, name(c.Reasons, s.Reason), s.Valid, s.HalfOpen, s.Estimated,
		s.Start, happened(s.FirstToken), s.End, s.RetryAfter, s.PromptTokens, s.OutputTokens, s.CostMicroUSD,
	}
}

func (c *Cell) logEntry(kind string, e *Entry) LogEntry {
	return LogEntry{
		kind, e.Seq, c.TargetName(e.Target), name(c.Endpoints, e.Endpoint), e.Shadow, e.Nth, e.End.String(), e.Status, e.Wait, e.Faults,
		e.Arrived, happened(e.Started), happened(e.FirstToken), e.Ended, e.TPOT, e.PromptTokens, e.OutputTokens, e.Reasoning, e.SentTokens,
		e.BillMicroUSD, e.RepricedMicroUSD, e.Quality,
	}
}

// Passed names the reasons why a relay passed over targets that it did not try.
func (c *Cell) Passed(r *Relay) (words []string) {
	for i, word := range c.Skips {
		if r.Passed&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return words
}

func (c *Cell) logChoice(x *Choice) LogChoice {
	out := LogChoice{Type: "choice", Seq: x.Seq, Try: x.Try, Strategy: x.Strategy, Candidates: []LogCandidate{}}
	for _, y := range x.Candidates {
		out.Candidates = append(out.Candidates, LogCandidate{c.TargetName(y.Target), y.Score, y.Note, y.Out})
	}
	for _, y := range x.Skips {
		out.Skipped = append(out.Skipped, LogSkip{c.TargetName(y.Target), y.Reason, y.At})
	}
	return out
}
