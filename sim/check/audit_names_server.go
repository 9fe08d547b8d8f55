package check

import "github.com/routedrill/routedrill/sim/record"

// AuditNamesServer is invariant 4: for an answered request the router's
// headers, its audit and a provider that completed the request name the same
// target, and the `model` field of the answer is that target's model. For an answer
// out of the cache they are those of the request it was made for. A job has no headers.
func AuditNamesServer(l *Logs) Result {
	var r Result
	relays := newCursor(l.relays, relaySeq)
	attempts := newCursor(l.attempts, attemptSeq)
	entries := newCursor(l.journal, entrySeq)
	for i := range l.requests {
		request := &l.requests[i]
		if request.Outcome != record.OK {
			continue
		}
		r.Checked++
		lo, hi := attempts.span(request.Seq)
		from, to := entries.span(request.Seq)
		as, cached := l.answeredAs(relays, request.Seq)
		if as != request.Seq {
			lo, hi = span(l.attempts, attemptSeq, as)
			from, to = span(l.journal, entrySeq, as)
		}
		if problem := l.misnamed(request, cached, l.attempts[lo:hi], l.journal[from:to]); problem != "" {
			r.violate(request.Seq, "%s", problem)
		}
	}
	return r
}

// misnamed says which name is wrong; empty when all agree.
func (l *Logs) misnamed(request *record.Request, cached bool, attempts []record.Attempt, entries []record.Entry) string {
	var served *record.Attempt // of the last try that has one
	last := len(attempts)
	if cached {
		// Each try of the request it was made for, its own if a client lost the answer,
		// may have been kept, for a family of its own: the last that went where the
		// headers say.
		last = l.lastServedBy(request, attempts)
	}
	for i := range attempts[:last] {
		if !attempts[i].Served {
			continue
		}
		if served != nil && served.Try == attempts[i].Try {
			return "the audit says that two attempts served it"
		}
		served = &attempts[i]
	}
	if served == nil {
		return "answered, but no attempt of the audit served it"
	}
	target := l.target(served.Target)
	if target == nil {
		return "the attempt that served it names no target"
	}
	completed, named := false, true
	for i := range entries {
		entry := &entries[i]
		if entry.Target == served.Target && entry.End == record.EndComplete {
			completed = true
			// A provider that states another model is relayed as it is: the router
			// cannot know better.
			named = l.namesModel(entry.Endpoint) && !entry.OtherModel
		}
	}
	switch {
	case !completed:
		return "the audit names " + target.Name + ", which did not complete it"
	case request.Accepted == 0 && (request.Provider != target.Provider || request.Model != target.Model):
		return "served by " + target.Name + ", but the router's headers say otherwise"
	case named && request.Answered != target.Model:
		return "served by " + target.Name + ", but the answer's model says otherwise"
	}
	return ""
}

// lastServedBy is the count of attempts up to the last one that served, at the target
// that the headers of a request name; all of them where none did.
func (l *Logs) lastServedBy(request *record.Request, attempts []record.Attempt) int {
	for i := len(attempts) - 1; i >= 0; i-- {
		if t := l.target(attempts[i].Target); attempts[i].Served && t != nil && t.Provider == request.Provider && t.Model == request.Model {
			return i + 1
		}
	}
	return len(attempts)
}

// namesModel reports whether answers of an endpoint carry a `model` field.
func (l *Logs) namesModel(endpoint int16) bool {
	switch l.endpoint(endpoint) {
	case endpointChat, endpointCompletions, endpointEmbeddings:
		return true
	}
	return false
}
