package router

import (
	"encoding/json"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"`
	OwnedBy string `json:"owned_by"`
}

// modelList is the answer to GET /v1/models: routes, then targets.
func modelList(c Config) []byte {
	list := struct {
		Object string       `json:"object"`
		Data   []modelEntry `json:"data"`
	}{Object: "list"}
	for _, r := range c.Routes {
		list.Data = append(list.Data, modelEntry{r.Name, "model", 0, "routedrill"})
	}
	for _, p := range c.Providers {
		for _, m := range p.Models {
			list.Data = append(list.Data, modelEntry{p.Name + "/" + m.Name, "model", 0, p.Name})
		}
	}
	body, _ := json.Marshal(list) // strings and numbers only: cannot fail
	return body
}

type targetHealth struct {
	Target       string     `json:"target"`
	Endpoint     string     `json:"endpoint"`
	Region       string     `json:"region,omitempty"`
	State        string     `json:"state"`
	Reason       string     `json:"reason,omitempty"`
	Since        *time.Time `json:"since,omitempty"`
	OpenUntil    *time.Time `json:"open_until,omitempty"`
	CoolingUntil *time.Time `json:"cooling_until,omitempty"`
}

// health is the answer to GET /v1/routedrill/health: the breaker of every target
// and endpoint, and the cooldowns; times in UTC.
func (r *Router) health(now time.Time) []byte {
	view := struct {
		Targets []targetHealth `json:"targets"`
	}{Targets: []targetHealth{}}
	for _, t := range r.targets {
		cool := t.coolUntil.Load()
		for e := range endpoints {
			s := t.breakers[e].Status()
			h := targetHealth{Target: t.name, Endpoint: e.String(), Region: t.region, State: s.State.String(), Reason: s.Reason}
			h.Since = moment(s.Since)
			if s.State == audit.Open {
				h.OpenUntil = moment(s.Until)
			}
			if cool > now.UnixNano() {
				h.CoolingUntil = moment(time.Unix(0, cool))
			}
			view.Targets = append(view.Targets, h)
		}
	}
	body, _ := json.Marshal(view) // strings and times only: cannot fail
	return body
}

// moment is t in UTC for an encoder, nil when it never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
