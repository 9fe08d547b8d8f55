package fakeproviders

import (
	"sync"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
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
func (b *bucket) state(now time.Duration) wire.Rate {
	if b.perMinute == 0 {
		return wire.Rate{}
	}
	return wire.Rate{Limit: b.perMinute, Remaining: max(0, b.perMinute-b.used(now)), Reset: max(b.fullAt-now, 0)}
}

// quota holds both buckets of a provider.
type quota struct {
	mu               sync.Mutex
	requests, tokens bucket
}

// admit takes one request and its tokens if both fit, and otherwise nothing.
func (q *quota) admit(now time.Duration, tokens int, squeeze float64) (wire.Rates, *wire.Problem) {
	_ = squeeze // TODO
	if q.requests.perMinute == 0 && q.tokens.perMinute == 0 {
		return wire.Rates{}, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	waitR, waitT := q.requests.wait(now, 1), q.tokens.wait(now, tokens)
	if waitR == 0 && waitT == 0 {
		q.requests.take(now, 1)
		q.tokens.take(now, tokens)
		return q.rates(now), nil
	}
	unit, b, asked, wait := wire.UnitRequests, &q.requests, 1, waitR
	if waitT > waitR {
		unit, b, asked, wait = wire.UnitTokens, &q.tokens, tokens, waitT
	}
	if wait == never {
		wait = 0
	}
	return q.rates(now), &wire.Problem{
		Kind: wire.RateLimited, Unit: unit, Limit: b.perMinute, Used: b.used(now), Asked: asked, Wait: wait,
	}
}

func (q *quota) rates(now time.Duration) wire.Rates {
	return wire.Rates{Requests: q.requests.state(now), Tokens: q.tokens.state(now)}
}
