package fakeproviders

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// Event is one fault of the timeline: what, when, on whom.
type Event struct {
	ID    string
	Index int // position in the timeline, 0 to 63: the bit in Entry.Faults and part of the key of its draws

	Start, End time.Duration // active from Start (included) to End (excluded) on the timeline
	Select     Selector
	Rate       float64 // share of the attempts it hits, above 0 to 1; 0 = none

	RampIn, RampOut time.Duration // the rate rises from 0 over RampIn after Start and falls to 0 over RampOut before End
	FlapPeriod      time.Duration // 0 = always on; otherwise from 20 ms
	FlapDuty        float64       // share of each period it is on, from the period's begin; 0 to 1
	Every           time.Duration // the window comes again this long after its start, without end; 0 = once

	// Sticky is what the luck of an attempt belongs to: StickyAttempt,
	// StickyRequest, StickyTenant or StickyShard; "" = StickyAttempt.
	Sticky string
	// First and Nth count the attempts that arrive in the window and match:
	// the event hits only the first so many, and only each nth. 0 = all.
	First, Nth int

	Fault fault.Fault
}

// What the luck of an attempt belongs to. The same luck meets a fault in the
// same way, whatever the rate of another event.
const (
	StickyAttempt = "attempt" // each attempt has its own
	StickyRequest = "request" // all attempts of a request share it, at every provider
	StickyTenant  = "tenant"  // all requests of a tenant share it, at every provider
	// Requests fall on one of 64 shards of a target by the first block of their
	// prompt, and by their id where it is shorter; a shard's requests share it.
	StickyShard = "shard"
)

const shards = 64

// Selector narrows an event. Empty fields match everything; all others must
// match.
type Selector struct {
	Providers []string // names
	Vendor    string
	Region    string
	Model     string
	Endpoint  string // chat, completions, responses, embeddings or models
	Task      string // as Demand tells it
	Stream    *bool  // the request asks for a stream
	Tools     *bool  // the request carries tools
}

// RateAt returns the share of attempts the event hits at t: 0 outside its
// window and between flaps, and otherwise Rate scaled by the lower of the two
// ramps.
func (e *Event) RateAt(t time.Duration) float64 {
	in := e.since(t)
	if in < 0 || in >= e.End-e.Start || !e.on(t) {
		return 0
	}
	r := e.Rate
	if in < e.RampIn {
		r = min(r, e.Rate*float64(in)/float64(e.RampIn))
	}
	if out := e.End - e.Start - in; out < e.RampOut {
		r = min(r, e.Rate*float64(out)/float64(e.RampOut))
	}
	return r
}

// since returns how long before t the window began, of several the last one. It
// is negative before the first.
func (e *Event) since(t time.Duration) time.Duration {
	in := t - e.Start
	if e.Every > 0 && in > 0 {
		in %= e.Every
	}
	return in
}

// on tells whether t lies in the active part of a flap period.
func (e *Event) on(t time.Duration) bool {
	return e.FlapPeriod == 0 || e.since(t)%e.FlapPeriod < e.flapOn()
}

func (e *Event) flapOn() time.Duration {
	return time.Duration(e.FlapDuty * float64(e.FlapPeriod)).Round(time.Microsecond)
}

// window returns the part [from, to) of the event's first window in which u < RateAt, flaps
// aside: the ramps shorten it by what u needs of them. It is empty when u is
// not below Rate.
func (e *Event) window(u float64) (from, to time.Duration) {
	if u >= e.Rate {
		return e.Start, e.Start
	}
	need := u / e.Rate
	from = e.Start + ceilMicro(need*float64(e.RampIn))
	to = e.End - ceilMicro(need*float64(e.RampOut))
	return from, max(from, to)
}

// ceilMicro rounds nanoseconds up to the microsecond, which hides what the last
// bit of a float64 may be on another architecture.
func ceilMicro(ns float64) time.Duration {
	return time.Duration(math.Ceil(ns/1e3)) * time.Microsecond
}

// Touches tells whether the event can hit a provider at all.
func (e *Event) Touches(name, vendor, region string) bool {
	s := &e.Select
	return (len(s.Providers) == 0 || slices.Contains(s.Providers, name)) &&
		(s.Vendor == "" || s.Vendor == vendor) &&
		(s.Region == "" || s.Region == region)
}

func (e *Event) touches(c *Config) bool { return e.Touches(c.Name, c.Vendor, c.Region) }

// selects tells whether the event can hit the attempt, at a provider it touches.
func (e *Event) selects(a *attempt) bool {
	s := &e.Select
	return (s.Model == "" || s.Model == a.entry.Model) &&
		(s.Endpoint == "" || s.Endpoint == a.entry.Endpoint) &&
		(s.Task == "" || s.Task == a.demand.Task) &&
		(s.Stream == nil || *s.Stream == a.req.Stream) &&
		(s.Tools == nil || *s.Tools == a.req.Tools) &&
		e.Fault.ActsOn(a.req.Stream)
}

func (e *Event) validate() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("fault event %q: "+format, append([]any{e.ID}, args...)...)
	}
	switch {
	case e.Fault.Kind() == "":
		return fail("it has no fault")
	case e.Index < 0 || e.Index >= maxEvents:
		return fail("index %d: want 0 to %d", e.Index, maxEvents-1)
	case e.Start < 0 || e.End <= e.Start:
		return fail("window %v to %v: want it to end after it starts", e.Start, e.End)
	case !(e.Rate >= 0 && e.Rate <= 1): // also refuses NaN
		return fail("rate %v: want 0 to 1", e.Rate)
	case e.Every < 0 || e.Every > 0 && e.Every < e.End-e.Start:
		return fail("every %v: want at least the window's %v", e.Every, e.End-e.Start)
	case e.First < 0 || e.Nth < 0:
		return fail("first and nth must not be negative")
	case !slices.Contains([]string{"", StickyAttempt, StickyRequest, StickyTenant, StickyShard}, e.Sticky):
		return fail("sticky %q: want attempt, request, tenant or shard", e.Sticky)
	case e.RampIn < 0 || e.RampOut < 0:
		return fail("ramps must not be negative")
	case e.FlapPeriod < 0 || (e.FlapPeriod > 0 && e.FlapPeriod < minFlapPeriod):
		return fail("flap period %v: want at least %v", e.FlapPeriod, minFlapPeriod)
	case !(e.FlapDuty >= 0 && e.FlapDuty <= 1):
		return fail("flap duty %v: want 0 to 1", e.FlapDuty)
	}
	return nil
}
