package router

import (
	"encoding/json"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/bulkhead"
)

// healthView is the answer to GET /v1/routedrill/health; README.md tells what its
// fields mean. It is in the order of the config, and holds no URL and no key.
type healthView struct {
	Targets   []targetHealth `json:"targets"`   // a row per target and endpoint it serves
	Bulkheads []bulkheadLoad `json:"bulkheads"` // a row per provider, followed by its targets
}

type targetHealth struct {
	Target       string       `json:"target"`
	Endpoint     string       `json:"endpoint"`
	Region       string       `json:"region,omitempty"`
	State        string       `json:"state"`
	Reason       string       `json:"reason,omitempty"`
	Since        *time.Time   `json:"since,omitempty"`
	NextProbeAt  *time.Time   `json:"next_probe_at,omitempty"`
	Probing      int          `json:"probing,omitempty"`
	Share        *float64     `json:"share,omitempty"`
	Window       windowCounts `json:"window"`
	CoolingUntil *time.Time   `json:"cooling_until,omitempty"`
}

type windowCounts struct {
	Samples  int `json:"samples"`
	Failures int `json:"failures"`
	Timed    int `json:"timed"`
	Slow     int `json:"slow"`
}

type bulkheadLoad struct {
	Provider      string `json:"provider"`
	Target        string `json:"target,omitempty"`
	InFlight      int    `json:"in_flight"`
	MaxConcurrent int    `json:"max_concurrent,omitempty"`
}

// health is the state of everything at now; times in UTC.
func (r *Router) health(now time.Time) []byte {
	view := healthView{Targets: []targetHealth{}, Bulkheads: []bulkheadLoad{}}
	var last *bulkhead.Bulkhead
	for _, t := range r.targets {
		if t.shared != last {
			last = t.shared
			view.Bulkheads = append(view.Bulkheads, bulkheadLoad{Provider: t.provider, InFlight: last.Inside(), MaxConcurrent: last.Most()})
		}
		view.Bulkheads = append(view.Bulkheads,
			bulkheadLoad{Provider: t.provider, Target: t.name, InFlight: t.bulkhead.Inside(), MaxConcurrent: t.bulkhead.Most()})
		for e := range endpoints {
			if t.url(e, false) != nil {
				view.Targets = append(view.Targets, t.health(e, now))
			}
		}
	}
	body, _ := json.Marshal(view) // strings, finite numbers and times only: cannot fail
	return body
}

func (t *target) health(e endpoint, now time.Time) targetHealth {
	s := t.breakers[e].Status(now)
	h := targetHealth{
		Target: t.name, Endpoint: e.String(), Region: t.region,
		State: s.State.String(), Reason: s.Reason, Since: moment(s.Since), NextProbeAt: moment(s.NextProbe), Probing: s.Probing,
		Window: windowCounts(s.Counts),
	}
	if s.State == audit.Closed {
		share := float64(s.Share) / breaker.Whole
		h.Share = &share
	}
	if cool := t.coolUntil.Load(); cool > now.UnixNano() {
		h.CoolingUntil = moment(time.Unix(0, cool))
	}
	return h
}

// moment is t in UTC for an encoder, nil when it never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
