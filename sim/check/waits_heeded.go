package check

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// WaitsHeeded is invariant 6: once a replica of the router has seen a provider ask for a
// wait, by Retry-After or in the provider's own way, it begins no attempt and no
// active probe at that target before the wait is over, or Limits.CooldownMax if that is shorter (0
// means that it heeds no waits). A declared last resort may come earlier.
//
// Waits come from the journal, as the provider stated them; that the router saw
// one is known by the status in its audit, and when by the end of the attempt.
// A refusal of the request itself (400, 413, 422) says nothing of other requests,
// whatever it states. Limits.Slack shortens every wait at both ends.
func WaitsHeeded(l *Logs) Result {
	r := Result{Checked: len(l.attempts) + len(l.probes.list)}
	waits := l.waits()
	if len(waits) == 0 {
		return r
	}
	begun := make([]beginning, 0, r.Checked)
	for i := range l.attempts {
		a := &l.attempts[i]
		begun = append(begun, beginning{a.Seq, asked{a.Replica, a.Target}, a.LastResort, a.Start})
	}
	for i := range l.probes.list {
		p := &l.probes.list[i]
		begun = append(begun, beginning{p.Seq, asked{p.Replica, p.Target}, false, p.Start})
	}
	slices.SortStableFunc(begun, func(a, b beginning) int { return cmp.Compare(a.start, b.start) })
	until := make(map[asked]record.Offset) // of the waits that have begun
	next := 0
	for _, b := range begun {
		for ; next < len(waits) && waits[next].from < b.start; next++ {
			w := &waits[next]
			until[w.asked] = max(until[w.asked], w.to)
		}
		if to, ok := until[b.asked]; ok && b.start < to && !b.lastResort {
			r.violate(b.seq, "attempted %s at %v, which had asked to be left alone until %v", l.targetName(b.target), b.start, to)
		}
	}
	return r
}

// asked is a replica that a target has asked to leave it alone.
type asked struct {
	replica uint8
	target  int16
}

// beginning is when a replica began an attempt or a probe at a target.
type beginning struct {
	seq uint32
	asked
	lastResort bool
	start      record.Offset
}

// wait is a span in which it is to do so, both ends excluded.
type wait struct {
	asked
	from, to record.Offset
}

// waits lists the waits the router has seen, by when they begin.
func (l *Logs) waits() []wait {
	var out []wait
	for j := range l.journal {
		if i := l.attemptOf[j]; i != missing {
			a := &l.attempts[i]
			out = l.addWait(out, a.Replica, &l.journal[j], a.Status, a.End)
		}
	}
	for j := range l.probes.journal {
		if i := l.probes.of[j]; i != missing {
			p := &l.probes.list[i]
			out = l.addWait(out, p.Replica, &l.probes.journal[j], p.Status, p.End)
		}
	}
	slices.SortStableFunc(out, func(a, b wait) int { return cmp.Compare(a.from, b.from) })
	return out
}

// addWait adds the wait that an entry asks for, if the router saw it: by the status
// and the end of what it sent.
func (l *Logs) addWait(out []wait, replica uint8, entry *record.Entry, status uint16, end record.Offset) []wait {
	if entry.Wait <= 0 || ofRequest(entry.Status) || status != entry.Status || end == record.Never {
		return out
	}
	limits := &l.cell.Limits
	w := wait{asked{replica, entry.Target}, end + limits.Slack, entry.Ended + min(entry.Wait, limits.CooldownMax) - limits.Slack}
	if w.from < w.to {
		out = append(out, w)
	}
	return out
}

// ofRequest reports statuses that refuse the request itself.
func ofRequest(status uint16) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return true
	}
	return false
}
