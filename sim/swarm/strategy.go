package swarm

import (
	"fmt"
	"time"

	"github.com/routedrill/routedrill/router/policy"
)

// strategy draws what a policy goes by, whether its strategy asks for it or not.
func (w *world) strategy(d *draw) []string {
	if !d.chance(0.6) {
		return nil
	}
	p := flow{}
	if d.chance(0.8) {
		p.add("strategy", pick(d, policy.Names()...))
	}
	if d.chance(0.4) {
		p.add("weights", weights(d))
	}
	if d.chance(0.4) {
		split := flow{}
		for _, t := range some(d, w.targets(false)) {
			split.add(fmt.Sprintf("%q", t), rounded(d.spread(0.1, 100)))
		}
		p.add("split", split)
	}
	if d.chance(0.4) {
		p.add("sticky", pick(d, policy.StickyUser, policy.StickyTenant))
	}
	if d.chance(0.3) {
		p.add("prior", zeroOr(d, time.Millisecond, 30*time.Second))
	}
	if d.chance(0.5) {
		p.add("explore", pick(d, 0, rounded(d.uniform()/2)))
	}
	if d.chance(0.3) {
		p.add("rtt", flow{"eu-west: " + flow{"us-east: " + text(d.time(time.Millisecond, time.Second))}.String()})
	}
	if d.chance(0.1) {
		p.add("ceiling_per_1k_tokens", rounded(d.spread(0.0001, 0.1)))
	}
	if d.chance(0.3) {
		p.add("latency_ceiling", zeroOr(d, 10*time.Millisecond, 30*time.Second))
	}
	if d.chance(0.3) {
		p.add("off_peak", []string{`"22:00-06:00"`, `"00:00-00:05"`})
	}
	if d.chance(0.2) {
		p.add("comparisons", flow{"half_life: " + text(d.time(time.Second, time.Hour)), "min_samples: " + text(d.count(1, 100))})
	}
	return []string{"  policy: " + p.String()}
}

// weights are of some aspects, at least one.
func weights(d *draw) flow {
	out := flow{}
	for _, aspect := range some(d, []string{"latency", "cost", "quality", "health"}) {
		out.add(aspect, rounded(d.spread(0.01, 10)))
	}
	return out
}
