package quota

import (
	"sync"
	"time"
)

// State is what is left of each limit right after a decision.
type State struct {
	Requests, Tokens, Input, Output Meter // per minute
	DayRequests, DayTokens          Meter
}

// Totals are what a group has charged since it was made, refunds taken off.
// Cached input is in it where it counts.
type Totals struct{ Requests, Input, Output int64 }

// The meters of a group, in the order in which ties are broken.
const (
	requests = iota
	tokens
	input
	output
	dayRequests
	dayTokens
	meters
)

// Group is the quota of one account. A nil *Group limits nothing. It is safe for
// concurrent use.
type Group struct {
	charge      Charge
	countCached bool
	concurrency int64

	mu      sync.Mutex
	now     int64
	share   *share
	meters  [meters]meter // nil = no such limit
	accel   *acceleration // nil = no limit
	running int64
	totals  Totals
}

// New returns a group with nothing used. The error names the field.
func New(c Config) (*Group, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Charge == "" {
		c.Charge = Reserved
	}
	l := &c.Limits
	g := &Group{charge: c.Charge, countCached: c.CountCached, concurrency: int64(l.Concurrency), share: newShare(c.Background)}
	perMinute := func(i, limit int, w Window) {
		switch {
		case limit == 0:
		case w == Bucket:
			g.meters[i] = &bucket{limit: int64(limit), share: g.share}
		default:
			width := int64(w) / int64(time.Microsecond)
			g.meters[i] = &window{limit: int64(limit), share: g.share, width: width, parts: minute / width}
		}
	}
	perMinute(requests, l.RPM, c.RequestWindow)
	perMinute(tokens, l.TPM, c.TokenWindow)
	perMinute(input, l.ITPM, c.TokenWindow)
	perMinute(output, l.OTPM, c.TokenWindow)
	plain := newShare(Background{Share: c.Background.Share})
	perDay := func(i, limit int) {
		if limit > 0 {
			width := int64(day / time.Microsecond)
			offset := (width - int64(c.Midnight/time.Microsecond)) % width
			g.meters[i] = &window{limit: int64(limit), share: plain, width: width, parts: 1, offset: offset}
		}
	}
	perDay(dayRequests, l.RPD)
	perDay(dayTokens, l.TPD)
	if l.Acceleration.Percent > 0 {
		g.accel = newAcceleration(l.Acceleration)
	}
	return g, nil
}

// Admit charges a request, or refuses it and charges nothing. The state is that
// after the decision. The handle of an admitted request must be settled once.
func (g *Group) Admit(now time.Duration, ask Ask) (Handle, State, *Refusal) {
	if g == nil {
		return Handle{}, State{}, nil
	}
	in, reserved, need, take := g.price(ask)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.advance(now)
	g.share.squeeze = bounded(ask.Squeeze, million-least)
	if r := g.refuse(in, &need); r != nil {
		return Handle{}, g.state(), r
	}
	for i, m := range g.meters {
		if m != nil {
			m.take(take[i])
		}
	}
	if g.accel != nil {
		g.accel.take(in)
	}
	g.running++
	g.totals.Requests++
	g.totals.Input += in
	g.totals.Output += reserved
	return Handle{group: g, at: g.now, reserved: reserved}, g.state(), nil
}

// advance brings everything to now, or leaves it where it is if that is later.
func (g *Group) advance(now time.Duration) {
	g.now = max(g.now, int64(now/time.Microsecond))
	for _, m := range g.meters {
		if m != nil {
			m.advance(g.now)
		}
	}
	if g.accel != nil {
		g.accel.advance(g.now)
	}
}

func (g *Group) state() State {
	var s State
	for i, to := range [meters]*Meter{&s.Requests, &s.Tokens, &s.Input, &s.Output, &s.DayRequests, &s.DayTokens} {
		if m := g.meters[i]; m != nil {
			*to = m.state()
		}
	}
	return s
}

// Totals returns what was charged so far.
func (g *Group) Totals() Totals {
	if g == nil {
		return Totals{}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.totals
}
