package panel

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/internal/window"
)

// Marks are how something is, for its colour and its shape. A word beside it says the
// same.
const (
	good = "good"
	warn = "warn" // it needs a look
	bad  = "bad"
	idle = "idle" // nothing is known
)

// view is what the page shows at one instant, as it is written there.
type view struct {
	At, Day   string // clock time and date, UTC
	Mark      string
	Headline  string
	Now       []pair // of all requests
	Incidents []incidentView
	Resolved  int // of the incidents that are kept
	Providers []providerView
	Queue     []pair
	Budgets   []budgetView
	Failovers []failoverView
	Changes   []changeView
}

// pair is a figure and what it is.
type pair struct{ Name, Value, Note string }

type incidentView struct {
	ID, Provider, Mark, State string
	Since                     string
	What                      []pair
}

type providerView struct {
	Name, Region string
	Load         string // under way
	Hour, Day    string // spent
	Rows         []rowView
}

// rowView is a target at an endpoint.
type rowView struct {
	Key, Model, Endpoint string
	Mark, State          string
	Notes                []string // why, since when, what next
	Answers              string
	Latency, TTFT        timesView
	Errors, Timeouts     rateView
	Speed                string
	Share                string
	Bar                  int // Share, 0 to 100
	Spent                string
}

type timesView struct{ P50, P95 string }

// rateView is a rate over the last minute, and over all five.
type rateView struct {
	Minute, Five string
	High         bool
}

type budgetView struct{ Name, Mark, State, Spent, Limit, Ends string }

type failoverView struct {
	Route, Endpoint, From, To, Reason string
	N                                 int
	Ago, For                          string
}

type changeView struct{ At, Target, Endpoint, Mark, To, Reason string }

// frame is the page as it is now; it is made once a second at most.
func (p *Panel) frame() frame {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.last.html != "" && now.Sub(p.drawn) < Every-Every/10 { // a ticker is not exact
		return p.last
	}
	v := p.view(now)
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, "main", v); err != nil {
		b.Reset()
		b.WriteString("<p>The page cannot be made.</p>") // it is tested with all there is
	}
	p.drawn, p.last = now, frame{title: v.Headline + " · Routedrill", html: template.HTML(b.String())} //nolint:gosec // a template's, which has escaped it
	return p.last
}

func (p *Panel) view(now time.Time) *view {
	status, spending := p.config.Status(), p.config.Spending()
	v := &view{At: clock(now), Day: now.UTC().Format(time.DateOnly)}
	open := p.incidents(v, now)
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	p.watch.providers(v, &status, &spending, now)
	p.watch.now(v, now)
	p.watch.queue(v, &status, now)
	for _, b := range status.Budgets {
		v.Budgets = append(v.Budgets, budgetOf(&b, now))
	}
	for _, h := range p.watch.failovers.list(now) {
		v.Failovers = append(v.Failovers, failoverView{
			Route: h.route, Endpoint: h.endpoint, From: h.from, To: h.to, Reason: words(h.reason), N: h.n,
			Ago: lasting(now.Sub(h.last)), For: lasting(h.last.Sub(h.first)),
		})
	}
	for i := len(p.watch.changes) - 1; i >= 0 && len(v.Changes) < shownChanges; i-- {
		c := &p.watch.changes[i]
		v.Changes = append(v.Changes, changeView{clock(c.At), c.Target, c.Endpoint, markOf(c.To.String()), c.To.String(), words(c.Reason)})
	}
	v.Mark, v.Headline = headline(&status, open)
	if n, of := p.watch.failing(now); n >= leastFailing && float64(n) >= failingShare*float64(of) {
		v.Mark, v.Headline = bad, v.Headline+", and "+percent(float64(n)/float64(of))+" of the requests of the last minute failed"
	}
	return v
}

// Below these, failed requests are not worth a headline.
const (
	leastFailing = 5
	failingShare = 0.01
)

// shownChanges are the breakers' latest changes that are shown.
const shownChanges = 20

