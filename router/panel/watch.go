package panel

import (
	"sync"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/window"
)

// The bounds of what is remembered.
const (
	maxPlaces  = 1024             // targets × endpoints that are counted
	maxName    = 256              // bytes of a name
	maxChanges = 64               // changes of state of breakers
	span       = 5 * time.Minute  // of counts
	step       = 10 * time.Second // in which they move
)

// The classes of what became of requests.
const (
	answered = iota // by a provider
	cached          // out of the cache, or as the same request before
	substituted
	deferred
	failed
	other // the client left, or the request was wrong
	jobDone
)

// place is a target at an endpoint.
type place struct{ target, endpoint string }

func at(target, endpoint string) place { return place{clip(target), clip(endpoint)} }

// tally is what a place did for clients.
type tally struct {
	answers *window.Window
	spent   int64 // micro-USD, since the start
	last    time.Time
}

// change is a change of state of a breaker, and which one it was since the start.
type change struct {
	audit.BreakerEvent
	n int
}

// watch remembers what the router tells once and keeps nowhere. The zero value is
// empty.
type watch struct {
	mu        sync.Mutex
	places    map[place]*tally
	requests  *window.Window
	failovers failovers
	changes   []change // the latest last
	changed   int      // so far
}

// Request implements audit.Sink.
func (p *Panel) Request(r *audit.Record) { p.watch.request(r) }

// Breaker implements audit.Sink.
func (p *Panel) Breaker(e audit.BreakerEvent) { p.watch.breaker(e) }

func (w *watch) request(r *audit.Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := r.ShadowOf == "" && !r.Probe // on a client's behalf
	for i := range r.Attempts {
		a := &r.Attempts[i]
		t := w.tally(at(a.Target, r.Endpoint), r.End)
		if t == nil {
			continue
		}
		t.spent += a.CostMicroUSD
		if asked && a.Served && r.Outcome == audit.Served {
			t.answers.Count(r.End, answered)
		}
	}
	if !asked {
		return
	}
	if w.requests == nil {
		w.requests = window.New(step, int(span/step))
	}
	switch {
	case r.JobOf == "":
		w.requests.Count(r.End, classOf(r.Outcome))
	case r.Outcome == audit.Served || r.Outcome == audit.Cached:
		w.requests.Count(r.End, jobDone)
	}
	w.failovers.request(r)
}

func classOf(o audit.Outcome) int {
	switch o {
	case audit.Served:
		return answered
	case audit.Cached, audit.Replayed:
		return cached
	case audit.Substituted:
		return substituted
	case audit.Deferred:
		return deferred
	case audit.Refused, audit.Failed, audit.Broken:
		return failed
	}
	return other
}

// tally is that of a place; nil where there are too many. Those that did nothing within
// span make room first.
func (w *watch) tally(p place, now time.Time) *tally {
	if w.places == nil {
		w.places = map[place]*tally{}
	}
	t := w.places[p]
	if t == nil {
		if len(w.places) >= maxPlaces {
			for old, o := range w.places {
				if now.Sub(o.last) > span {
					delete(w.places, old)
				}
			}
		}
		if len(w.places) >= maxPlaces {
			return nil
		}
		t = &tally{answers: window.New(step, int(span/step))}
		w.places[p] = t
	}
	t.last = now
	return t
}

func (w *watch) breaker(e audit.BreakerEvent) {
	e.Target, e.Endpoint = clip(e.Target), clip(e.Endpoint)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed++
	if len(w.changes) == maxChanges {
		w.changes = append(w.changes[:0], w.changes[1:]...)
	}
	w.changes = append(w.changes, change{e, w.changed})
}

// since are the changes after the nth, the oldest first, as far as they are remembered,
// and how many there were so far.
func (w *watch) since(n int) (list []change, now int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.changes {
		if c.n > n {
			list = append(list, c)
		}
	}
	return list, w.changed
}

// clip is a name of its own that holds no more than maxName bytes.
func clip(s string) string {
	if len(s) <= maxName {
		return s
	}
	end := maxName
	for end > 0 && s[end]&0xC0 == 0x80 { // not within a letter
		end--
	}
	return s[:end] + "…"
}
