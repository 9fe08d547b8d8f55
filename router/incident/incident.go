package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// Phase is how far an incident has come.
type Phase string

// Kind is what an incident is of.
type Kind string

// The kinds. Only outages are for clients to know.
const (
	KindOutage = Kind("outage")    // breakers opened, or fast alerts rose
	KindSlow   = Kind("slow_burn") // an error budget burns slowly, and nothing else tells of it
	KindSpend  = Kind("spend")     // spend jumped, and no outage accounts for it
)

// The phases.
const (
	Investigating Phase = "investigating" // detected, and nothing else answers in its place yet
	Mitigated     Phase = "mitigated"     // other targets answer
	Monitoring    Phase = "monitoring"    // it is over, if it does not come back within Settle
	Resolved      Phase = "resolved"      // it is over
)

// The bounds of an incident.
const (
	MaxEvents = 64 // further ones are counted only
	MaxTasks  = 32 // that are named
)

// Relapse is within which time an incident of the same provider is the same story: one
// post-mortem tells of both.
const Relapse = time.Hour

// Incident is one disturbance of a provider. README.md of the router tells of its
// JSON.
type Incident struct {
	ID      string `json:"id"`
	Follows string `json:"follows,omitempty"` // the one of this provider that ended within Relapse before, by its id
	Kind    Kind   `json:"kind"`
	// Provider is "" of KindSpend.
	Provider string `json:"provider"`
	Phase    Phase  `json:"phase"`
	// It was detected while this target or provider was maintained, as announced.
	Maintenance bool       `json:"maintenance,omitempty"`
	Full        bool       `json:"full"`      // a route has no target left now; once it is over, it once had none
	Routes      []string   `json:"routes"`    // in the order of the config
	Choices     []Route    `json:"choices"`   // these routes with all their targets
	Tasks       []string   `json:"tasks"`     // of requests for them, in alphabetical order
	Targets     []string   `json:"targets"`   // "provider/model", in the order in which they failed
	Endpoints   []string   `json:"endpoints"` // likewise
	Started     time.Time  `json:"started"`
	Detected    time.Time  `json:"detected"`
	Mitigated   *time.Time `json:"mitigated,omitempty"`
	Ended       *time.Time `json:"ended,omitempty"` // nil while it goes on
	Counts      Counts     `json:"counts"`
	// Other targets of the routes, of which nothing was heard before it started,
	// within Lookback before the detection: no request, no probe. In the order of the config.
	Untried []string `json:"untried,omitempty"`
	Opened  int      `json:"opened"` // how often a breaker opened
	WasFull bool     `json:"was_full"`
	Events  []Event  `json:"events"`  // in the order in which they happened
	Dropped int      `json:"dropped"` // events beyond MaxEvents
}

// Counts are the requests for the routes an incident touched, at the endpoints it
// touched them at, from its detection to its end. Probes, shadows and jobs are not
// among them. Requests is the sum of those up to Other.
type Counts struct {
	Requests    int `json:"requests"`
	Served      int `json:"served"`      // by a target that was failing
	Elsewhere   int `json:"elsewhere"`   // by another target
	Cached      int `json:"cached"`      // out of the cache, or as the answer to the same request before
	Substituted int `json:"substituted"` // by a substitute, since no target could
	Deferred    int `json:"deferred"`    // taken for later
	Failed      int `json:"failed"`
	Other       int `json:"other"` // the client left, or the request was wrong

	FailedAttempts int            `json:"failed_attempts"`     // at the targets that were failing
	Reasons        map[string]int `json:"reasons"`             // of them
	CostMicroUSD   int64          `json:"cost_micro_usd"`      // of all attempts of these requests, as the router books it
	ElsewhereMicro int64          `json:"elsewhere_micro_usd"` // of that, at other targets
	PremiumMicro   int64          `json:"premium_micro_usd"`   // what answers of other targets cost more than at the route's first; may be below 0
}

// Event is one line of an incident's timeline.
type Event struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"`             // one of those below
	Where  string    `json:"where,omitempty"`  // "provider/model endpoint"; of a full outage the route
	Reason string    `json:"reason,omitempty"` // what a breaker opened for; an alert's signal and burn
}

// What happens in an incident.
const (
	BreakerOpened = "breaker_opened"
	BreakerClosed = "breaker_closed"
	AlertRaised   = "alert_raised"
	AlertCleared  = "alert_cleared"
	RouteOut      = "route_out"  // no target is left of a route
	RouteBack     = "route_back" // one is
	FirstHelp     = "mitigated"  // the first answer from elsewhere
	CameBack      = "came_back"  // it rose again within Settle
)

