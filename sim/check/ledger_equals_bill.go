package check

import "github.com/routedrill/routedrill/sim/record"

// LedgerEqualsBill is invariant 3: what the router booked for an attempt is
// what the provider billed, to the micro-dollar, unless it is marked as an
// estimate. Specifically:
//
//   - a cost that is not an estimate needs usage from the provider and equals
//     the bill; only where both sides say zero is no usage needed (an error
//     answer, or an attempt that never arrived);
//   - an attempt whose answer was relayed whole, with usage sent, is not an
//     estimate;
//   - where the router was configured with a price of its own (a finding, not a
//     fault of the router), tokens are compared in place of money;
//   - where a fault changed the provider's prices, which nobody told the router,
//     what it booked equals the bill at the prices before: it is counted as a
//     booking at a stale price, with what it is off by;
//   - all of that holds for shadows and active probes too;
//   - nothing is billed that the router did not book (an interrupted cell may
//     lack bookings).
//
// What a fault made a provider state wrongly cannot be right in the ledger: such
// a booking counts as an estimate.
//
// The error of the estimates is reported in the [Result], not judged.
func LedgerEqualsBill(l *Logs) Result {
	var r Result
	relay := 0
	for i := range l.attempts {
		attempt := &l.attempts[i]
		for relay < len(l.relays) && beyond(attempt, &l.relays[relay]) {
			relay++
		}
		whole := relay < len(l.relays) && l.relays[relay].Seq == attempt.Seq &&
			l.relays[relay].Try == attempt.Try && l.relays[relay].Outcome == record.RelayServed
		r.Checked++
		l.compareCost(&r, attempt, l.entry(i), whole)
	}
	for j := range l.journal {
		entry := &l.journal[j]
		if l.attemptOf[j] == missing && entry.BillMicroUSD != 0 && !l.cell.Interrupted {
			r.violate(entry.Seq, "%s billed %d µUSD the router did not book", l.targetName(entry.Target), entry.BillMicroUSD)
		}
	}
	l.checkExtraBills(&r, l.shadows)
	l.checkExtraBills(&r, l.probes)
	return r
}

// compareCost judges one booking against its bill. Entry is nil when the
// attempt never arrived; whole says that the relay was served to its end.
func (l *Logs) compareCost(r *Result, attempt *record.Attempt, entry *record.Entry, whole bool) {
	var bill int64
	usage := false
	if entry != nil {
		bill, usage = entry.BillMicroUSD, entry.UsageSent
	}
	if entry != nil && entry.UsageWrong && !attempt.Estimated {
		r.Estimates++ // the provider's own word, and wrong
		r.EstimateErrorMicroUSD += max(attempt.CostMicroUSD-bill, bill-attempt.CostMicroUSD)
		return
	}
	target := l.targetName(attempt.Target)
	switch {
	case attempt.Estimated:
		if attempt.CostMicroUSD != 0 || bill != 0 {
			r.Estimates++
		}
		r.EstimateErrorMicroUSD += max(attempt.CostMicroUSD-bill, bill-attempt.CostMicroUSD)
		if usage && whole && attempt.Served {
			r.violate(attempt.Seq, "the cost at %s is an estimate though usage was sent", target)
		}
	case l.ownPrice(attempt.Target):
		if entry != nil && usage && (attempt.PromptTokens != entry.PromptTokens || attempt.OutputTokens != entry.OutputTokens) {
			r.violate(attempt.Seq, "booked %d+%d tokens at %s, billed %d+%d", attempt.PromptTokens, attempt.OutputTokens,
				target, entry.PromptTokens, entry.OutputTokens)
		}
	case repriced(entry):
		if list := bill - entry.RepricedMicroUSD; attempt.CostMicroUSD != list {
			r.violate(attempt.Seq, "booked %d µUSD at %s, billed %d, or %d at the price before", attempt.CostMicroUSD, target, bill, list)
			return
		}
		r.StalePrices++
		r.StalePriceMicroUSD += entry.RepricedMicroUSD
	case attempt.CostMicroUSD != bill:
		r.violate(attempt.Seq, "booked %d µUSD at %s, billed %d", attempt.CostMicroUSD, target, bill)
	case !usage && bill != 0:
		r.violate(attempt.Seq, "the cost at %s is not marked as an estimate though no usage was sent", target)
	}
}

// repriced reports a bill at a price that a fault had changed.
func repriced(e *record.Entry) bool { return e != nil && e.RepricedMicroUSD != 0 }

func (l *Logs) ownPrice(target int16) bool {
	return target >= 0 && int(target) < len(l.cell.Targets) && l.cell.Targets[target].OwnPrice
}
