package router

import (
	"slices"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/internal/keyed"
)

// failback spares the targets that have just recovered: each takes its share of
// requests, by a draw of the request's own, and is put behind the others for
// the rest. So it still serves when nothing else can, and a target without an
// alternative gets all there is.
func (y *relay) failback(now time.Time) {
	y.spare(now, audit.Recovering, func(t *target) bool {
		share := t.breakers[y.endpoint].Share(now)
		return share < breaker.Whole && y.draw(t) >= share
	})
}

// spare puts the targets that are to be spared behind the others, in their order,
// and notes why.
func (y *relay) spare(now time.Time, why string, these func(*target) bool) {
	if len(y.targets) < 2 {
		return
	}
	var spared []*target
	for _, t := range y.targets {
		if these(t) {
			spared = append(spared, t)
			y.skip(t, now, why)
		}
	}
	if spared == nil {
		return
	}
	rest := make([]*target, 0, len(y.targets))
	for _, t := range y.targets {
		if !slices.Contains(spared, t) {
			rest = append(rest, t)
		}
	}
	y.targets = append(rest, spared...)
}

// draw is the request's lot for a target's share. It is the same for as long as
// the request lives, so a request that was let back stays so while the share
// grows.
func (y *relay) draw(t *target) int {
	h := keyed.Hash(y.r.seed, "failback", y.rec.RequestID, t.name, int(y.endpoint))
	return int(h >> 16 % breaker.Whole)
}
