package sim

import (
	"context"
	"errors"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/sim/record"
)

const (
	// judging is how long the drill's evaluator takes at least, and at most once
	// more: as long as a judging model does.
	judging = time.Second

	// misjudging is how far from the truth it is at most.
	misjudging = 0.15
)

// answerOf names an answer: the request's at a target, or its shadow's.
type answerOf struct {
	seq    uint32
	target int16
	shadow bool
}

var errNotScored = errors.New("sim: the world does not say how good the answer is")

// evaluator compares answers as somebody would who is right on average: the score
// is the target's true quality, with what a fault has left of it for this answer,
// and up to misjudging off by a keyed draw. Nil where no route has shadows.
func (c *cell) evaluator(col *collector) router.Evaluator {
	for _, r := range c.config.Routes {
		if r.Shadow == nil {
			continue
		}
		col.judged()
		return func(ctx context.Context, p *router.Pair) (served, shadow float64, err error) {
			return c.judge(ctx, col, p)
		}
	}
	return nil
}

// judge takes its time, finds two scores and keeps them.
func (c *cell) judge(ctx context.Context, col *collector, p *router.Pair) (served, shadow float64, err error) {
	seq, _, _ := requestOf(p.RequestID)
	x := record.Comparison{Seq: seq, Served: c.names.target(p.Served.Target), Shadow: c.names.target(p.Shadow.Target)}
	if !c.scored(x.Served) || !c.scored(x.Shadow) {
		return 0, 0, errNotScored
	}
	timer := time.NewTimer(judging + time.Duration(keyed.Hash(c.seed, "judge", p.RequestID, "", 0)%uint64(judging)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	x.At = time.Since(col.origin)
	x.ServedScore = c.score(col, answerOf{seq, x.Served, false}, p.RequestID)
	x.ShadowScore = c.score(col, answerOf{seq, x.Shadow, true}, p.RequestID)
	col.compared(x)
	return x.ServedScore, x.ShadowScore, nil
}

// scored reports a target whose quality the world states.
func (c *cell) scored(target int16) bool { return target >= 0 && c.names.targets[target].Quality > 0 }

// score is how good an answer seems.
func (c *cell) score(col *collector, a answerOf, id string) float64 {
	t := &c.names.targets[a.target]
	off := 2*keyed.Uniform(keyed.Hash(c.seed, "score", id, t.Name, 0)) - 1
	return min(max(t.Quality*col.left(a)+misjudging*off, 0), 1)
}

// judged makes the collector keep what is left of worse answers.
func (c *collector) judged() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.worse == nil {
		c.worse = map[answerOf]float64{}
	}
}

// left is what a fault has left of an answer's quality.
func (c *collector) left(a answerOf) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if q, ok := c.worse[a]; ok {
		return q
	}
	return 1
}

// compared keeps what was found.
func (c *collector) compared(x record.Comparison) {
	c.beats.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.sealed {
		c.comparisons.add(x)
	}
}
