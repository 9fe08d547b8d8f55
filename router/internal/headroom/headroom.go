package headroom

import (
	"net/http"
	"sync"
	"time"
)

// Kind is what a quota counts.
type Kind uint8

// The kinds of quota.
const (
	Requests Kind = iota
	Tokens        // of prompt and answer
	Input         // tokens of the prompt
	Output        // tokens of the answer
	kinds         // how many there are
)

// String returns the kind's word.
func (k Kind) String() string {
	if k < kinds {
		return [...]string{"requests", "tokens", "input_tokens", "output_tokens"}[k]
	}
	return "unknown"
}

// Need is what one request takes: itself and its tokens, none below 0.
type Need struct {
	Input  int64 // tokens of the prompt
	Output int64 // the most tokens the answer may have
}

func (n Need) of(k Kind) int64 {
	switch k {
	case Tokens:
		return n.Input + n.Output
	case Input:
		return n.Input
	case Output:
		return n.Output
	default:
		return 1
	}
}

// Headroom is what is left of one target's quotas. The zero Headroom knows of
// none, and holds everything. It is safe for concurrent use.
type Headroom struct {
	mu    sync.Mutex
	nth   uint64       // sends so far
	sent  [kinds]int64 // by all of them
	known [kinds]known
}

// known is what an answer has told of one quota.
type known struct {
	nth   uint64 // the send that was answered; 0: nothing is known
	limit int64  // 0 where the answer did not tell
	base  int64  // what is left, and all that had been sent by then
	until time.Time
}

// Sent is one send, for Answered to be told. The zero Sent was never made.
type Sent struct {
	nth uint64
	sum [kinds]int64 // of this send and all before it
}

// Send counts a request that is being sent.
func (h *Headroom) Send(n Need) Sent {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nth++
	for k := range kinds {
		h.sent[k] += n.of(k)
	}
	return Sent{h.nth, h.sent}
}

// Answered reads what the headers of a send's answer say is left. What the answer
// to a later send has told stands.
func (h *Headroom) Answered(s Sent, header http.Header, now time.Time) {
	told, any := read(header, now)
	if !any || s.nth == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range kinds {
		if r := &told[k]; r.found && s.nth > h.known[k].nth {
			h.known[k] = known{nth: s.nth, limit: r.limit, base: r.left + s.sum[k], until: now.Add(r.reset)}
		}
	}
}

// Holds reports whether the request fits into what is left of every quota.
func (h *Headroom) Holds(n Need, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k := range kinds {
		if q := &h.known[k]; q.nth > 0 && now.Before(q.until) && q.base-h.sent[k] < n.of(k) {
			return false
		}
	}
	return true
}

// Left is the estimate for one quota.
type Left struct {
	Kind  Kind
	Left  int64 // never below 0
	Limit int64 // 0 where the provider did not tell
	Reset time.Time
}

// Left returns the estimates that hold at now, in the order of the kinds. The
// slice is the caller's; nil where nothing is known.
func (h *Headroom) Left(now time.Time) []Left {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []Left
	for k := range kinds {
		if q := &h.known[k]; q.nth > 0 && now.Before(q.until) {
			list = append(list, Left{k, max(q.base-h.sent[k], 0), q.limit, q.until})
		}
	}
	return list
}
