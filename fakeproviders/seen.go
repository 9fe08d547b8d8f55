package fakeproviders

import (
	"sync"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// generation is how many request ids at targets the counter keeps per
// generation.
const generation = 1 << 16

// seen counts the attempts of each request at each target. It keeps two
// generations, so it never forgets one of the last 65,536 keys and never holds
// more than twice that.
type seen struct {
	mu       sync.Mutex
	now, old map[keyed.Key]uint32
}

// next returns how often it was called with the key before.
func (s *seen) next(k keyed.Key) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.now[k]
	if !ok {
		n = s.old[k]
		if len(s.now) >= generation {
			s.old, s.now = s.now, nil
		}
		if s.now == nil {
			s.now = make(map[keyed.Key]uint32)
		}
	}
	s.now[k] = n + 1
	return int(n)
}
