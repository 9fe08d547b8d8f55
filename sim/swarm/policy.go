package swarm

import (
	"strconv"
	"time"
)

// drawPolicy writes a policy over a built-in one. Bounds that belong together
// are drawn together, since each must stay on its side of the other.
func (w *world) drawPolicy(d *draw, builtins []string) []string {
	lines := []string{"- name: swarm", "  from: " + pick(d, builtins...)}
	r := limits(d)
	if d.chance(0.5) {
		if d.chance(0.3) {
			r.add("retry_budget", rounded(d.spread(0.001, 10)))
		} else {
			budget := flow{}
			budget.add("ratio", rounded(2*d.uniform()))
			budget.add("floor", pick(d, 0, 0, 1, 5, d.count(1, 1000)))
			r.add("retry_budget", budget)
		}
	}
	if d.chance(0.5) {
		cooldown := flow{}
		most := d.time(time.Millisecond, 2*time.Minute)
		cooldown.add("default", pick(d, 0, most, min(most, d.time(time.Millisecond, 10*time.Second))))
		cooldown.add("max", most)
		if d.chance(0.5) {
			cooldown.add("payment", zeroOr(d, time.Millisecond, 10*time.Minute))
		}
		r.add("cooldown", cooldown)
	}
	if d.chance(0.7) {
		r.add("breaker", breaker(d))
	}
	if d.chance(0.5) {
		r.add("failback", flow{"ramp: " + text(zeroOr(d, time.Millisecond, 2*time.Minute))})
	}
	if d.chance(0.3) {
		r.add("bulkhead", bulkhead(d))
	}
	lines = append(lines, "  resilience: "+r.String())
	if d.chance(0.3) {
		keys := flow{}
		keys.add("ttl", zeroOr(d, time.Second, time.Hour))
		keys.add("entries", d.count(1, 10_000))
		keys.add("max_bytes", d.count(8<<10, 64<<20))
		lines = append(lines, "  idempotency: "+keys.String())
	}
	if h := d.of("health"); h.chance(0.3) {
		probes := flow{}
		probes.add("every", pick(h, 0, h.time(time.Second, 2*time.Minute)))
		probes.add("budget", max(rounded(h.spread(0.0001, 10)), 0.001))
		alerts := flow{}
		alerts.add("objective", pick(h, 0, 0.95, 0.999))
		alerts.add("p95", zeroOr(h, 100*time.Millisecond, 10*time.Second))
		alerts.add("window", h.time(time.Minute, 10*time.Minute))
		for _, key := range []string{"raise", "clear", "hold"} {
			alerts.add(key, zeroOr(h, time.Second, time.Minute))
		}
		lines = append(lines, "  health: {probes: "+probes.String()+", alerts: "+alerts.String()+"}")
	}
	if c := d.of("cache"); c.chance(0.3) {
		lines = append(lines, "  cache: "+answerCache(c).String())
	}
	if q := d.of("queue"); q.chance(0.4) {
		lines = append(lines, "  queue: "+jobs(q).String())
	}
	lines = append(lines, w.strategy(d.of("strategy"))...)
	lines = append(lines, w.tenants(d.of("tenants"))...)
	lines = append(lines, w.budgets(d.of("budgets"))...)
	if d.chance(0.2) {
		lines = append(lines, "  routes:")
		residency := d.of("residency")
		for _, route := range w.routes {
			own := flow{"targets: [" + quoted(route.targets) + "]"}
			if regions := w.regions(residency, route.targets); regions != nil && residency.chance(0.5) {
				own.add("residency", regions)
			} else if s := d.of("shadow " + route.name); s.chance(0.5) {
				shadow := flow{}
				shadow.add("target", strconv.Quote(pick(s, pick(s, w.routes...).targets...)))
				shadow.add("share", pick(s, 1, max(rounded(s.uniform()), 0.001)))
				shadow.add("budget", rounded(s.spread(0.001, 1000)))
				own.add("shadow", shadow)
			}
			if d.chance(0.7) {
				own.add("resilience", limits(d))
			}
			lines = append(lines, "    "+route.name+": "+own.String())
		}
	}
	if d.chance(0.1) {
		lines = append(lines, w.beliefs(d)...)
	}
	return lines
}

