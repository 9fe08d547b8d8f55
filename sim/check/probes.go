package check

// checkProbeBounds is the part of [BoundsHold] about active probes: those of a
// replica together cost no more in an hour than Limits.ProbesHourMicroUSD. They hold nothing of
// anybody's, so they may go anywhere.
func (l *Logs) checkProbeBounds(r *Result) {
	r.Checked += len(l.probes.list)
	l.checkSpending(r, l.probes, func(int16) (int16, int64) { return 0, l.cell.Limits.ProbesHourMicroUSD })
}

// probeArrivals are the active probes that arrived, for [BreakerHolds]: they ask
// the breaker like any attempt. One that the audit knows nothing of is judged by
// its own instant and endpoint.
func (l *Logs) probeArrivals() (list []arrival) {
	for j := range l.probes.journal {
		e := &l.probes.journal[j]
		a := arrival{seq: e.Seq, key: breakerKey{0, e.Target, e.Endpoint}, admitted: e.Arrived, end: e.Ended}
		if i := l.probes.of[j]; i != missing {
			s := &l.probes.list[i]
			a.key.replica, a.key.endpoint, a.admitted, a.end, a.probe = s.Replica, s.Endpoint, s.Start, s.End, s.HalfOpen
		}
		list = append(list, a)
	}
	return list
}
