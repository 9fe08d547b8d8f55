package sim

import (
	"bytes"
	"sync"
	"time"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/load"
)

// identities tells which request of the load an attempt belongs to that came
// through a gateway which is not ours: by the X-Client-Request-Id where the gateway
// forwards it, and by the text of the prompt otherwise, whatever API it is put
// into. Requests with equal texts are told apart by who is under way: it is safe
// for concurrent use.
type identities struct {
	plan   *load.Plan
	origin time.Time
	byTag  map[string][]uint32 // requests in the order of their arrival

	mu       sync.Mutex
	done     []bool   // by request
	attempts []uint16 // by request: attempts that were taken for it by its text
	forwards int      // attempts that carried an id of ours
	texts    int      // attempts known by their text
}

func newIdentities(plan *load.Plan, tasks []scenarios.Task, origin time.Time) *identities {
	x := &identities{
		plan: plan, origin: origin, byTag: make(map[string][]uint32, len(plan.Specs)),
		done: make([]bool, len(plan.Specs)), attempts: make([]uint16, len(plan.Specs)),
	}
	for i, spec := range plan.Specs {
		tag := client.Tag(&tasks[spec.Task], spec)
		x.byTag[tag] = append(x.byTag[tag], uint32(i))
	}
	return x
}

// end notes that a request has its outcome.
func (x *identities) end(seq uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.done[seq] = true
}

// identify names the request of an attempt; "" where it is of nobody.
func (x *identities) identify(id string, body []byte) string {
	if seq, ok := load.ParseRequestID(id); ok && int(seq) < len(x.done) {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.forwards++
		return load.RequestID(seq)
	}
	list := x.byTag[x.tagIn(body)]
	if len(list) == 0 {
		return ""
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.texts++
	seq := list[0]
	if len(list) > 1 {
		seq = x.underWay(list, time.Since(x.origin))
	}
	x.attempts[seq]++
	return load.RequestID(seq)
}

// underWay chooses among requests with equal texts: of those that are under way
// the one with the fewest attempts, and otherwise the latest that has arrived.
func (x *identities) underWay(list []uint32, now time.Duration) uint32 {
	best, found := list[0], false
	for _, seq := range list {
		if x.plan.Arrivals[seq] > now {
			break
		}
		switch {
		case x.done[seq]:
			if !found {
				best = seq
			}
		case !found || x.attempts[seq] < x.attempts[best]:
			best, found = seq, true
		}
	}
	return best
}

// tagIn finds the first tag of a request in a body: words of three letters where
// no word goes before. A text that is shorter than a tag stands between quotes.
func (x *identities) tagIn(body []byte) string {
	for i := range body {
		if !letter(body[i]) || i > 0 && letter(body[i-1]) {
			continue
		}
		end := min(len(body), i+client.TagLen)
		if i > 0 && body[i-1] == '"' {
			if quote := bytes.IndexByte(body[i:end], '"'); quote >= 0 {
				end = i + quote
			}
		}
		if _, ok := x.byTag[string(body[i:end])]; ok {
			return string(body[i:end])
		}
	}
	return ""
}

func letter(b byte) bool { return 'a' <= b && b <= 'z' }

// ways counts how attempts were known: by id, and by text.
func (x *identities) ways() (ids, texts int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.forwards, x.texts
}
