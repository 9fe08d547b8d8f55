package quota

import "time"

// Kind is why a request is refused.
type Kind string

// The kinds, in the order in which they are looked for.
const (
	Exhausted   Kind = "exhausted"   // the day's limit is used up
	TooLarge    Kind = "too_large"   // the request alone is beyond a limit
	Rate        Kind = "rate"        // a limit per minute
	SlowDown    Kind = "slow_down"   // use grows too fast
	Concurrency Kind = "concurrency" // too many requests in flight
)

// Unit is what a limit counts.
type Unit string

// The units.
const (
	Requests     Unit = "requests"
	Tokens       Unit = "tokens" // input and output together
	InputTokens  Unit = "input_tokens"
	OutputTokens Unit = "output_tokens"
)

// Refusal says which limit a request is beyond. Of several limits per minute it
// is the one with the longest wait.
type Refusal struct {
	Kind  Kind
	Unit  Unit
	Limit int // what Used and Asked are held against: the limit, or the window's part of it
	Used  int
	Asked int
	// Wait is how long until this limit has room for the request if nothing else
	// is asked. 0 = it is not known or never has: always so for Exhausted,
	// TooLarge and Concurrency.
	Wait time.Duration
}

var units = [meters]Unit{Requests, Tokens, InputTokens, OutputTokens, Requests, Tokens}

// refuse returns why a request is refused, or nil.
func (g *Group) refuse(in int64, need *amounts) *Refusal {
	worst, longest, waits := -1, int64(0), amounts{}
	for i, m := range g.meters {
		if m == nil {
			continue
		}
		waits[i] = m.wait(need[i])
		if i < dayRequests && waits[i] > longest {
			worst, longest = i, waits[i]
		}
	}
	for _, i := range []int{dayRequests, dayTokens} {
		if waits[i] > 0 {
			return g.refusal(Exhausted, i, need[i], never)
		}
	}
	if longest == never { // rarely, so it is looked into only here
		for i, m := range g.meters[:dayRequests] {
			if waits[i] == never && need[i] > m.most() {
				return g.refusal(TooLarge, i, need[i], never)
			}
		}
	}
	if worst >= 0 {
		return g.refusal(Rate, worst, need[worst], longest)
	}
	if g.accel != nil {
		if w := g.accel.wait(g.now, in); w > 0 {
			return &Refusal{
				Kind: SlowDown, Unit: InputTokens,
				Limit: int(g.accel.allowed()), Used: int(g.accel.recent), Asked: int(in), Wait: duration(w),
			}
		}
	}
	if g.concurrency > 0 {
		left, _ := g.share.at(g.now)
		if mine := ours(g.concurrency, left); g.running >= mine {
			used := g.concurrency - mine + g.running
			return &Refusal{Kind: Concurrency, Unit: Requests, Limit: int(g.concurrency), Used: int(used), Asked: 1}
		}
	}
	return nil
}

func (g *Group) refusal(kind Kind, i int, asked, wait int64) *Refusal {
	s := g.meters[i].state()
	return &Refusal{Kind: kind, Unit: units[i], Limit: s.Allowance, Used: s.Used, Asked: int(asked), Wait: duration(wait)}
}

func duration(wait int64) time.Duration {
	if wait == never {
		return 0
	}
	return time.Duration(wait) * time.Microsecond
}
