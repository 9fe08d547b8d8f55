package report

import "github.com/routedrill/routedrill/sim/record"

// hedgeLost is the audit's reason for an attempt that was cancelled because
// the other of two answered.
const hedgeLost = "hedge_lost"

// Hedges is what a cell's second attempts beside slow ones came to.
type Hedges struct {
	Made int `json:"made"`
	Won  int `json:"won"` // their answer was the client's
	// Wasted is what was billed for the attempts, first or second, that were
	// cancelled because the other one answered. It is part of wasted_cost_usd.
	Wasted USD `json:"wasted_cost_usd"`
}

// hedgesOf sums up a cell's hedges; nil without any.
func hedgesOf(c *record.Cell) *Hedges {
	var h Hedges
	var wasted int64
	journal := c.Journal // by Seq, as the attempts are
	for i := range c.Attempts {
		a := &c.Attempts[i]
		if a.Hedge {
			h.Made++
			if a.Served {
				h.Won++
			}
		}
		if a.Reason < 0 || int(a.Reason) >= len(c.Reasons) || c.Reasons[a.Reason] != hedgeLost {
			continue
		}
		for len(journal) > 0 && journal[0].Seq < a.Seq {
			journal = journal[1:]
		}
		for k := 0; k < len(journal) && journal[k].Seq == a.Seq; k++ {
			if e := &journal[k]; !e.Shadow && e.Target == a.Target && e.Arrived >= a.Start && e.Arrived <= a.End {
				wasted += e.BillMicroUSD
			}
		}
	}
	if h.Made == 0 {
		return nil
	}
	h.Wasted = *usd(wasted)
	return &h
}
