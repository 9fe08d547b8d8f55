package check

import "github.com/routedrill/routedrill/sim/record"

// The words of the endpoints, as the cell names them.
const (
	endpointChat        = "chat"
	endpointCompletions = "completions"
	endpointEmbeddings  = "embeddings"
)

// HonestSuccess is invariant 2: a request that counts as answered was
// answered whole. A provider completed it, something arrived, and for text
// the answer said that it was finished and carried every token that was sent.
//
// An answer out of the cache is that of the request it was made for.
// Of a gateway that is not ours, an answer that no provider worked for may come
// from a cache: it is checked only if the journal knows the request.
//
// An embeddings answer has no finish sign, and its vectors have no relation
// to billed tokens: there only the presence of vectors counts.
func HonestSuccess(l *Logs) Result {
	var r Result
	relays, entries := newCursor(l.relays, relaySeq), newCursor(l.journal, entrySeq)
	for i := range l.requests {
		request := &l.requests[i]
		if request.Outcome != record.OK {
			continue
		}
		lo, hi := entries.span(request.Seq)
		if as, _ := l.answeredAs(relays, request.Seq); as != request.Seq {
			lo, hi = span(l.journal, entrySeq, as)
		}
		if l.cell.Outside && lo == hi {
			continue
		}
		r.Checked++
		if problem := l.dishonest(request, l.journal[lo:hi]); problem != "" {
			r.violate(request.Seq, "ok, but %s", problem)
		}
	}
	return r
}

// dishonest says why an answered request was not answered whole; empty when
// it was.
func (l *Logs) dishonest(request *record.Request, entries []record.Entry) string {
	problem := "no provider completed it"
	for i := range entries {
		entry := &entries[i]
		if entry.End != record.EndComplete {
			continue
		}
		switch l.endpoint(entry.Endpoint) {
		case endpointChat, endpointCompletions:
			switch {
			case !request.Finished:
				problem = "its end never arrived"
			case request.ContentTokens == 0:
				problem = "it has no content"
			case request.ContentTokens != entry.SentTokens:
				problem = "its content is not what a provider sent"
			default:
				return ""
			}
		case endpointEmbeddings:
			if request.ContentTokens > 0 {
				return ""
			}
			problem = "it has no content"
		default:
			return ""
		}
	}
	return problem
}