// place is where something fails.
type place struct{ target, endpoint string }

func (p place) String() string { return p.target + " " + p.endpoint }

// signal is one reason to call something an incident.
type signal struct {
	place
	alert string // its signal; "" is the breaker
	slow  bool   // it burns slowly
}

// incident is an Incident that goes on.
type incident struct {
	Incident
	standing map[signal]bool
	touched  map[place]bool
	lasted   time.Time // when the last signal ended
	over     time.Time // of those that ended, when what they told of did; zero before
	out      []string  // its routes without a target
}

func (c *incident) note(at time.Time, what, where, reason string) {
	if len(c.Events) == MaxEvents {
		c.Dropped++
		return
	}
	c.Events = append(c.Events, Event{at.UTC(), what, where, reason})
}

// raise enters a signal that began at an instant.
func (c *incident) raise(s signal, at time.Time) {
	if len(c.standing) == 0 && c.Ended != nil {
		c.note(at, CameBack, "", "")
		c.Ended = nil
	}
	c.standing[s] = true
	c.touched[s.place] = true
	c.Targets = with(c.Targets, s.target)
	c.Endpoints = with(c.Endpoints, s.endpoint)
}

// clear ends a signal at an instant; what it told of ended by then.
func (c *incident) clear(s signal, at, over time.Time) {
	delete(c.standing, s)
	if over.After(c.over) {
		c.over = over
	}
	if len(c.standing) == 0 {
		ended := c.over.UTC()
		c.Ended, c.lasted = &ended, at
	}
}

func with(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// view is the incident as it stands at an instant, free of what may still change.
func (c *incident) view(now time.Time, settle time.Duration) Incident {
	v := c.Incident
	v.Routes, v.Tasks, v.Targets = slices.Clone(v.Routes), slices.Clone(v.Tasks), slices.Clone(v.Targets)
	v.Choices = slices.Clone(v.Choices)
	v.Endpoints, v.Events = slices.Clone(v.Endpoints), slices.Clone(v.Events)
	v.Counts.Reasons = make(map[string]int, len(c.Counts.Reasons))
	for reason, n := range c.Counts.Reasons {
		v.Counts.Reasons[reason] = n
	}
	v.Full = len(c.out) > 0
	switch {
	case len(c.standing) == 0 && now.Sub(c.lasted) >= settle:
		v.Phase, v.Full = Resolved, v.WasFull
	case len(c.standing) == 0:
		v.Phase, v.Full = Monitoring, v.WasFull
	case v.Mitigated == nil || v.Full:
		v.Phase = Investigating
	default:
		v.Phase = Mitigated
	}
	return v
}

// count enters a client's request for a route the incident touches.
func (c *incident) count(r *audit.Record) {
	if len(c.standing) == 0 && r.Start.After(*c.Ended) || r.End.Before(c.Detected) {
		return
	}
	n := &c.Counts
	n.Requests++
	elsewhere := false
	for i := range r.Attempts {
		a := &r.Attempts[i]
		n.CostMicroUSD += a.CostMicroUSD
		failing := c.touched[place{a.Target, r.Endpoint}]
		if !failing {
			n.ElsewhereMicro += a.CostMicroUSD
		}
		if failing && !unharmed[a.Reason] {
			n.FailedAttempts++
			n.Reasons[a.Reason]++
		}
		if a.Served && !failing {
			elsewhere = true
			n.PremiumMicro += a.CostMicroUSD - a.FirstMicroUSD
		}
	}
	switch r.Outcome {
	case audit.Served:
		if !elsewhere {
			n.Served++
			break
		}
		n.Elsewhere++
		if c.Mitigated == nil {
			at := r.End.UTC()
			c.Mitigated = &at
			c.note(at, FirstHelp, r.Route, "")
		}
	case audit.Cached, audit.Replayed:
		n.Cached++
	case audit.Substituted:
		n.Substituted++
	case audit.Deferred:
		n.Deferred++
	case audit.Refused, audit.Failed, audit.Broken:
		n.Failed++
	default:
		n.Other++
	}
	if i, found := slices.BinarySearch(c.Tasks, r.Task); r.Task != "" && !found && len(c.Tasks) < MaxTasks {
		c.Tasks = slices.Insert(c.Tasks, i, r.Task)
	}
}

func providerOf(target string) string {
	name, _, _ := strings.Cut(target, "/")
	return name
}
