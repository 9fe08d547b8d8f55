package router

import (
	"encoding/json"
	"math"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/bulkhead"
	"github.com/routedrill/routedrill/router/internal/health"
)

// Status is how everything is at an instant: the answer to GET /v1/routedrill/health.
// README.md tells what its fields mean. It is in the order of the config, and holds no
// URL and no key. It is the caller's, and changes no more.
type Status struct {
	Targets   []TargetStatus   `json:"targets"`   // a row per target and endpoint it has been asked for
	Regions   []RegionStatus   `json:"regions"`   // a row per region and endpoint that one of its targets has been asked for
	Bulkheads []BulkheadStatus `json:"bulkheads"` // a row per provider, followed by its targets
	Budgets   []BudgetStatus   `json:"budgets,omitempty"`
	Queue     *QueueStatus     `json:"queue,omitempty"`
}

// TargetStatus is a target at an endpoint.
type TargetStatus struct {
	Target       string        `json:"target"`
	Endpoint     string        `json:"endpoint,omitempty"` // empty: asked for none so far
	Region       string        `json:"region,omitempty"`
	State        string        `json:"state"`
	Reason       string        `json:"reason,omitempty"`
	Since        *time.Time    `json:"since,omitempty"`
	NextProbeAt  *time.Time    `json:"next_probe_at,omitempty"`
	Probing      int           `json:"probing,omitempty"`
	Share        *float64      `json:"share,omitempty"`
	Window       WindowCounts  `json:"window"`
	CoolingUntil *time.Time    `json:"cooling_until,omitempty"`
	Health       string        `json:"health"`
	HealthReason string        `json:"health_reason,omitempty"`
	Quotas       []QuotaStatus `json:"quotas,omitempty"` // what is known of them, over all endpoints
	Alerts       []AlertStatus `json:"alerts,omitempty"` // those that stand
	Spans        []SpanStatus  `json:"spans,omitempty"`  // those in which something ended

	monitor *health.Monitor
}

// QuotaStatus is an estimate of what is left of a quota.
type QuotaStatus struct {
	Of      string     `json:"of"`
	Left    int64      `json:"left"`
	Limit   int64      `json:"limit,omitempty"`
	ResetAt *time.Time `json:"reset_at"`
}

// SpanStatus is what a target did over one span of time.
type SpanStatus struct {
	Seconds         float64 `json:"seconds"`
	Samples         int     `json:"samples"`
	FailureRate     float64 `json:"failure_rate"`
	TimeoutRate     float64 `json:"timeout_rate"`
	Not200Rate      float64 `json:"not_200_rate"`
	Latency         *Timing `json:"latency_ms,omitempty"`
	TTFT            *Timing `json:"ttft_ms,omitempty"`
	TokensPerSecond float64 `json:"tokens_per_s,omitempty"`
}

// Timing is a distribution in milliseconds.
type Timing struct {
	Samples int     `json:"samples"`
	P50     float64 `json:"p50"`
	P95     float64 `json:"p95"`
}

// WindowCounts are what a breaker judges by.
type WindowCounts struct {
	Samples  int `json:"samples"`
	Failures int `json:"failures"`
	Timed    int `json:"timed"`
	Slow     int `json:"slow"`
}

// BulkheadStatus is what is under way at a provider, or at one of its targets.
type BulkheadStatus struct {
	Provider      string `json:"provider"`
	Target        string `json:"target,omitempty"`
	InFlight      int    `json:"in_flight"`
	MaxConcurrent int    `json:"max_concurrent,omitempty"`
}

// health is the status as JSON.
func (r *Router) health() []byte {
	body, _ := json.Marshal(r.Status()) // strings, finite numbers and times only: cannot fail
	return body
}

