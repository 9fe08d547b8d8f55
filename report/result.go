package report

// Version is the version of the format of [Result] as JSON. It changes when a
// field changes its meaning or goes away, not when one is added.
const Version = 1

// Result is everything a report says about one run. As JSON it is the
// documented result.json. A figure that could not be measured is nil and is
// left out; nothing in it depends on the wall clock of the machine.
//
// A Result is made by [Compute] and not changed afterwards; it may then be
// read concurrently.
type Result struct {
	Version        int            `json:"version"`
	Scenario       string         `json:"scenario"`
	Summary        string         `json:"summary,omitempty"`
	Source         string         `json:"source,omitempty"`
	World          string         `json:"world,omitempty"`
	Target         string         `json:"target,omitempty"` // URL of the gateway under test, where it is not our router
	Clock          string         `json:"clock"`
	Start          string         `json:"start"` // of the scenario, RFC 3339
	Duration       Seconds        `json:"duration_s"`
	Recovery       Seconds        `json:"recovery_s"`
	Replicas       int            `json:"replicas,omitempty"` // routers that shared the requests of each cell; absent for one
	Seeds          []uint64       `json:"seeds"`              // each once, in the order of the cells
	N              int            `json:"n"`                  // requests of all cells
	ProgramVersion string         `json:"program_version"`
	Arch           string         `json:"arch"` // GOARCH
	QuantileKind   string         `json:"quantile_kind"`
	Replay         string         `json:"replay"` // the command that repeats the run
	Verdict        Verdict        `json:"verdict"`
	Reasons        []string       `json:"reasons,omitempty"` // why the verdict is not pass
	Findings       []string       `json:"findings,omitempty"`
	Faults         []FaultInfo    `json:"faults"`
	Policies       []PolicyResult `json:"policies"`
	Cells          []Cell         `json:"cells"`
}

// PolicyResult is the judgement over one policy, with all its seeds. With one seed
// its thresholds are those of its cell.
type PolicyResult struct {
	Policy     string      `json:"policy"`
	Gated      bool        `json:"gated"`
	Verdict    Verdict     `json:"verdict"`
	Reasons    []string    `json:"reasons,omitempty"` // of thresholds over several seeds; the rest stands in the cells
	Thresholds []Threshold `json:"thresholds"`

	cells []int // in Result.Cells
}

// FaultInfo is one fault of the timeline, as all cells share it.
type FaultInfo struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"`
	How     string   `json:"how,omitempty"`   // the parameters it was given, in words
	Scope   string   `json:"scope,omitempty"` // which requests at its targets it hits, in words; empty: all
	Start   Seconds  `json:"start_s"`
	End     Seconds  `json:"end_s"`
	Every   Seconds  `json:"every_s,omitempty"` // it comes again this long after its start
	Targets []string `json:"targets"`
	Hits    int      `json:"hits"`  // attempts it hit, in all cells
	Fired   bool     `json:"fired"` // it hit something; a fault of kind none need not
}

