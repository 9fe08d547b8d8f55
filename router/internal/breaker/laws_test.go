package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// FuzzBreaker plays any sequence of admissions, results and waits, and holds
// the laws that no sequence may break: nothing passes an open breaker, no more
// probes than permitted are under way, and once the target is well for good the
// breaker closes.
func FuzzBreaker(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 4, 4, 4, 4, 9, 0, 0, 0, 1})
	for n := range 200 {
		ops := make([]byte, 400)
		for i := range ops {
			ops[i] = byte(keyed.Hash(uint64(n), "op", "", "", i))
		}
		f.Add(ops)
	}
	f.Fuzz(func(t *testing.T, ops []byte) {
		s := settings()
		s.Ramp, s.SlowCall, s.SlowRate = 5*time.Second, time.Second, 0.8
		p := &player{b: New(s), now: t0}
		for _, op := range ops {
			p.play(t, op)
		}
		p.heal(t)
	})
}

type player struct {
	b    *Breaker
	now  time.Time
	held []Permit
}

// play does one of: ask, settle the oldest or the newest permit, wait.
func (p *player) play(t *testing.T, op byte) {
	took := time.Duration(op>>4) * 200 * time.Millisecond
	r := Result{Outcome: Outcome(op >> 2 % 3), Took: took, Answered: op&0x40 != 0, Reason: "r"}
	switch n := len(p.held); {
	case op%4 == 0:
		p.ask(t)
	case op%4 == 1 && n > 0:
		p.held[0].Done(p.now, r)
		p.held = p.held[1:]
	case op%4 == 2 && n > 0:
		p.held[n-1].Done(p.now, r)
		p.held = p.held[:n-1]
	default:
		p.now = p.now.Add(time.Duration(op) * 100 * time.Millisecond)
	}
}

func (p *player) ask(t *testing.T) {
	before := p.b.Status(p.now)
	permit, ok := p.b.Allow(p.now)
	after := p.b.Status(p.now)
	require.Equal(t, !before.NextProbe.After(p.now) && (before.State == audit.Closed || !before.NextProbe.IsZero()), ok,
		"what the status says is what happens: %+v", before)
	require.LessOrEqual(t, after.Probing, p.b.settings.Probes)
	require.GreaterOrEqual(t, after.Probing, 0)
	if ok {
		require.NotEqual(t, audit.Open, after.State)
		require.Equal(t, after.State == audit.HalfOpen, permit.Probe)
		p.held = append(p.held, permit)
	}
}

// heal settles all that is under way, and lets nothing but quick successes
// follow: within the longest open time the breaker is closed.
func (p *player) heal(t *testing.T) {
	for _, permit := range p.held {
		permit.Done(p.now, Result{Outcome: Excluded})
	}
	p.now = p.now.Add(p.b.settings.MaxOpenFor)
	for range p.b.settings.Probes {
		permit, ok := p.b.Allow(p.now)
		require.True(t, ok, "%+v", p.b.Status(p.now))
		permit.Done(p.now, Result{Outcome: Success, Answered: true, Reason: audit.OK})
	}
	require.Equal(t, audit.Closed, p.b.Status(p.now).State)
	require.Equal(t, Whole, p.b.Share(p.now.Add(p.b.settings.Ramp)))
}

// BenchmarkAdmitDone is what a breaker costs an attempt.
func BenchmarkAdmitDone(b *testing.B) {
	now := t0
	breaker := New(settings())
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Millisecond)
		p, _ := breaker.Allow(now)
		p.Done(now, Result{Outcome: Success, Took: time.Second, Answered: true, Reason: audit.OK})
	}
}
