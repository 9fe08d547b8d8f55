package audit

import (
	"context"
	"log/slog"
	"time"
)

// Log is a sink that writes one structured log line per request, with all its
// attempts, and one per change of a breaker. It holds no prompt, no answer and no
// key. provider and model are those that served, tokens and cost those of all
// attempts, retries all attempts but the first. The zero value is not ready for use; make one with [NewLog].
type Log struct{ logger *slog.Logger }

// NewLog returns a sink that writes to a logger; nil discards.
func NewLog(l *slog.Logger) Log {
	if l == nil {
		l = slog.New(slog.DiscardHandler)
	}
	return Log{l}
}

// Request implements [Sink]. A request that was served, by a provider or out of the cache, or deferred, is logged at level Info,
// any other at Warn; one whose client left at Info.
func (s Log) Request(r *Record) {
	level := slog.LevelWarn
	if r.Outcome == Served || r.Outcome == Cached || r.Outcome == Deferred || r.Outcome == Cancelled {
		level = slog.LevelInfo
	}
	if !s.logger.Enabled(context.Background(), level) {
		return
	}
	var cost, in, out int64
	attempts := make(attemptLines, 0, len(r.Attempts))
	served, provider, model := "", "", ""
	for i := range r.Attempts {
		a := &r.Attempts[i]
		cost, in, out = cost+a.CostMicroUSD, in+a.PromptTokens, out+a.OutputTokens
		if a.Served {
			served, provider, model = a.Target, a.Provider, a.Model
		}
		attempts = append(attempts, attemptLine{
			Target: a.Target, Status: a.Status, Reason: a.Reason, Probe: a.Probe, Retry: a.Retry, LastResort: a.LastResort, Hedge: a.Hedge, Served: a.Served,
			StartMS: millis(a.Start.Sub(r.Start)), TTFTMS: since(a.Start, a.FirstToken), DurationMS: millis(a.End.Sub(a.Start)),
			RetryAfterMS: millis(a.RetryAfter), PromptTokens: a.PromptTokens, CachedTokens: a.CachedTokens,
			OutputTokens: a.OutputTokens, CostMicroUSD: a.CostMicroUSD, Estimated: a.Estimated,
		})
	}
	attrs := append(make([]slog.Attr, 0, 32), // all there may be
		slog.String("request_id", r.RequestID), slog.String("route", r.Route), slog.String("endpoint", r.Endpoint),
		slog.Bool("stream", r.Stream), slog.String("outcome", r.Outcome.String()), slog.Int("status", r.Status),
		slog.String("served_by", served), slog.String("provider", provider), slog.String("model", model),
		slog.Float64("duration_ms", millis(r.End.Sub(r.Start))), slog.Int("retries", max(0, len(r.Attempts)-1)),
		slog.Bool("cache_hit", r.Cache.State == Hit || r.Cache.State == Stale),
		slog.Int64("tokens_in", in), slog.Int64("tokens_out", out), slog.Int64("cost_micro_usd", cost), slog.Any("attempts", attempts),
	)
	if r.ShadowOf != "" {
		attrs = append(attrs, slog.String("shadow_of", r.ShadowOf))
	}
	if r.Probe {
		attrs = append(attrs, slog.Bool("probe", true))
	}
	if r.JobID != "" {
		attrs = append(attrs, slog.String("job", r.JobID))
	}
	if r.JobOf != "" {
		attrs = append(attrs, slog.String("job_of", r.JobOf))
	}
	if r.Cache.State != NotAsked {
		attrs = append(attrs, slog.String("cache", r.Cache.State.String()))
	}
	if r.Cache.Origin != "" {
		attrs = append(attrs, slog.String("cached_of", r.Cache.Origin), slog.Float64("age_s", r.Cache.Age.Seconds()))
	}
	if r.Tenant != "" {
		attrs = append(attrs, slog.String("tenant", r.Tenant))
	}
	if r.Caller != "" {
		attrs = append(attrs, slog.String("caller", r.Caller))
	}
	if r.Choice.Strategy != "" {
		attrs = append(attrs, slog.String("strategy", r.Choice.Strategy), slog.Any("candidates", candidateLines(r)))
	}
	if len(r.Skips) > 0 {
		attrs = append(attrs, slog.Any("skipped", skipLines(r)))
	}
	s.logger.LogAttrs(context.Background(), level, "request", attrs...)
}

// Breaker implements [Sink].
func (s Log) Breaker(e BreakerEvent) {
	s.logger.Info("breaker", "target", e.Target, "endpoint", e.Endpoint, "from", e.From.String(), "to", e.To.String(), "reason", e.Reason)
}

// attemptLine is an attempt in the log. Times are milliseconds.
type attemptLine struct {
	Target       string  `json:"target"`
	Status       int     `json:"status,omitempty"`
	Reason       string  `json:"reason"`
	Probe        bool    `json:"probe,omitempty"`
	Retry        bool    `json:"retry,omitempty"`
	LastResort   bool    `json:"last_resort,omitempty"`
	Hedge        bool    `json:"hedge,omitempty"`
	Served       bool    `json:"served,omitempty"`
	StartMS      float64 `json:"start_ms"`
	TTFTMS       float64 `json:"ttft_ms,omitempty"`
	DurationMS   float64 `json:"duration_ms"`
	RetryAfterMS float64 `json:"retry_after_ms,omitempty"`
	PromptTokens int64   `json:"prompt_tokens,omitempty"`
	CachedTokens int64   `json:"cached_tokens,omitempty"`
	OutputTokens int64   `json:"output_tokens,omitempty"`
	CostMicroUSD int64   `json:"cost_micro_usd,omitempty"`
	Estimated    bool    `json:"estimated,omitempty"`
}

// candidateLine is a candidate in the log.
type candidateLine struct {
	Target string  `json:"target"`
	Score  float64 `json:"score"`
	Note   string  `json:"note,omitempty"`
	Out    string  `json:"out,omitempty"`
}

func candidateLines(r *Record) candidates {
	lines := make(candidates, 0, len(r.Choice.Candidates))
	for _, c := range r.Choice.Candidates {
		lines = append(lines, candidateLine(c))
	}
	return lines
}

// skipLine is a target passed over, in the log.
type skipLine struct {
	Target string  `json:"target"`
	Reason string  `json:"reason"`
	AtMS   float64 `json:"at_ms"`
}

func skipLines(r *Record) skips {
	lines := make(skips, 0, len(r.Skips))
	for _, s := range r.Skips {
		lines = append(lines, skipLine{s.Target, s.Reason, millis(s.At.Sub(r.Start))})
	}
	return lines
}

func since(start, end time.Time) float64 {
	if end.IsZero() {
		return 0
	}
	return millis(end.Sub(start))
}

// millis is a duration in milliseconds, to the microsecond.
func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
