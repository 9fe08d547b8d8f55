package incident

import "time"

// Drill is what only a rehearsal can know of an incident: what was done to the
// provider, what clients saw, and what they would have seen otherwise. The texts are
// shown as they are.
type Drill struct {
	Scenario, Summary, World string
	Source                   string // of the outage it rehearses; "" without one
	Policy                   string
	Seed                     uint64
	Requests                 int // of the whole run of this policy and seed
	Replay                   string
	Faults                   []Fault // in the order in which they began
	// What clients saw from the incident's start to its end, of each policy with the
	// same traffic, faults and seed.
	Under []Under
}

// Fault is something a drill did to providers.
type Fault struct {
	ID, Kind, How string
	Start, End    time.Time
}

// Under is what clients saw in the incident's time under a policy.
type Under struct {
	Policy       string
	Requests     int // in that time
	Answered     int
	P95          time.Duration // of the answers, from the send to the last byte; 0 is not known
	CostMicroUSD int64         // what the providers billed for them
}

// NoFailover is the policy that has every request answered by the first target of its
// route, or not at all.
const NoFailover = "single-provider"

// Ours is the policy of the incident; nil if it is not among those under which it ran.
func (d *Drill) Ours() *Under { return d.under(d.Policy) }

// Without is what it was without failover; nil if that did not run, or is what ran.
func (d *Drill) Without() *Under {
	if d.Policy == NoFailover {
		return nil
	}
	return d.under(NoFailover)
}

func (d *Drill) under(policy string) *Under {
	for i := range d.Under {
		if d.Under[i].Policy == policy {
			return &d.Under[i]
		}
	}
	return nil
}

// Per1k is what the providers billed for a thousand answers, in micro-USD; 0 without any.
func (u *Under) Per1k() int64 {
	if u.Answered == 0 {
		return 0
	}
	return u.CostMicroUSD * 1000 / int64(u.Answered)
}

// Failed is how many requests were not answered.
func (u *Under) Failed() int { return u.Requests - u.Answered }
