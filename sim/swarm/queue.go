package swarm

import "time"

// jobs is the queue of a policy.
func jobs(d *draw) flow {
	q := flow{}
	q.add("workers", d.count(1, 50))
	if d.chance(0.3) {
		q.add("max_jobs", d.count(1, 10_000))
	}
	if d.chance(0.3) {
		q.add("max_bytes", d.count(64<<10, 64<<20))
	}
	if d.chance(0.5) {
		q.add("max_tries", d.count(1, 10))
	}
	if d.chance(0.4) {
		q.add("deadline", d.time(time.Second, time.Hour))
	}
	if d.chance(0.4) {
		q.add("keep", d.time(5*time.Minute, time.Hour))
	}
	return q
}
