package prometheus

import (
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/router/audit"
)

// kinds of timeouts, by the reason an attempt ended for.
var timeoutKinds = map[string]string{
	audit.ConnectTimeout: "connect",
	audit.TTFTTimeout:    "ttft",
	audit.IdleTimeout:    "idle",
	audit.StreamSlow:     "slow",
	audit.AttemptTimeout: "attempt",
	audit.TotalTimeout:   "total",
	audit.RequestTimeout: "provider",
}

// attempt counts an attempt, with what it took and cost.
func (m *Metrics) attempt(a *audit.Attempt, route, origin string) {
	m.attempts.WithLabelValues(a.Provider, a.Model, a.Reason, origin).Inc()
	m.attemptSeconds.WithLabelValues(a.Provider, a.Model, strconv.FormatBool(a.Reason == audit.OK)).Observe(a.End.Sub(a.Start).Seconds())
	if !a.FirstToken.IsZero() {
		m.attemptTTFT.WithLabelValues(a.Provider, a.Model).Observe(a.FirstToken.Sub(a.Start).Seconds())
	}
	if kind := timeoutKinds[a.Reason]; kind != "" {
		m.timeouts.WithLabelValues(a.Provider, a.Model, kind).Inc()
	}
	switch { // one token, one count
	case a.Hedge:
		m.extras.WithLabelValues(a.Provider, a.Model, "hedge").Inc()
	case a.LastResort:
		m.extras.WithLabelValues(a.Provider, a.Model, "last_resort").Inc()
	case a.Retry:
		m.extras.WithLabelValues(a.Provider, a.Model, "retry").Inc()
	}
	for _, n := range []struct {
		of   string
		many int64
	}{
		{"input", a.PromptTokens - a.CachedTokens - a.CacheWriteTokens},
		{"cached_input", a.CachedTokens},
		{"cache_write", a.CacheWriteTokens},
		{"output", a.OutputTokens},
	} {
		if n.many > 0 {
			m.tokens.WithLabelValues(a.Provider, a.Model, route, n.of).Add(float64(n.many))
		}
	}
	if a.CostMicroUSD > 0 {
		m.spend.WithLabelValues(a.Provider, a.Model, route).Add(float64(a.CostMicroUSD) / 1e6)
	}
}

// moves counts the failovers of a request: from an attempt that failed to the next one
// elsewhere, and from the first of its order, where that was passed over, to the first
// that was tried. A hedge is none, whatever becomes of it: nothing had failed.
func (m *Metrics) moves(r *audit.Record) {
	var last *audit.Attempt
	for i := range r.Attempts {
		a := &r.Attempts[i]
		switch {
		case a.Hedge:
			continue
		case last == nil:
			if from, why := passedOver(r); from != "" && from != a.Target {
				m.failovers.WithLabelValues(from, a.Target, why).Inc()
			}
		case last.Target != a.Target:
			m.failovers.WithLabelValues(last.Target, a.Target, last.Reason).Inc()
		}
		last = a
	}
}

// passedOver is the first candidate of a request, if it was skipped because it could
// not be tried, and why.
func passedOver(r *audit.Record) (target, why string) {
	if len(r.Choice.Candidates) == 0 || r.Choice.Candidates[0].Out != "" {
		return "", ""
	}
	first := r.Choice.Candidates[0].Target
	for i := range r.Skips {
		if s := &r.Skips[i]; s.Target == first && !s.At.After(r.Attempts[0].Start) {
			return first, s.Reason
		}
	}
	return "", ""
}

// split is a target's provider and model.
func split(target string) (provider, model string) {
	provider, model, _ = strings.Cut(target, "/")
	return provider, model
}
