package check

import (
	"cmp"
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

// extras are what the router sent beside clients' requests, shadows or probes. They
// are no attempts, so the rules about attempts do not see them. What holds for them
// all the same is checked apart, as parts of the rules that say so.
//
// One of the audit and an entry of the journal belong together when they have the
// same number and target and the entry arrived while the extra ran.
type extras struct {
	word    string         // for examples
	list    []record.Extra // by Seq, Start
	journal []record.Entry // by Seq, Arrived
	entryOf []int32        // for each of list its entry, or missing
	of      []int32        // for each entry its place in list, or missing
}

func newExtras(word string, list []record.Extra, journal []record.Entry, slack time.Duration) *extras {
	x := &extras{
		word: word,
		list: inOrder(list, func(a, b record.Extra) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Start, b.Start))
		}),
		journal: inOrder(journal, func(a, b record.Entry) int {
			return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Arrived, b.Arrived))
		}),
		entryOf: filled(len(list)), of: filled(len(journal)),
	}
	entries := newCursor(x.journal, entrySeq)
	for i := range x.list {
		s := &x.list[i]
		lo, hi := entries.span(s.Seq)
		for j := lo; j < hi; j++ {
			e := &x.journal[j]
			if x.of[j] == missing && e.Target == s.Target && e.Arrived >= s.Start-slack && !after(e.Arrived, endOf(s.End), slack) {
				x.entryOf[i], x.of[j] = int32(j), int32(i)
				break
			}
		}
	}
	return x
}

// entry returns the journal's entry of one, nil when it never arrived.
func (x *extras) entry(i int) *record.Entry {
	if j := x.entryOf[i]; j != missing {
		return &x.journal[j]
	}
	return nil
}

// checkExtraBills is the part of [LedgerEqualsBill] about extras: as of attempts.
func (l *Logs) checkExtraBills(r *Result, x *extras) {
	for i := range x.list {
		s := &x.list[i]
		r.Checked++
		booked := record.Attempt{
			Seq: s.Seq, Target: s.Target, Served: s.Valid, Estimated: s.Estimated,
			PromptTokens: s.PromptTokens, OutputTokens: s.OutputTokens, CostMicroUSD: s.CostMicroUSD,
		}
		l.compareCost(r, &booked, x.entry(i), s.Valid)
	}
	for j := range x.journal {
		e := &x.journal[j]
		if x.of[j] == missing && e.BillMicroUSD != 0 && !l.cell.Interrupted {
			r.violate(e.Seq, "%s billed %d µUSD for a %s the router did not book", l.targetName(e.Target), e.BillMicroUSD, x.word)
		}
	}
}

// checkExtraLimits is the part of [LimitsHold] about extras: they end within
// Limits.TotalTimeout, and what arrived as one is in the audit.
func (l *Logs) checkExtraLimits(r *Result, x *extras) {
	limits := &l.cell.Limits
	for i := range x.list {
		s := &x.list[i]
		r.Checked++
		if limits.TotalTimeout > 0 && after(s.End, s.Start+limits.TotalTimeout, max(limits.Slack, time.Millisecond)) {
			r.violate(s.Seq, "a %s at %s took %v, above %v", x.word, l.targetName(s.Target), s.End-s.Start, limits.TotalTimeout)
		}
	}
	for j := range x.journal {
		if e := &x.journal[j]; x.of[j] == missing && !l.cell.Interrupted {
			r.violate(e.Seq, "arrived at %s at %v as a %s that is not in the audit", l.targetName(e.Target), e.Arrived, x.word)
		}
	}
}

// checkSpending says where more was billed for the extras that a replica sent in
// one hour of the run than a budget permits; purse tells which budget one is paid from
// and what that permits. Where the router was told another price or a wrong usage,
// what it booked counts: it could not know better. Those sent within Limits.Slack
// of a full hour count for none.
func (l *Logs) checkSpending(r *Result, x *extras, purse func(target int16) (id int16, limit int64)) {
	type hour struct {
		replica uint8
		purse   int16
		n       int64
	}
	spent := map[hour]int64{}
	byStart := slices.Clone(x.entryOf) // places in the list
	for i := range byStart {
		byStart[i] = int32(i)
	}
	slices.SortStableFunc(byStart, func(a, b int32) int { return cmp.Compare(x.list[a].Start, x.list[b].Start) })
	for _, i := range byStart {
		s, e := &x.list[i], x.entry(int(i))
		cost := s.CostMicroUSD
		if e != nil && !e.UsageWrong && !l.ownPrice(s.Target) && !repriced(e) {
			cost = e.BillMicroUSD
		}
		id, limit := purse(s.Target)
		h := hour{s.Replica, id, int64(s.Start / time.Hour)}
		if in := s.Start % time.Hour; h.n > 0 && in < l.cell.Limits.Slack || time.Hour-in <= l.cell.Limits.Slack {
			continue
		}
		before := spent[h]
		spent[h] += cost
		if before <= limit && spent[h] > limit {
			r.violate(s.Seq, "with it the %ss at %s have cost %d µUSD in hour %d, %d permitted", x.word, l.targetName(s.Target), spent[h], h.n+1, limit)
		}
	}
}