// headline is how everything is, in a sentence.
func headline(s *router.Status, open []incident.Incident) (mark, text string) {
	out, ill, asked := 0, 0, 0
	for i := range s.Targets {
		t := &s.Targets[i]
		if t.Endpoint != "" {
			asked++
		}
		switch mark, _ := stateOf(t); mark {
		case bad:
			out++
		case warn:
			ill++
		}
	}
	for i := range open {
		if open[i].Full && open[i].Ended == nil {
			return bad, "A route has no target left"
		}
	}
	rows := len(s.Targets) // what is shown below, a row each
	switch {
	case asked == 0:
		return idle, "Nothing has been asked for yet"
	case out > 0:
		return bad, strconv.Itoa(out) + " of " + count(rows, "target", "targets") + either(out, " is out", " are out")
	case ill > 0:
		return warn, strconv.Itoa(ill) + " of " + count(rows, "target", "targets") + either(ill, " needs a look", " need a look")
	case len(open) > 0:
		return warn, "Recovering: all targets answer again"
	case asked < rows:
		return good, count(asked, "target is well", "targets are well") + ", " + strconv.Itoa(rows-asked) + " not asked yet"
	}
	return good, count(asked, "target is well", "targets are well")
}

// failing is how many requests of the last minute failed, and of how many.
func (w *watch) failing(now time.Time) (n, of int) {
	if w.requests == nil {
		return 0, 0
	}
	counts := w.requests.Snapshot(now, time.Minute).Counts
	return counts[failed], asked(&counts)
}

// asked is how many requests there were, jobs apart.
func asked(counts *[window.Classes]int) (n int) {
	for class, of := range counts {
		if class != jobDone {
			n += of
		}
	}
	return n
}

// now is what became of all requests of the last five minutes.
func (w *watch) now(v *view, now time.Time) {
	if w.requests == nil {
		return
	}
	s := w.requests.Snapshot(now, span)
	all := asked(&s.Counts)
	_, rate := w.failing(now)
	v.Now = []pair{{"requests", digits(float64(rate)/60) + "/s", "over the last minute"}}
	for _, c := range []struct {
		name string
		n    int
		show bool
	}{
		{"answered", s.Counts[answered], true},
		{"from the cache", s.Counts[cached], s.Counts[cached] > 0},
		{"substituted", s.Counts[substituted], s.Counts[substituted] > 0},
		{"deferred", s.Counts[deferred], s.Counts[deferred] > 0},
		{"failed", s.Counts[failed], true},
		{"wrong or cancelled", s.Counts[other], s.Counts[other] > 0},
	} {
		if c.show && all > 0 {
			v.Now = append(v.Now, pair{c.name, percent(float64(c.n) / float64(all)), count(c.n, "request", "requests") + " in 5 min"})
		}
	}
}

// queue is the queue's depth, and how fast it drains.
func (w *watch) queue(v *view, s *router.Status, now time.Time) {
	q := s.Queue
	if q == nil {
		return
	}
	var in, out int
	if w.requests != nil {
		c := w.requests.Snapshot(now, span).Counts
		in, out = c[deferred], c[jobDone]
	}
	perMinute := func(n int) string { return digits(float64(n)/span.Minutes()) + "/min" }
	v.Queue = []pair{
		{"queued", count(q.Queued, "job", "jobs"), drain(q.Queued, in, out)},
		{"running", count(q.Running, "job", "jobs"), ""},
		{"coming in", perMinute(in), "over 5 min"},
		{"done", perMinute(out), "over 5 min"},
		{"kept", count(q.Done, "result", "results"), count(int(q.Bytes>>10), "KiB", "KiB") + " in all"},
		{"given up", count(q.Dead, "job", "jobs"), ""},
	}
}

// drain says when a queue will be empty, at the rates of the last span.
func drain(queued, in, out int) string {
	switch {
	case queued == 0:
		return ""
	case out <= in:
		return "does not drain at this rate"
	}
	return "empty in " + lasting(time.Duration(float64(queued)/float64(out-in)*float64(span))) + " at this rate"
}

func budgetOf(b *router.BudgetStatus, now time.Time) budgetView {
	x := budgetView{Name: b.Name, Mark: good, State: words(strings.TrimPrefix(b.State, "budget_")), Spent: dollars(b.SpentUSD), Limit: dollars(b.LimitUSD) + " per " + b.Per}
	switch b.State {
	case "ok":
	case "budget_spent":
		x.Mark = bad
	default:
		x.Mark = warn
	}
	if b.EndsAt != nil {
		x.Ends = lasting(b.EndsAt.Sub(now))
	}
	return x
}

// served is how much each endpoint served, over all targets.
func (w *watch) served(now time.Time) (by map[place]int, all map[string]int) {
	by, all = map[place]int{}, map[string]int{}
	for p, t := range w.places {
		s := t.answers.Snapshot(now, span)
		by[p] = s.Counts[answered]
		all[p.endpoint] += s.Counts[answered]
	}
	return by, all
}
