package incident

import (
	"slices"
	"strings"
	"time"
)

// Ahead is how long before it begins maintenance is shown to clients.
const Ahead = 72 * time.Hour

// Window is maintenance that was announced. What fails in it was expected to.
type Window struct {
	From, To time.Time
	Targets  []string // providers by name, or "provider/model"; empty is all
	Text     string   // for clients, shown as it is in every language; may be ""
}

// covers reports whether a target is maintained at an instant.
func (w *Window) covers(target string, at time.Time) bool {
	return !at.Before(w.From) && at.Before(w.To) &&
		(len(w.Targets) == 0 || slices.Contains(w.Targets, target) || slices.Contains(w.Targets, providerOf(target)))
}

// Planned is what clients may know of maintenance that goes on, or begins within Ahead.
type Planned struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Now      bool      `json:"now"`
	Services []string  `json:"services"` // by the names of their providers; empty is all
	Text     string    `json:"text,omitempty"`
	Note     string    `json:"note"`
}

// planned are the windows that clients are told of, the first to begin first.
func (t *Tracker) planned(c *Config, now time.Time) (list []Planned) {
	list = []Planned{}
	for _, w := range c.Maintenance {
		if !now.Before(w.To) || w.From.Sub(now) > Ahead {
			continue
		}
		p := Planned{From: w.From.UTC(), To: w.To.UTC(), Now: !now.Before(w.From), Services: []string{}, Text: strings.TrimSpace(w.Text)}
		for _, target := range w.Targets {
			p.Services = with(p.Services, c.Names.provider(providerOf(target)))
		}
		list = append(list, p)
	}
	slices.SortStableFunc(list, func(a, b Planned) int { return a.From.Compare(b.From) })
	return list
}

// maintained reports whether a target is within a window.
func (c *Config) maintained(target string, at time.Time) bool {
	return slices.ContainsFunc(c.Maintenance, func(w Window) bool { return w.covers(target, at) })
}
