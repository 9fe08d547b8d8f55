package fakeproviders

import (
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/weather"
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// serve serves an admitted attempt.
func (a *attempt) serve() {
	p := a.provider
	start := a.entry.Arrived
	if p.gate.limit > 0 || a.arrival.Accept > 0 {
		start = p.now() // it may have waited
	}
	a.entry.Started, a.entry.Quality = start, a.arrival.Shaped.Quality
	a.entry.Faults |= a.hits.service
	a.shape()
	mood := a.mood(start)
	first := scale24(a.draw("ttft", a.model.TTFT, maxFirst)+a.prefill(), a.arrival.Factor*mood) + a.arrival.Add
	gap := a.gap(mood * a.crowd())
	// An answer without content takes the time of one token all the same.
	a.schedule = newSchedule(a.hidden, max(a.planned, 1), start+p.config.RTT+first+a.arrival.First, gap)

	out := a.output(first)
	defer out.close()
	end := a.deliver(out, start)
	a.settle(end)
	if end == EndReset {
		a.breakConnection()
	}
}

// shape makes of the planned answer what the faults want it to be.
func (a *attempt) shape() {
	s := &a.arrival.Shaped
	switch {
	case a.entry.Endpoint == wire.Embeddings:
	case s.Empty:
		a.planned = 0
	case s.Filtered && a.planned > s.FilterAfter:
		a.planned = s.FilterAfter
	default:
		s.Filtered = false // the answer ended before the filter did
	}
	a.entry.PlannedOut = a.hidden + a.planned
}

// gap draws the time from token to token. Tokens that take none are a nanosecond
// apart: the dither is in the first one, and more of it would add up to a wait that
// nobody asked for.
func (a *attempt) gap(factor float64) time.Duration {
	gap := a.draw("itl", a.model.ITL, maxGap)
	if gap < time.Microsecond {
		return 1
	}
	return max(1, scale(gap, factor))
}

// mood is the factor on all times of the attempt: the weather at the target, and
// what the request brings along.
func (a *attempt) mood(now time.Duration) float64 {
	mood := a.model.weather.Factor(now)
	if sigma := a.provider.config.RequestSigma; sigma > 0 {
		mood *= weather.RequestFactor(a.provider.config.Seed, a.entry.RequestID, sigma)
	}
	return mood
}

// prefill is the time to read the prompt, without what the prompt cache holds.
func (a *attempt) prefill() time.Duration {
	if a.model.Prefill == 0 {
		return 0
	}
	return (a.model.Prefill * time.Duration(a.req.Prompt.Tokens-a.entry.CachedTokens) / 1000).Round(time.Microsecond)
}

// crowd is the factor on token gaps by which those in service slow each other.
func (a *attempt) crowd() float64 {
	g := &a.provider.gate
	if a.model.Slowdown == 0 || g.limit == 0 {
		return 1
	}
	return 1 + a.model.Slowdown*float64(g.inService())/float64(g.limit)
}

// deliver runs the schedule to its end and returns what the end was. A reset is
// still to be carried out.
func (a *attempt) deliver(out *output, now time.Duration) End {
	s := &a.schedule
	for {
		effect, by := a.effect(now, false)
		a.entry.Faults |= by.idle
		breaks := a.breaks(&effect)
		broken := breaks && s.next >= s.hold && (s.paused || now >= s.at)
		switch {
		case effect.Reset:
			a.entry.Faults |= by.reset
			s.advance(now)
			return EndReset
		case effect.Hang:
			a.entry.Faults |= by.hang | by.service
			if !s.paused {
				s.pause(now)
			}
			if effect.Headers && now >= a.entry.Started+a.provider.config.RTT && !out.open() {
				return EndCancelled
			}
		case broken && effect.Break.How != fault.BreakStall:
			a.entry.Faults |= by.broken
			return out.breakOff(&effect.Break)
		case broken:
			a.entry.Faults |= by.broken
			if !s.paused {
				s.pause(now)
			}
		default:
			a.entry.Faults |= by.service
			if s.paused {
				s.resume(now)
			}
			a.serving = true
			s.advance(now)
			s.stretch(now, effect.Factor, effect.Gap)
			if s.next > 0 {
				a.remember(now)
			}
			if !out.write(now, &effect.Break, by.broken) {
				return EndCancelled
			}
			if s.done() {
				return EndComplete
			}
		}
		if !a.wait(a.nextWake(out, now, breaks, &effect)) {
			s.advance(a.provider.now())
			return EndCancelled
		}
		now = a.provider.now()
	}
}

// breaks tells whether the answer is going to break, and holds the schedule
// there.
func (a *attempt) breaks(e *fault.Effect) bool {
	switch e.Break.How {
	case 0, fault.Malform, fault.Duplicate:
		a.schedule.hold = a.schedule.total
		return false
	}
	return a.schedule.breakAfter(e.Break.After)
}

// nextWake returns when there is something to do next: tokens to send, an
// answer to break, or a fault edge to look at.
func (a *attempt) nextWake(out *output, now time.Duration, breaks bool, effect *fault.Effect) time.Duration {
	s := &a.schedule
	edge, seen := a.nextEdge(now), never
	if edge != never {
		seen = edge + a.lag()
	}
	if s.paused {
		if headers := a.entry.Started + a.provider.config.RTT + 1; effect.Headers && now < headers {
			return min(headers, seen)
		}
		return seen
	}
	if at := out.opensAt; at > now && at < s.at {
		return min(at, seen)
	}
	if breaks && s.next >= s.hold {
		return min(s.at, seen)
	}
	limit := out.limit(now)
	if s.at <= edge {
		// What is generated before the edge is sent before it.
		limit = min(limit, edge)
	}
	next := s.lastBy(limit)
	if out.sent == 0 && a.req.Stream {
		next = max(next, min(s.hidden, s.hold-1)) // hidden tokens are not worth a look
	}
	return min(s.timeOf(next), seen)
}

// settle writes what came of the service into the journal, and bills it.
func (a *attempt) settle(end End) {
	s, e := &a.schedule, &a.entry
	e.End = end
	if s.visible() > 0 {
		e.FirstToken, e.TPOT = s.first, s.tpot()
	}
	if !a.serving {
		return
	}
	e.PromptTokens = a.req.Prompt.Tokens
	if e.Endpoint != wire.Embeddings {
		e.ReasoningTokens = min(s.next, a.hidden)
		e.OutputTokens = min(s.next, a.hidden+a.planned)
	}
	if end != EndComplete {
		switch a.provider.config.CutBilling {
		case CutWhole:
			e.ReasoningTokens, e.OutputTokens = a.hidden, a.hidden+a.planned
		case CutNothing:
			return
		}
	}
	a.bill()
}

// bill bills the tokens in the entry.
func (a *attempt) bill() {
	a.entry.bill(&a.model.Price, a.arrival.Price)
	if a.entry.RepricedMicroUSD != 0 {
		a.entry.Faults |= a.hits.bill
	}
}

// scale24 multiplies a time to the first token, bounded to its maximum.
func scale24(d time.Duration, factor float64) time.Duration {
	if factor == 1 {
		return d
	}
	return time.Duration(min(float64(d)*factor, float64(maxFirst)))
}
