package router

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/bulkhead"
	"github.com/routedrill/routedrill/router/internal/keyed"
	"github.com/routedrill/routedrill/router/internal/spend"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// MaxShadows is how many shadows of one route are under way at once; further
// ones are left out.
const MaxShadows = 16

// maxUnknownOutput is the output a shadow is taken to have at most, in tokens,
// where neither the request nor the model has a limit.
const maxUnknownOutput = 32_768

// shadowing is the shadow traffic of one route.
type shadowing struct {
	t      *target
	share  uint64 // of 2⁶⁴
	spend  *spend.Budget
	inside *bulkhead.Bulkhead
	// coolUntil is in Unix nanoseconds: its own, since clients must not wait for what a shadow was told.
	coolUntil *atomic.Int64
}

func newShadowing(s *Shadow, t *target, now time.Time) *shadowing {
	share := uint64(1<<64 - 1)
	if s.Share < 1 {
		share = uint64(s.Share*(1<<53)) << 11
	}
	return &shadowing{t: t, share: share, spend: spend.NewBudget(s.BudgetMicroUSD, spend.HoursSince(now)), inside: bulkhead.New(MaxShadows), coolUntil: &atomic.Int64{}}
}

// cast sends the request to the route's shadow target as well, if it is this
// request's turn and everything allows it. It costs the client a few
// microseconds; nothing waits, and nothing that the client's own attempts go by
// is asked for a place or told of a result.
func (y *relay) cast() {
	s := y.plan.shadow
	if s == nil || y.targets[0] == s.t || repeated(y.q.Header) ||
		keyed.Hash(y.r.seed, "shadow", y.rec.RequestID, s.t.name, 0) >= s.share {
		return
	}
	needs := y.req.Needs()
	now := time.Now()
	if y.tenant.bars(s.t) != "" || s.t.unfit(y, &needs) != "" ||
		s.t.retryAt(y.endpoint, now).After(now) || s.t.breakers[y.endpoint].Status(now).State != audit.Closed ||
		now.UnixNano() < s.coolUntil.Load() || !s.inside.Enter() {
		return
	}
	reserved, ok := s.spend.Reserve(now, s.t.dearest(y))
	if !ok {
		s.inside.Leave()
		return
	}
	held, spent := y.hold(s.t, now)
	if spent != nil {
		s.spend.Settle(reserved, 0)
		s.inside.Leave()
		return
	}
	z := y.shadow(s.t, now)
	raw := y.req.Raw()
	var c *comparing
	if y.r.evaluator != nil {
		c = y.compare(z)
	}
	if !y.r.start("a shadow", func(ctx context.Context) {
		defer s.inside.Leave()
		z.q = z.q.WithContext(ctx)
		s.spend.Settle(reserved, s.send(z, raw, held, reserved))
		if c != nil {
			c.evaluate(ctx, z, raw)
		}
	}) {
		release(held)
		s.spend.Settle(reserved, 0)
		s.inside.Leave()
	}
}

// shadow is a relay of the same request to one target, for nobody.
func (y *relay) shadow(t *target, now time.Time) *relay {
	z := &relay{
		r: y.r, w: nobody{}, q: &http.Request{}, endpoint: y.endpoint, tenant: y.tenant, plan: y.plan,
		targets: []*target{t}, hops: y.hops, unbounded: true, isShadow: true,
	}
	z.room.id[0] = y.rec.RequestID + audit.ShadowSuffix
	z.id, z.turns = z.room.id[:], z.room.turns[:]
	z.rec = audit.Record{
		RequestID: z.id[0], ShadowOf: y.rec.RequestID, Route: y.rec.Route, Tenant: y.rec.Tenant, Endpoint: y.rec.Endpoint, Stream: y.rec.Stream,
		Start: now, Attempts: z.room.attempts[:0],
	}
	z.deadline = now.Add(y.plan.limits.TotalTimeout + z.offset("", 0))
	z.rec.Deadline = z.deadline
	return z
}

// send makes the shadow's one attempt, and returns what counts as spent.
func (s *shadowing) send(z *relay, raw []byte, held []hold, reserved spend.Reserved) (spent int64) {
	var err error
	if z.req, err = openai.ReadRequest(z.endpoint.served(), raw); err != nil { // anew: reading leaves traces in it
		release(held)
		return 0
	}
	a, spent := z.askOnce(permit{t: s.t, held: held}, reserved)
	if d := a.cooldown(a.kind.Row().Cooling); d > 0 {
		raise(s.coolUntil, time.Now().Add(d).UnixNano())
	}
	return spent
}

// dearest is the most the request may cost at the target, in micro-USD: a token
// is at least a byte of the request, and the answer as long as it may be.
func (t *target) dearest(y *relay) int64 {
	prompt, output := int64(len(y.req.Raw())), y.req.MaxTokens
	for _, limit := range []int{t.maxOutput, t.context, maxUnknownOutput} {
		if output == 0 {
			output = int64(limit)
		}
	}
	if y.endpoint == embeddings {
		output = 0
	}
	l := &t.price.Long
	input, out := max(t.price.InputNano, t.price.CachedInputNano, t.price.CacheWriteNano), t.price.OutputNano
	if l.Above > 0 && prompt > int64(l.Above) {
		input, out = max(input, l.InputNano, l.CachedInputNano, l.CacheWriteNano), max(out, l.OutputNano)
	}
	return (prompt*input+output*out)/1000 + 1
}

// nobody takes an answer that nobody waits for.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(b []byte) (int, error) { return len(b), nil }
func (nobody) WriteHeader(int)             {}
func (nobody) Flush()                      {}