// limits are the keys that a route may have of its own too.
func limits(d *draw) flow {
	l := flow{}
	for _, t := range []struct {
		key       string
		low, high time.Duration
	}{
		{"total_timeout", 500 * time.Millisecond, 5 * time.Minute},
		{"connect_timeout", time.Millisecond, 10 * time.Second},
		{"attempt_timeout", 200 * time.Millisecond, 2 * time.Minute},
		{"ttft_timeout", 100 * time.Millisecond, 30 * time.Second},
		{"idle_timeout", 50 * time.Millisecond, 20 * time.Second},
	} {
		if d.chance(0.5) {
			l.add(t.key, d.time(t.low, t.high))
		}
	}
	if d.chance(0.6) {
		l.add("max_attempts", d.count(1, 12))
	}
	if d.chance(0.5) {
		most := d.time(time.Microsecond, 10*time.Second)
		backoff := flow{}
		backoff.add("base", min(most, d.time(time.Microsecond, time.Second)))
		backoff.add("max", most)
		l.add("backoff", backoff)
	}
	for _, t := range []struct {
		key  string
		high time.Duration
	}{
		{"quick_retry", 5 * time.Second}, {"max_wait", time.Minute}, {"reserve", 30 * time.Second},
	} {
		if d.chance(0.5) {
			l.add(t.key, zeroOr(d, time.Millisecond, t.high))
		}
	}
	if d.chance(0.5) {
		l.add("last_resort", d.chance(0.5))
	}
	if d.chance(0.5) {
		l.add("stream", streaming(d))
	}
	if d.chance(0.4) {
		l.add("hedge", hedge(d))
	}
	return l
}

func hedge(d *draw) flow {
	h := flow{}
	if d.chance(0.4) {
		h.add("after", "p"+strconv.Itoa(d.count(50, 99)))
	} else {
		h.add("after", zeroOr(d, time.Millisecond, 10*time.Second))
	}
	return h
}

func streaming(d *draw) flow {
	s := flow{}
	s.add("commit", pick(d, "first_token", "complete", "complete", strconv.Itoa(d.count(1, 500))))
	if d.chance(0.4) {
		s.add("min_tokens_per_second", rounded(d.spread(0.1, 100)))
		s.add("window", d.time(50*time.Millisecond, 20*time.Second))
	}
	return s
}

func breaker(d *draw) flow {
	b := flow{}
	b.add("window", d.time(10*time.Millisecond, 2*time.Minute))
	b.add("min_samples", d.count(1, 100))
	b.add("failure_rate", max(rounded(d.uniform()), 0.001))
	most := d.time(time.Millisecond, 5*time.Minute)
	b.add("open_for", min(most, d.time(time.Millisecond, 30*time.Second)))
	b.add("max_open_for", most)
	b.add("probes", d.count(1, 20))
	if d.chance(0.4) {
		b.add("slow_call", zeroOr(d, 50*time.Millisecond, 30*time.Second))
		b.add("slow_rate", max(rounded(d.uniform()), 0.001))
	}
	return b
}

func bulkhead(d *draw) flow {
	b := flow{}
	b.add("max_concurrent", pick(d, 0, d.count(1, 100)))
	return b
}

// zeroOr is a duration from low to high, and zero one time in five.
func zeroOr(d *draw, low, high time.Duration) time.Duration {
	if d.chance(0.2) {
		return 0
	}
	return d.time(low, high)
}

// beliefs are prices and capabilities of the router's own, which may be wrong.
func (w *world) beliefs(d *draw) []string {
	p, m := w.find(pick(d, w.targets(false)...))
	own := flow{}
	own.add("price", flow{"input: " + text(rounded(d.spread(0.01, 10))), "output: " + text(rounded(d.spread(0.01, 10)))})
	if d.chance(0.5) {
		own.add("quality", rounded(d.uniform()))
		own.add("task_quality", flow{"task-1: " + text(rounded(d.uniform()))})
	}
	if d.chance(0.5) {
		own.add("capabilities", some(d, []string{"tools", "vision", "json_schema", "prefill"}))
	}
	if d.chance(0.5) {
		own.add("bulkhead", bulkhead(d))
	}
	if f := d.of("family"); f.chance(0.5) {
		own.add("family", pick(f, "one", "another"))
	}
	return []string{"  providers:", "    " + p.name + ": {bulkhead: " + bulkhead(d).String() + ", models: {" + quoted([]string{m.name}) + ": " + own.String() + "}}"}
}
