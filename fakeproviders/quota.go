package fakeproviders

import (
	"sync"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// bucket is one token bucket of a minute's worth, kept as the instant at which
// it will be full again: integers only, and nothing to refill.
type bucket struct {
	perMinute int // 0 = unlimited
	fullAt    time.Duration
}

// cost is how long n units take to refill.
func (b *bucket) cost(n int) time.Duration {
	return time.Duration(int64(n) * int64(time.Minute) / int64(b.perMinute))
}

// wait returns how long after now n units fit: 0 when they do, never when they
// are more than the bucket holds.
func (b *bucket) wait(now time.Duration, n int) time.Duration {
	switch {
	case b.perMinute == 0:
		return 0
	case n > b.perMinute:
		return never
	}
	return max(0, max(b.fullAt-now, 0)+b.cost(n)-time.Minute)
}

// take removes n units, which must fit.
func (b *bucket) take(now time.Duration, n int) {
	if b.perMinute > 0 {
		b.fullAt = max(b.fullAt, now) + b.cost(n)
	}
}

// used returns the units missing now, rounded up.
func (b *bucket) used(now time.Duration) int {
	missing := int64(max(b.fullAt-now, 0))
	return int((missing*int64(b.perMinute) + int64(time.Minute) - 1) / int64(time.Minute))
}

// state returns what the headers say.
func (b *bucket) state(now time.Duration) openai.Rate {
	if b.perMinute == 0 {
		return openai.Rate{}
	}
	return openai.Rate{Limit: b.perMinute, Remaining: max(0, b.perMinute-b.used(now)), Reset: max(b.fullAt-now, 0)}
}

// quota holds both buckets of a provider.
type quota struct {
	mu               sync.Mutex
	requests, tokens bucket
}

// rates is the state of both buckets.
type rates struct{ requests, tokens openai.Rate }

// admit takes one request and its tokens if both fit, and otherwise nothing.
func (q *quota) admit(now time.Duration, model string, tokens int) (rates, *openai.Error) {
	if q.requests.perMinute == 0 && q.tokens.perMinute == 0 {
		return rates{}, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	waitR, waitT := q.requests.wait(now, 1), q.tokens.wait(now, tokens)
	if waitR == 0 && waitT == 0 {
		q.requests.take(now, 1)
		q.tokens.take(now, tokens)
		return rates{q.requests.state(now), q.tokens.state(now)}, nil
	}
	kind, b, asked, wait := "requests", &q.requests, 1, waitR
	if waitT > waitR {
		kind, b, asked, wait = "tokens", &q.tokens, tokens, waitT
	}
	if wait == never {
		wait = 0
	}
	now64 := rates{q.requests.state(now), q.tokens.state(now)}
	return now64, openai.RateLimit(model, kind, b.perMinute, b.used(now), asked, wait)
}
