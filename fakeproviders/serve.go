package fakeproviders

import (
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// serve serves an admitted attempt. Arrival is what the faults did when it
// arrived.
func (a *attempt) serve(arrival fault.Effect) {
	p := a.provider
	start := a.entry.Arrived
	if p.gate.limit > 0 {
		start = p.now() // it may have waited in the queue
	}
	a.entry.Started = start
	ttft := scale24(a.draw("ttft", a.model.TTFT, maxFirst), arrival.Factor) + arrival.Add
	a.schedule = newSchedule(max(a.planned, 1), start+p.config.RTT+ttft, a.draw("itl", a.model.ITL, maxGap))

	out := newOutput(a, ttft)
	defer out.close()
	end := a.deliver(out, start)
	a.settle(end)
	if end == EndReset {
		a.reset()
	}
}

// deliver runs the schedule to its end and returns what the end was. A reset is
// still to be carried out.
func (a *attempt) deliver(out *output, now time.Duration) End {
	s := &a.schedule
	for {
		effect, hits := a.effect(now, false)
		a.entry.Faults |= hits
		switch {
		case effect.Reset:
			s.advance(now)
			return EndReset
		case effect.Hang:
			if !s.paused {
				s.pause(now)
			}
		default:
			if s.paused {
				s.resume(now)
			}
			a.serving = true
			s.advance(now)
			s.stretch(now, effect.Factor)
			if !out.write(now) {
				return EndCancelled
			}
			if s.done() {
				return EndComplete
			}
		}
		if !a.wait(a.nextWake(out, now)) {
			s.advance(a.provider.now())
			return EndCancelled
		}
		now = a.provider.now()
	}
}

// nextWake returns when there is something to do next: tokens to send, or a
// fault edge to look at.
func (a *attempt) nextWake(out *output, now time.Duration) time.Duration {
	s := &a.schedule
	edge, seen := a.nextEdge(now), never
	if edge != never {
		seen = edge + a.lag()
	}
	if s.paused {
		return seen
	}
	limit := out.limit(now)
	if s.at <= edge {
		// What is generated before the edge is sent before it.
		limit = min(limit, edge)
	}
	return min(s.timeOf(s.lastBy(limit)), seen)
}

// settle writes what came of the service into the journal, and bills it.
func (a *attempt) settle(end End) {
	s, e := &a.schedule, &a.entry
	e.End = end
	if s.next > 0 {
		e.FirstToken, e.TPOT = s.first, s.tpot()
	}
	if !a.serving {
		return
	}
	e.PromptTokens = a.req.Prompt.Tokens
	if e.Endpoint != wire.Embeddings {
		e.OutputTokens = s.next
	}
	e.BillMicroUSD = a.model.Price.bill(e.PromptTokens, e.OutputTokens)
}

// scale24 multiplies a time to the first token, bounded to its maximum.
func scale24(d time.Duration, factor float64) time.Duration {
	if factor == 1 {
		return d
	}
	return time.Duration(min(float64(d)*factor, float64(maxFirst)))
}