// Cell is the result of one policy with one seed.
type Cell struct {
	Policy      string   `json:"policy"`
	Seed        uint64   `json:"seed"`
	Gated       bool     `json:"gated"`
	Verdict     Verdict  `json:"verdict"`           // of its own, or of its policy's thresholds where that is graver
	Reasons     []string `json:"reasons,omitempty"` // its own
	Digest      string   `json:"digest"`            // see [Digest]
	Planned     int      `json:"planned"`
	Interrupted bool     `json:"interrupted,omitempty"`

	// What cannot be seen from outside a gateway that is not ours: figures and lists
	// that are empty for that reason, by their JSON names.
	NotVisible []string `json:"not_visible,omitempty"`

	Part // over the whole run

	Outcomes map[string]int `json:"outcomes"`           // requests by the word of their outcome
	Relays   map[string]int `json:"relays"`             // HTTP requests at the router by the word of their outcome
	Endings  []Ending       `json:"endings"`            // attempts by target and reason, in the order of both
	Hedges   *Hedges        `json:"hedges,omitempty"`   // nil without any
	Shadows  *Extras        `json:"shadows,omitempty"`  // nil without any
	Probes   *Extras        `json:"probes,omitempty"`   // active ones; nil without any
	WarmUps  *WarmUps       `json:"warm_ups,omitempty"` // nil without any
	Deferred *Deferred      `json:"deferred,omitempty"` // nil without any
	// Of the router, as they were raised; nil without any.
	Alerts []Alert `json:"alerts,omitempty"`
	// What the router made of its breakers and alerts, from the first on; nil without any.
	Incidents []Incident `json:"incidents,omitempty"`
	// Of answers with those of shadows; nil without any.
	Comparisons *Comparisons `json:"comparisons,omitempty"`
	// What answers of other targets than the first of their route cost more: over the
	// whole run, and in the windows of each fault. Empty without any.
	Premiums []Premium     `json:"failover_premium,omitempty"`
	Dropped  int           `json:"dropped"` // requests the load generator could not send
	SendLag  *Distribution `json:"send_lag_ms,omitempty"`

	// The worst over all faults; see [FaultTimes].
	Detect   *Seconds `json:"time_to_detect_s,omitempty"`
	Failover *Seconds `json:"time_to_failover_s,omitempty"`
	Failback *Seconds `json:"time_to_failback_s,omitempty"`

	Phases     Parts        `json:"phases"`    // before, one per fault, recovery, after
	Tasks      Parts        `json:"tasks"`     // in the order of the scenario
	Providers  Parts        `json:"providers"` // in the order of the world; without [Traffic]
	Faults     []FaultTimes `json:"faults"`
	Thresholds []Threshold  `json:"thresholds"` // with this seed alone; where there are several, the policy's decide
	Invariants []Invariant  `json:"invariants"`

	// Of gated cells whose availability outside the first 30 s of each fault is
	// below 99.9 %, or that cross a threshold on availability.
	Shortfall *Shortfall `json:"shortfall,omitempty"`
}

// Part is the figures over some of a cell's requests. Traffic is nil for the
// part of one provider, because a request has no provider before one answers
// it.
type Part struct {
	Name string `json:"-"` // the phase, task or provider; empty for the whole run
	*Traffic
	Figures
}

// Traffic is what can be said of requests whether or not they were answered.
type Traffic struct {
	Requests            int              `json:"requests"` // n of availability and client_amplification
	Availability        *Ratio           `json:"availability,omitempty"`
	ErrorLatency        *Distribution    `json:"error_latency_ms,omitempty"`
	CostPer1k           *USD             `json:"cost_per_1k_usd,omitempty"` // n is answered
	Relayed             int              `json:"relayed"`                   // requests that reached the router; n of retry_amplification
	Attempts            int              `json:"attempts"`                  // the router's attempts for them
	ClientTries         int              `json:"client_tries"`
	RetryAmplification  *Ratio           `json:"retry_amplification,omitempty"`
	ClientAmplification *Ratio           `json:"client_amplification,omitempty"`
	ServedBy            map[string]Ratio `json:"served_by,omitempty"` // share of the answered requests by provider, or by "cache"
	Cache               *CacheUse        `json:"cache,omitempty"`     // nil where it was not asked
}

// Figures is what can be said of answers and of the providers' work.
type Figures struct {
	Answered int           `json:"answered"` // n of latency and served_by
	Latency  *Distribution `json:"latency_ms,omitempty"`
	TTFT     *Distribution `json:"ttft_ms,omitempty"`
	TPOT     *Distribution `json:"tpot_ms,omitempty"`
	Quality  *Ratio        `json:"quality,omitempty"`
	Scored   int           `json:"scored"` // n of quality: answers by targets with a score
	Billed   int           `json:"billed"` // n of the costs: attempts in the journal
	Cost     *USD          `json:"cost_usd,omitempty"`
	Wasted   *USD          `json:"wasted_cost_usd,omitempty"`
}

// Distribution summarises samples. A quantile is nil when there are too few
// samples for it: p90 needs 10, p95 20, p99 100.
type Distribution struct {
	N    int     `json:"n"`
	Mean *Millis `json:"mean,omitempty"`
	Min  *Millis `json:"min,omitempty"`
	P50  *Millis `json:"p50,omitempty"`
	P90  *Millis `json:"p90,omitempty"`
	P95  *Millis `json:"p95,omitempty"`
	P99  *Millis `json:"p99,omitempty"`
	Max  *Millis `json:"max,omitempty"`
}

