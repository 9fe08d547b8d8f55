package swarm

import "time"

// answerCache is the cache of a policy, with times short enough for answers to grow old
// within a run.
func answerCache(d *draw) flow {
	c := flow{}
	if d.chance(0.5) {
		c.add("ttl", d.time(time.Second, 10*time.Minute))
	} else {
		ttls := flow{}
		for _, task := range some(d, []string{`"*"`, "task-1", "task-2", "task-3"}) {
			ttls.add(task, d.time(time.Second, 10*time.Minute))
		}
		c.add("ttl", ttls)
	}
	if d.chance(0.6) {
		c.add("stale_if_error", zeroOr(d, time.Second, time.Hour))
	}
	if d.chance(0.3) {
		c.add("entries", d.count(1, 1000))
	}
	if d.chance(0.3) {
		c.add("max_bytes", d.count(8<<10, 64<<20))
	}
	if d.chance(0.1) {
		c.add("version", "v2")
	}
	return c
}
