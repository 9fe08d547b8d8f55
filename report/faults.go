package report

import (
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

const (
	// bucketLength is the grain in which failover and failback are looked for.
	bucketLength = time.Minute
	// regained is the share of the level before at which availability counts
	// as regained.
	regained = 0.99
	// returned is the share of the level before at which a target's traffic
	// counts as returned.
	returned = 0.90
	// maxBuckets bounds the memory a fault without a sensible end can take.
	maxBuckets = 1 << 20
)

// bucket counts the requests scheduled in one minute.
type bucket struct{ hits, total int }

// level is the share over several buckets, or false when nothing was counted.
func (b bucket) level() (float64, bool) {
	if b.total == 0 {
		return 0, false
	}
	return float64(b.hits) / float64(b.total), true
}

// faultTimes measures the reaction to every fault.
func (j *joined) faultTimes() []FaultTimes {
	list := make([]FaultTimes, 0, len(j.run.Faults))
	for i := range j.run.Faults[:min(len(j.run.Faults), maxFaults)] {
		fault := &j.run.Faults[i]
		times := FaultTimes{ID: fault.ID, Hits: j.hits[i]}
		j.detect(fault, &times)
		j.failover(fault, &times)
		j.failback(fault, &times)
		list = append(list, times)
	}
	return list
}

// detect finds the first reaction of the router while the fault lasted: a
// breaker of one of its targets opened, or an attempt was made that served a
// relay after another target, one of the fault's, had failed it.
func (j *joined) detect(fault *record.Fault, times *FaultTimes) {
	first := record.Never
	react := func(at record.Offset) {
		if at >= fault.Start && at < fault.End && (first == record.Never || at < first) {
			first = at
		}
	}
	for _, t := range j.cell.Transitions {
		if t.To == record.Open && slices.Contains(fault.Targets, t.Target) {
			react(t.At)
		}
	}
	failed := record.None // target of the fault that failed the relay under way
	for i := range j.cell.Attempts {
		attempt := &j.cell.Attempts[i]
		if i == 0 || attempt.Seq != j.cell.Attempts[i-1].Seq || attempt.Try != j.cell.Attempts[i-1].Try {
			failed = record.None
		}
		switch {
		case attempt.Served && failed != record.None && failed != attempt.Target:
			react(attempt.Start)
		case !attempt.Served && slices.Contains(fault.Targets, attempt.Target) && attempt.End >= fault.Start:
			failed = attempt.Target
		}
	}
	if first != record.Never {
		times.Detect = seconds(first - fault.Start)
		return
	}
	times.DetectNever = times.Hits > 0
}

// failover finds the end of the last minute of the fault in which
// availability was below its level before the first fault.
func (j *joined) failover(fault *record.Fault, times *FaultTimes) {
	base, ok := j.before(func(r *row) (hit, counts bool) { return r.answered, r.counted })
	if !ok {
		return
	}
	buckets := j.buckets(fault.Start, fault.End, func(r *row) (hit, counts bool) { return r.answered, r.counted })
	last, bad := -1, -1 // the last bucket with requests, and the last one below
	for i, b := range buckets {
		share, ok := b.level()
		if !ok {
			continue
		}
		last = i
		if share < regained*base {
			bad = i
		}
	}
	switch {
	case last < 0:
	case bad == last:
		times.FailoverNever = true
	default:
		times.Failover = seconds(time.Duration(bad+1) * bucketLength)
	}
}

// failback finds the start of the first minute after the fault in which its
// targets serve as large a share as before the first fault.
func (j *joined) failback(fault *record.Fault, times *FaultTimes) {
	mine := func(r *row) (hit, counts bool) {
		return slices.Contains(fault.Targets, r.target), r.answered && r.target != record.None
	}
	base, ok := j.before(mine)
	if !ok || base == 0 {
		return
	}
	served := false
	for i, b := range j.buckets(fault.End, j.end(), mine) {
		share, ok := b.level()
		if !ok {
			continue
		}
		served = true
		if share >= returned*base {
			times.Failback = seconds(time.Duration(i) * bucketLength)
			return
		}
	}
	times.FailbackNever = served
}

// before counts over the phase before the first fault.
func (j *joined) before(count func(*row) (hit, counts bool)) (float64, bool) {
	var b bucket
	for i := range j.rows {
		if j.rows[i].quiet == inBefore {
			b.add(count(&j.rows[i]))
		}
	}
	return b.level()
}

// buckets counts over each minute of [from, to), the last of which may be cut
// short.
func (j *joined) buckets(from, to record.Offset, count func(*row) (hit, counts bool)) []bucket {
	to = min(to, j.end())
	if to <= from {
		return nil
	}
	buckets := make([]bucket, min(int((to-from+bucketLength-1)/bucketLength), maxBuckets))
	for i := range j.rows {
		at := j.cell.Requests[i].Scheduled
		if at < from || at >= to {
			continue
		}
		if n := int((at - from) / bucketLength); n < len(buckets) {
			buckets[n].add(count(&j.rows[i]))
		}
	}
	return buckets
}

// end is the end of the scenario, or of the load where that is later.
func (j *joined) end() record.Offset {
	end := j.run.Duration
	if n := len(j.cell.Requests); n > 0 {
		end = max(end, j.cell.Requests[n-1].Scheduled+1)
	}
	return end
}

func (b *bucket) add(hit, counts bool) {
	if counts {
		b.total++
		if hit {
			b.hits++
		}
	}
}

func seconds(d time.Duration) *Seconds {
	s := Seconds(d)
	return &s
}

// worst returns the longest of the times of all faults, nil when none was
// measured; never is true when one of them did not come.
func worst(times []FaultTimes, pick func(*FaultTimes) (at *Seconds, never bool)) (at *Seconds, never bool, n int) {
	for i := range times {
		one, not := pick(&times[i])
		if one != nil || not {
			n++
		}
		never = never || not
		if one != nil && (at == nil || *one > *at) {
			at = one
		}
	}
	if never {
		return nil, true, n
	}
	return at, false, n
}

func pickDetect(t *FaultTimes) (*Seconds, bool)   { return t.Detect, t.DetectNever }
func pickFailover(t *FaultTimes) (*Seconds, bool) { return t.Failover, t.FailoverNever }
func pickFailback(t *FaultTimes) (*Seconds, bool) { return t.Failback, t.FailbackNever }
