package retry

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/internal/keyed"
)

// Wait is a full-jitter backoff: hash's share of base·2ⁿ, at most of limit.
func Wait(base, limit time.Duration, n int, hash uint64) time.Duration {
	d := base
	for range n {
		if d >= limit/2 {
			d = limit
			break
		}
		d *= 2
	}
	return keyed.Share(hash, min(d, limit))
}

// token is one retry in the budget's unit. Whole numbers keep the sum
// independent of the order of additions.
const token = 1_000_000

// reserve is for how many requests' worth of earnings the budget saves up, so
// that a quiet day does not pay for a storm.
const reserve = 100

// Budget is the retry budget shared by all relays: it starts with floor
// tokens, earns ratio per request, holds at most floor + 100·ratio, and each
// retry takes one. Hence always: retries ≤ floor + ratio × requests.
// Safe for concurrent use.
type Budget struct {
	earn, limit int64
	tokens      atomic.Int64
}

// NewBudget returns a budget with its floor of tokens. Neither argument may be
// negative.
func NewBudget(ratio float64, floor int) *Budget {
	earn := int64(math.Floor(ratio * token))
	b := &Budget{earn: earn, limit: int64(floor)*token + reserve*earn}
	b.tokens.Store(int64(floor) * token)
	return b
}

// Earn adds one request's earnings.
func (b *Budget) Earn() {
	for {
		have := b.tokens.Load()
		if b.tokens.CompareAndSwap(have, min(have+b.earn, b.limit)) {
			return
		}
	}
}

// Has reports whether a token is there, without taking it.
func (b *Budget) Has() bool { return b.tokens.Load() >= token }

// Take takes one token, if there is one.
func (b *Budget) Take() bool {
	for {
		have := b.tokens.Load()
		if have < token {
			return false
		}
		if b.tokens.CompareAndSwap(have, have-token) {
			return true
		}
	}
}
