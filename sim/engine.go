package sim

import (
	"fmt"
	"net/http"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/incident"
)

// engine makes the router under test out of its config, what carries its
// requests, the seed of its draws, where its audit goes and who compares answers.
// Tests put a mutant in its place, to see that the checkers notice.
type engine func(router.Config, http.RoundTripper, uint64, audit.Sink, router.Evaluator) (http.Handler, error)

// realEngine is the one that ships.
func realEngine(c router.Config, t http.RoundTripper, seed uint64, s audit.Sink, e router.Evaluator) (http.Handler, error) {
	alerts, _ := s.(audit.AlertSink)
	return router.New(c, router.WithTransport(t), router.WithSeed(seed), router.WithAudit(s), router.WithEvaluator(e), router.WithAlerts(alerts))
}

// finish ends what a router does beside its requests, once there are none.
func finish(engine http.Handler) {
	if r, ok := engine.(interface{ Close() }); ok {
		r.Close()
	}
}

// gateway is the cell's router, or a balancer before its replicas; config has
// the base URLs of the clock.
func (c *cell) gateway(config router.Config, t http.RoundTripper, col *collector) (http.Handler, error) {
	make := c.engine
	if make == nil {
		make = realEngine
	}
	var all balancer
	for i := range c.scenario.Replicas {
		tracker, err := incident.New(c.policy.incidents(&config))
		if err != nil {
			return nil, fmt.Errorf("sim: policy %s: %w", c.policy.Name, err)
		}
		col.trackers = append(col.trackers, tracker)
		h, err := make(config, t, replicaSeed(c.seed, i), replicaSink{col, uint8(i), tracker}, c.evaluator(col))
		if err != nil {
			all.Close()
			return nil, fmt.Errorf("sim: policy %s: %w", c.policy.Name, err)
		}
		all = append(all, h)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}