// Ending counts the attempts at one target that ended for one reason, by the
// router's audit; of a gateway that is not ours, by the journal, in its words.
type Ending struct {
	Target   string `json:"target"`
	Reason   string `json:"reason"`
	Attempts int    `json:"attempts"`
}

// FaultTimes is how fast one policy reacted to one fault. A time is nil when
// it could not be measured, as when the fault hit nothing; when it could, but
// the event did not come, the time is nil and its Never is set.
type FaultTimes struct {
	ID            string   `json:"id"`
	Hits          int      `json:"hits"`              // attempts of this cell it hit
	Avoided       bool     `json:"avoided,omitempty"` // it hit other cells, not this one
	Detect        *Seconds `json:"time_to_detect_s,omitempty"`
	DetectNever   bool     `json:"detect_never,omitempty"`
	Failover      *Seconds `json:"time_to_failover_s,omitempty"`
	FailoverNever bool     `json:"failover_never,omitempty"`
	Failback      *Seconds `json:"time_to_failback_s,omitempty"`
	FailbackNever bool     `json:"failback_never,omitempty"`
	NotVisible    []string `json:"not_visible,omitempty"` // as [Cell.NotVisible]; `hits`, too, of refused connections
}

// Threshold is one threshold of the scenario held against one cell, or against
// all seeds of a policy: then figures are means over the seeds, and N is the sum.
type Threshold struct {
	Source     string  `json:"source"` // as written
	Metric     string  `json:"metric"`
	Agg        string  `json:"agg,omitempty"`
	Op         string  `json:"op"`
	Value      Number  `json:"value"`            // in Unit; with Than what is added
	Than       string  `json:"than,omitempty"`   // the policy it is compared with, or steady
	Factor     Number  `json:"factor,omitempty"` // of the figure of Than
	Bound      *Number `json:"bound,omitempty"`  // in Unit: what it is held against; nil where Than has no figure
	Unit       string  `json:"unit"`
	Measured   *Number `json:"measured,omitempty"`    // in Unit; nil without enough samples, or never
	Never      bool    `json:"never,omitempty"`       // what should have taken that time did not happen
	Avoided    bool    `json:"avoided,omitempty"`     // the faults it speaks of hit other cells, not this one: no time was lost
	N          int     `json:"n"`                     // samples; of a windowed one the windows
	Verdict    Verdict `json:"verdict"`               // pass, failed, inconclusive or skipped
	Reason     string  `json:"reason,omitempty"`      // why it is inconclusive or skipped
	NotVisible bool    `json:"not_visible,omitempty"` // why it is skipped: the metric cannot be seen from outside
	Absent     string  `json:"absent,omitempty"`      // why it is skipped: what the world has not, like "task search"

	// Over several seeds only.
	Seeds  int        `json:"seeds,omitempty"`
	Low    *Number    `json:"low,omitempty"` // ends of the 95 % interval of measured − bound, seed by seed
	High   *Number    `json:"high,omitempty"`
	Method string     `json:"method,omitempty"` // of the interval: constant, t, or t + bootstrap
	Worst  *WorstSeed `json:"worst,omitempty"`
}

// WorstSeed is the seed whose figure is the farthest on the bad side.
type WorstSeed struct {
	Seed     uint64  `json:"seed"`
	Measured *Number `json:"measured,omitempty"` // nil when it is never
	Never    bool    `json:"never,omitempty"`
	Bound    Number  `json:"bound"`
}

// Invariant is what one checker found in one cell. Its fields are those of
// the checkers' result, so that one converts to the other.
type Invariant struct {
	Number     int      `json:"number"`
	Name       string   `json:"name"`
	Checked    int      `json:"checked"`
	Violations int      `json:"violations"`
	Examples   []string `json:"examples,omitempty"`

	Estimates             int   `json:"estimates,omitempty"`
	EstimateErrorMicroUSD int64 `json:"estimate_error_micro_usd,omitempty"`

	NotVisible         bool  `json:"not_visible,omitempty"`           // from outside a gateway that is not ours; nothing was checked
	StalePrices        int   `json:"stale_prices,omitempty"`          // bookings at a price that had changed
	StalePriceMicroUSD int64 `json:"stale_price_micro_usd,omitempty"` // what the bill is above the ledger for them
}