// Status is how everything is now; times in UTC.
func (r *Router) Status() Status {
	now := time.Now()
	view := Status{Targets: []TargetStatus{}, Bulkheads: []BulkheadStatus{}}
	var last *bulkhead.Bulkhead
	for _, t := range r.targets {
		if t.shared != last {
			last = t.shared
			view.Bulkheads = append(view.Bulkheads, BulkheadStatus{Provider: t.provider, InFlight: last.Inside(), MaxConcurrent: last.Most()})
		}
		view.Bulkheads = append(view.Bulkheads,
			BulkheadStatus{Provider: t.provider, Target: t.name, InFlight: t.bulkhead.Inside(), MaxConcurrent: t.bulkhead.Most()})
		asked := false // nobody else knows what a model serves: one for chat has no embeddings
		for e := range endpoints {
			if t.asked[e].Load() {
				view.Targets = append(view.Targets, t.health(e, now))
				asked = true
			}
		}
		if !asked {
			row := t.health(chat, now)
			row.Endpoint = ""
			view.Targets = append(view.Targets, row)
		}
	}
	for _, b := range r.budgets {
		view.Budgets = append(view.Budgets, b.view(now))
	}
	view.Regions = r.regions(view.Targets, now)
	if r.jobs != nil {
		c := r.jobs.Counts()
		view.Queue = &QueueStatus{c.Queued, c.Running, c.Done, c.Dead, c.Bytes}
	}
	return view
}

func (t *target) health(e endpoint, now time.Time) TargetStatus {
	s := t.breakers[e].Status(now)
	h := TargetStatus{
		Target: t.name, Endpoint: e.String(), Region: t.region,
		State: s.State.String(), Reason: s.Reason, Since: moment(s.Since), NextProbeAt: moment(s.NextProbe), Probing: s.Probing,
		Window: WindowCounts(s.Counts), monitor: t.monitors[e],
	}
	if s.State == audit.Closed {
		share := float64(s.Share) / breaker.Whole
		h.Share = &share
	}
	if cool := t.coolUntil.Load(); cool > now.UnixNano() {
		h.CoolingUntil = moment(time.Unix(0, cool))
	}
	h.Health, h.HealthReason = t.condition(&h, t.monitors[e].Summary(now))
	h.Alerts = t.burnings[e].standing()
	for _, q := range t.headroom.Left(now) {
		h.Quotas = append(h.Quotas, QuotaStatus{q.Kind.String(), q.Left, q.Limit, moment(q.Reset)})
	}
	for _, span := range health.Spans() {
		if f := t.monitors[e].Over(now, span); f.Samples > 0 {
			h.Spans = append(h.Spans, spanOf(f))
		}
	}
	return h
}

// condition is the target's health in one word, and why: whoever may not be
// asked is down, whatever the last answers were.
func (t *target) condition(h *TargetStatus, s *health.Summary) (state, reason string) {
	switch {
	case h.State != audit.Closed.String():
		return health.Down.String(), audit.BreakerOpen
	case h.CoolingUntil != nil && s.State != health.Down:
		return health.Degraded.String(), audit.CoolingDown
	}
	return s.State.String(), s.Reason
}

func spanOf(f health.Figures) SpanStatus {
	return SpanStatus{
		Seconds: f.Span.Seconds(), Samples: f.Samples,
		FailureRate: rounded(f.Rate(f.Failed)), TimeoutRate: rounded(f.Rate(f.TimedOut)), Not200Rate: rounded(f.Rate(f.Not200)),
		Latency: inMillis(f.Latency), TTFT: inMillis(f.TTFT), TokensPerSecond: rounded(f.Usage.TokensPerSecond()),
	}
}

func inMillis(t health.Timing) *Timing {
	if t.Samples == 0 {
		return nil
	}
	return &Timing{t.Samples, rounded(float64(t.P50) / 1e6), rounded(float64(t.P95) / 1e6)}
}

// rounded keeps three decimals.
func rounded(x float64) float64 { return math.Round(x*1e3) / 1e3 }

// moment is t in UTC for an encoder, nil when it never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
