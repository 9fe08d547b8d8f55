package check

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// WaitsHeeded is invariant 6: once a replica of the router has seen a provider ask for a wait,
// by Retry-After or in the provider's own way, it begins no attempt at that
// target before the wait is over, or Limits.CooldownMax if that is shorter (0
// means that it heeds no waits). A declared last resort may come earlier.
//
// Waits come from the journal, as the provider stated them; that the router saw
// one is known by the status in its audit, and when by the end of the attempt.
// A refusal of the request itself (400, 413, 422) says nothing of other requests,
// whatever it states. Limits.Slack shortens every wait at both ends.
func WaitsHeeded(l *Logs) Result {
	r := Result{Checked: len(l.attempts)}
	waits := l.waits()
	if len(waits) == 0 {
		return r
	}
	byStart := make([]int, len(l.attempts))
	for i := range byStart {
		byStart[i] = i
	}
	slices.SortStableFunc(byStart, func(a, b int) int { return cmp.Compare(l.attempts[a].Start, l.attempts[b].Start) })
	until := make(map[asked]record.Offset) // of the waits that have begun
	next := 0
	for _, i := range byStart {
		attempt := &l.attempts[i]
		for ; next < len(waits) && waits[next].from < attempt.Start; next++ {
			w := &waits[next]
			until[w.asked] = max(until[w.asked], w.to)
		}
		if to, ok := until[asked{attempt.Replica, attempt.Target}]; ok && attempt.Start < to && !attempt.LastResort {
			r.violate(attempt.Seq, "attempted %s at %v, which had asked to be left alone until %v",
				l.targetName(attempt.Target), attempt.Start, to)
		}
	}
	return r
}

// asked is a replica that a target has asked to leave it alone.
type asked struct {
	replica uint8
	target  int16
}

// wait is a span in which it is to do so, both ends excluded.
type wait struct {
	asked
	from, to record.Offset
}

// waits lists the waits the router has seen, by when they begin.
func (l *Logs) waits() []wait {
	limits := &l.cell.Limits
	var out []wait
	for j := range l.journal {
		entry := &l.journal[j]
		i := l.attemptOf[j]
		if entry.Wait <= 0 || i == missing || ofRequest(entry.Status) {
			continue
		}
		attempt := &l.attempts[i]
		if attempt.Status != entry.Status || attempt.End == record.Never {
			continue
		}
		w := wait{asked{attempt.Replica, entry.Target}, attempt.End + limits.Slack, entry.Ended + min(entry.Wait, limits.CooldownMax) - limits.Slack}
		if w.from < w.to {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b wait) int { return cmp.Compare(a.from, b.from) })
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
