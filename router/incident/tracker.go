package incident

import (
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"text/template"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// The bounds of a tracker.
const (
	DefaultSettle = 5 * time.Minute
	MaxPast       = 50   // incidents that are kept once they have ended
	MaxPlaces     = 1024 // targets × endpoints that are looked at; further ones are left out
)

// Config is what a tracker needs to know. The zero value knows no route.
type Config struct {
	Routes []Route // what clients ask for by name
	Names  Names   // what clients are shown
	// Maintenance are the windows that were announced.
	Maintenance []Window
	// Language is what clients are spoken to in that ask for none there is; "" is
	// English, "en".
	Language string
	// Templates holds LANGUAGE.tmpl at its top: words in place of, or beside, those
	// that are shipped for "en" and "id". Nil is none. It is read by New.
	Templates fs.FS
	// Settle is how long an incident must have been over to be resolved; 0 is
	// DefaultSettle.
	Settle time.Duration
}

// Tracker makes incidents of what it is told. It implements audit.Sink and
// audit.AlertSink; make it with [New]. Safe for concurrent use.
type Tracker struct {
	mu     sync.Mutex
	config Config
	words  words
	trails map[place]*trail
	open   []*incident // in the order of their detection
	past   []*incident // likewise, at most MaxPast
	number int         // of incidents so far
}

// New returns a tracker that knows of no incident. The error is about templates.
func New(c Config) (*Tracker, error) {
	t := &Tracker{trails: map[place]*trail{}}
	return t, t.Change(c)
}

// Change puts another config in the place of the one before; the incidents stay. The
// error is about templates, and then nothing has changed.
func (t *Tracker) Change(c Config) error {
	if c.Settle == 0 {
		c.Settle = DefaultSettle
	}
	if c.Language == "" {
		c.Language = English
	}
	w, err := readWords(c.Templates)
	if err != nil {
		return err
	}
	if w[c.Language] == nil {
		return fmt.Errorf("incident: there are no words for the language %q, but for %s", c.Language, list(w.languages()))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.config, t.words = c, w
	return nil
}

// now is the config, and the words of a language, or else of Config.Language.
func (t *Tracker) now(language string) (Config, *template.Template, string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.words[language] == nil {
		language = t.config.Language
	}
	return t.config, t.words[language], language
}

// Breaker implements audit.Sink.
func (t *Tracker) Breaker(e audit.BreakerEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle(e.At)
	p := place{e.Target, e.Endpoint}
	l := t.trail(p)
	out := e.To != audit.Closed
	if l == nil || l.out == out || e.At.Before(l.changed) { // two may come in another order than they happened
		return
	}
	l.out, l.changed = out, e.At
	if out && refusals[e.Reason] && t.amiss(p) {
		return
	}
	if out {
		c := t.raise(signal{place: p}, e.At)
		c.Opened++
		c.note(e.At, BreakerOpened, p.String(), e.Reason)
	} else if c := t.standing(signal{place: p}); c != nil {
		c.note(e.At, BreakerClosed, p.String(), "")
		c.clear(signal{place: p}, e.At, e.At)
	}
	t.look(e.At)
}

// Alert implements audit.AlertSink.
func (t *Tracker) Alert(a audit.Alert) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle(a.At)
	if a.Signal == audit.SignalSpend {
		t.jumped(&a)
		return
	}
	provider := providerOf(a.Target)
	s := signal{place{a.Target, a.Endpoint}, a.Signal, a.Burn == audit.SlowBurn}
	l := t.trail(s.place)
	if l == nil {
		return
	}
	if !a.Cleared && l.refused && t.amiss(s.place) {
		return
	}
	what, c := AlertRaised, t.of(provider)
	switch {
	case a.Cleared:
		what = AlertCleared
	case !s.slow:
		c = t.raise(s, a.At)
	case c == nil && t.before(provider, a.At) == "": // else it tells of what is known
		c = t.raise(s, a.At)
	}
	if c == nil {
		return
	}
	c.note(a.At, what, s.String(), a.Signal+", "+a.Burn+" burn")
	if a.Cleared && s.slow && c.standing[s] {
		c.clear(s, a.At, a.At)
	}
	if a.Burn == audit.FastBurn && a.Cleared && c.standing[s] {
		over := a.At
		if last := l.ceased(a.At); a.Signal == audit.SignalErrors && !last.IsZero() {
			over = last
		} else if a.Signal == audit.SignalErrors {
			over = later(c.Detected, a.At.Add(-Lookback))
		}
		c.clear(s, a.At, over)
	}
	t.look(a.At)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Request implements audit.Sink.
func (t *Tracker) Request(r *audit.Record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle(r.End)
	for i := range r.Attempts {
		a := &r.Attempts[i]
		p := place{a.Target, r.Endpoint}
		l := t.trail(p)
		if l == nil {
			continue
		}
		bad := !unharmed[a.Reason]
		l.add(a.End, bad)
		l.hear(a.Reason)
		// The records of requests that were under way at the detection come after it.
		if c := t.of(providerOf(a.Target)); bad && c != nil && c.touched[p] && a.End.Before(c.Detected) {
			c.startedBy(l.began(c.Detected))
		}
	}
	if r.ShadowOf != "" || r.Probe || r.JobOf != "" {
		return
	}
	for _, c := range t.open {
		if t.concerns(c, r.Route, r.Endpoint) {
			c.count(r)
		}
	}
}

func (c *incident) startedBy(at time.Time) {
	if at.Before(c.Started) {
		c.Started = at.UTC()
	}
}

// amiss reports whether what a target refuses at an endpoint is the clients' mistake,
// such as embeddings asked of a model for chats: it has not answered there, nor failed
// in another way, and answers elsewhere; or another target of its route is like that.
func (t *Tracker) amiss(p place) bool {
	misplaced, elsewhere := t.misplaced(p)
	if !misplaced || elsewhere {
		return misplaced
	}
	for _, r := range t.config.Routes {
		if !slices.Contains(r.Targets, p.target) {
			continue
		}
		for _, other := range r.Targets {
			q := place{other, p.endpoint}
			if l := t.trails[q]; l == nil || !l.refused {
				continue
			}
			if misplaced, elsewhere := t.misplaced(q); misplaced && elsewhere {
				return true
			}
		}
	}
	return false
}

// misplaced reports whether a target has neither answered at an endpoint nor failed
// there in another way than by refusing, and whether it has answered elsewhere. Chats
// with tools are chats.
func (t *Tracker) misplaced(p place) (misplaced, elsewhere bool) {
	for q, l := range t.trails {
		if q.target != p.target {
			continue
		}
		if q == p && (l.answered || l.unlike) || l.answered && chats[q.endpoint] && chats[p.endpoint] {
			return false, false
		}
		elsewhere = elsewhere || l.answered
	}
	return true, elsewhere
}

var chats = map[string]bool{"chat": true, "tools": true}

// trail is that of a place; nil beyond MaxPlaces.
func (t *Tracker) trail(p place) *trail {
	l := t.trails[p]
	if l == nil && len(t.trails) < MaxPlaces {
		l = &trail{}
		t.trails[p] = l
	}
	return l
}

// of is the incident of a provider that goes on; nil if there is none.
func (t *Tracker) of(provider string) *incident {
	for _, c := range t.open {
		if c.Provider == provider {
			return c
		}
	}
	return nil
}

// standing is the incident in which a signal stands; nil if there is none.
func (t *Tracker) standing(s signal) *incident {
	if c := t.of(providerOf(s.target)); c != nil && c.standing[s] {
		return c
	}
	return nil
}

// raise enters a signal into its provider's incident, a new one if need be.
func (t *Tracker) raise(s signal, at time.Time) *incident {
	c := t.of(providerOf(s.target))
	if c == nil {
		kind := KindOutage
		if s.slow {
			kind = KindSlow
		}
		c = t.begin(kind, providerOf(s.target), at)
		c.Follows, c.Maintenance = t.before(c.Provider, at), t.config.maintained(s.target, at)
	}
	if c.Kind == KindSlow && !s.slow { // it has come to an outage, and is over with that
		c.Kind = KindOutage
		clear(c.standing)
	}
	c.raise(s, at)
	c.startedBy(t.trails[s.place].began(at))
	c.Routes, c.Choices = c.Routes[:0], c.Choices[:0]
	for _, r := range t.config.Routes {
		if slices.ContainsFunc(r.Targets, func(target string) bool { return slices.Contains(c.Targets, target) }) {
			c.Routes = append(c.Routes, r.Name)
			c.Choices = append(c.Choices, r)
		}
	}
	if c.Detected.Equal(at) {
		c.Untried = t.untried(c, at)
	}
	return c
}

// begin is a new incident, without a signal yet.
func (t *Tracker) begin(kind Kind, provider string, at time.Time) *incident {
	t.number++
	c := &incident{
		Incident: Incident{
			ID: fmt.Sprintf("%s-%d", at.UTC().Format("20060102T150405Z"), t.number), Kind: kind, Provider: provider,
			Routes: []string{}, Tasks: []string{}, Events: []Event{}, Started: at.UTC(), Detected: at.UTC(), Counts: Counts{Reasons: map[string]int{}},
		},
		standing: map[signal]bool{}, touched: map[place]bool{},
	}
	t.open = append(t.open, c)
	return c
}

// jumped enters that spend has jumped: to an outage whose requests are answered
// elsewhere, and perhaps for more, or else to an incident of its own, which is over at
// once, and goes on if it is told of again within Settle.
func (t *Tracker) jumped(a *audit.Alert) {
	reason := fmt.Sprintf("%s, %.1f × the usual", a.Signal, a.Rate)
	for _, c := range t.open {
		if len(c.standing) > 0 && c.Counts.Elsewhere > 0 {
			c.note(a.At, AlertRaised, "all targets", reason)
			return
		}
	}
	c := t.of("")
	if c == nil {
		c = t.begin(KindSpend, "", a.At)
		c.Started, c.Follows = a.Since.UTC(), t.before("", a.At)
	}
	c.note(a.At, AlertRaised, "all targets", reason)
	ended := a.At.UTC()
	c.Ended, c.lasted = &ended, a.At
}

// untried are the targets of an incident's routes that nothing is known of.
func (t *Tracker) untried(c *incident, at time.Time) (list []string) {
	for _, r := range t.config.Routes {
		for _, target := range r.Targets {
			known := slices.Contains(c.Targets, target) || !slices.Contains(c.Routes, r.Name)
			for _, e := range c.Endpoints {
				known = known || t.trails[place{target, e}].heard(c.Started, at)
			}
			if !known {
				list = with(list, target)
			}
		}
	}
	return list
}

// before is the last incident of a provider that ended within Relapse; "" if none did.
func (t *Tracker) before(provider string, at time.Time) string {
	for _, c := range slices.Backward(t.past) {
		if c.Provider == provider {
			if at.Sub(*c.Ended) <= Relapse {
				return c.ID
			}
			return ""
		}
	}
	return ""
}

// look finds the routes that have no target left, after a breaker has changed.
func (t *Tracker) look(at time.Time) {
	for _, c := range t.open {
		var out []string
		for _, r := range t.config.Routes {
			for _, e := range c.Endpoints {
				if t.concerns(c, r.Name, e) && t.isOut(r, e) {
					out = append(out, r.Name+" "+e)
				}
			}
		}
		for _, name := range out {
			if !slices.Contains(c.out, name) {
				c.WasFull = true
				c.note(at, RouteOut, name, "")
			}
		}
		for _, name := range c.out {
			if !slices.Contains(out, name) {
				c.note(at, RouteBack, name, "")
			}
		}
		c.out = out
	}
}

// isOut reports whether no target of a route has a closed breaker at an endpoint.
func (t *Tracker) isOut(r Route, endpoint string) bool {
	for _, target := range r.Targets {
		if l := t.trails[place{target, endpoint}]; l == nil || !l.out {
			return false
		}
	}
	return len(r.Targets) > 0
}

// concerns reports whether an incident touches what a client may ask for.
func (t *Tracker) concerns(c *incident, model, endpoint string) bool {
	if c.touched[place{model, endpoint}] {
		return true
	}
	for _, r := range t.config.Routes {
		if r.Name == model {
			return slices.ContainsFunc(r.Targets, func(target string) bool { return c.touched[place{target, endpoint}] })
		}
	}
	return false
}

// settle moves what has been over for long enough to the past.
func (t *Tracker) settle(now time.Time) {
	t.open = slices.DeleteFunc(t.open, func(c *incident) bool {
		if len(c.standing) > 0 || now.Sub(c.lasted) < t.config.Settle {
			return false
		}
		t.past = append(t.past, c)
		return true
	})
	if n := len(t.past) - MaxPast; n > 0 {
		t.past = slices.Delete(t.past, 0, n)
	}
}

// Incidents are those that go on and the last MaxPast that ended, as of now, the
// latest first. The slice is the caller's.
func (t *Tracker) Incidents(now time.Time) []Incident {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle(now)
	all := make([]Incident, 0, len(t.open)+len(t.past))
	for _, c := range slices.Concat(t.past, t.open) {
		all = append(all, c.view(now, t.config.Settle))
	}
	slices.SortStableFunc(all, func(a, b Incident) int { return b.Detected.Compare(a.Detected) })
	return all
}
