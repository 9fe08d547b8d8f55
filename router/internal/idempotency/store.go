package idempotency

import (
	"context"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// MaxKey is the longest key accepted, in bytes.
const MaxKey = 255

// Answer is a whole answer to a client. It is not changed once it is shared.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Verdict says what is to be done with a request.
type Verdict uint8

// The verdicts.
const (
	Lead     Verdict = iota // run it, and call Call.Finish
	Join                    // another one runs: call Call.Wait
	Replay                  // it has been answered: Call.Answer
	Conflict                // the key was used with another body
)

// Call is one execution of a request. Whoever leads must finish it.
type Call struct {
	Answer *Answer // of a Replay

	store   *Store
	id      id
	body    [sha256.Size]byte
	done    chan struct{} // closed by Finish
	expires time.Time     // of a finished one
}

// id is the hash of scope and key, so that a store holds neither.
type id [sha256.Size]byte

// Store remembers calls. Make one with [New]; it is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	ttl      time.Duration
	maxBytes int
	running  map[id]*Call
	finished *simplelru.LRU[id, *Call] // looked up without being used: the oldest goes first
	bytes    int                       // of the bodies in finished
}

// New returns a store that keeps at most so many finished calls, with bodies of
// at most maxBytes together, for at most ttl; the oldest go first, as they expire
// first. All are above zero.
func New(entries, maxBytes int, ttl time.Duration) (*Store, error) {
	s := &Store{ttl: ttl, maxBytes: maxBytes, running: map[id]*Call{}}
	var err error
	s.finished, err = simplelru.NewLRU(entries, func(_ id, c *Call) { s.bytes -= len(c.Answer.Body) })
	return s, err
}

// MaxBody is the largest body that is kept: an eighth of all, so that no answer
// alone drives out all others.
func (s *Store) MaxBody() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maxBody()
}

func (s *Store) maxBody() int { return s.maxBytes / 8 }

// Resize sets other bounds, as of New. What is kept stays for as long as it was to,
// as far as there is room.
func (s *Store) Resize(entries, maxBytes int, ttl time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ttl, s.maxBytes = ttl, maxBytes
	s.finished.Resize(entries)
	s.trim()
}

// trim makes room. The caller holds the lock.
func (s *Store) trim() {
	for s.bytes > s.maxBytes {
		s.finished.RemoveOldest()
	}
}

// Begin looks a request up by its key within a scope (the tenant), and by its
// body.
func (s *Store) Begin(now time.Time, scope, key string, body []byte) (*Call, Verdict) {
	h := sha256.New()
	_, _ = h.Write([]byte(scope)) // a hash never fails
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(key))
	c := &Call{store: s, body: sha256.Sum256(body), done: make(chan struct{})}
	h.Sum(c.id[:0])

	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.running[c.id]; ok {
		if other.body != c.body {
			return nil, Conflict
		}
		return other, Join
	}
	if other, ok := s.finished.Peek(c.id); ok {
		switch {
		case !now.Before(other.expires):
			s.finished.Remove(c.id)
		case other.body != c.body:
			return nil, Conflict
		default:
			return other, Replay
		}
	}
	s.running[c.id] = c
	return c, Lead
}

// Finish ends a call that the caller leads. Success is its answer to keep, nil
// where there is none or it is too large; those who joined get it, or run anew.
func (c *Call) Finish(now time.Time, success *Answer) {
	s := c.store
	s.mu.Lock()
	delete(s.running, c.id)
	if success != nil && len(success.Body) <= s.maxBody() {
		c.Answer, c.expires = success, now.Add(s.ttl)
		s.finished.Add(c.id, c)
		s.bytes += len(success.Body)
		s.trim()
	}
	s.mu.Unlock()
	close(c.done)
}

// Wait waits for a call that another one leads. The answer is nil where the
// leader had none to give; the error is the context's cause.
func (c *Call) Wait(ctx context.Context) (*Answer, error) {
	select {
	case <-c.done:
		return c.Answer, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
