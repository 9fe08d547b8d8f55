package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/routedrill/routedrill/sim/record"
)

const (
	// bucketLength is the grain in which failback is looked for.
	bucketLength = time.Minute
	// window is the time over which availability counts as regained.
	window = time.Minute
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

// faultTimes measures the reaction to every fault. One that hit nothing here
// called for none: it was avoided if it hit another cell.
func (j *joined) faultTimes(fired *[maxFaults]bool) []FaultTimes {
	list := make([]FaultTimes, 0, len(j.run.Faults))
	for i := range j.run.Faults[:min(len(j.run.Faults), maxFaults)] {
		fault := &j.run.Faults[i]
		times := FaultTimes{ID: fault.ID, Hits: j.hits[i].n}
		if j.cell.Outside {
			times.NotVisible = unseen(fault)
		}
		if times.Hits > 0 || j.cell.Outside && fault.Kind == refuse {
			j.detect(fault, j.hits[i].first, &times)
			j.failover(fault, &times)
			j.failback(fault, &times)
		} else {
			times.Avoided = fired[i]
		}
		list = append(list, times)
	}
	return list
}

// detect finds the first reaction of the router to the fault, after its first
// hit and while it lasted: a breaker of one of its targets opened, or an
// attempt was made that served a relay after another target, one of the
// fault's, had failed it.
func (j *joined) detect(fault *record.Fault, hit record.Offset, times *FaultTimes) {
	if j.cell.Outside {
		return
	}
	first := record.Never
	react := func(at record.Offset) {
		if at >= hit && at < fault.End && (first == record.Never || at < first) {
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
	times.DetectNever = true
}

// failover finds the instant from which every minute that lies within the
// fault keeps availability at its level before the first fault. Minutes start
// at requests, so the answer is as fine as the load. A fault shorter than a
// minute is one window.
func (j *joined) failover(fault *record.Fault, times *FaultTimes) {
	base, ok := j.before(answered)
	if !ok {
		return
	}
	end := min(fault.End, j.end())
	first := j.from(fault.Start)
	lastStart := max(fault.Start, end-window)
	var b bucket
	next := first // the first request after the window
	good := record.Never
	measured := false
	n := len(j.load())
	for i := first; i < n && j.cell.Requests[i].Scheduled < end; i++ {
		at := j.cell.Requests[i].Scheduled
		if measured && at > lastStart {
			break // what would follow is no whole minute
		}
		for next < n && j.cell.Requests[next].Scheduled < min(at+window, end) {
			b.add(answered(&j.rows[next]))
			next++
		}
		if share, ok := b.level(); ok {
			measured = true
			switch {
			case share < regained*base:
				good = record.Never
			case good == record.Never:
				good = at
			}
		}
		b.remove(answered(&j.rows[i]))
	}
	switch {
	case !measured:
	case good == record.Never:
		times.FailoverNever = true
	case good == j.cell.Requests[first].Scheduled:
		times.Failover = seconds(0) // it was never lost
	default:
		times.Failover = seconds(good - fault.Start)
	}
}

func answered(r *row) (hit, counts bool) { return r.answered, r.counted }

// from is the index of the first request scheduled at t or later.
func (j *joined) from(t record.Offset) int {
	i, _ := slices.BinarySearchFunc(j.load(), t, func(r record.Request, t record.Offset) int {
		return cmp.Compare(r.Scheduled, t)
	})
	return i
}

// failback finds the start of the first minute after the fault in which its
// targets serve as large a share as before the first fault.
func (j *joined) failback(fault *record.Fault, times *FaultTimes) {
	mine := func(r *row) (hit, counts bool) {
		return slices.Contains(fault.Targets, r.target), r.answered && r.counted && r.target != record.None
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
	if load := j.load(); len(load) > 0 {
		end = max(end, load[len(load)-1].Scheduled+1)
	}
	return end
}

func (b *bucket) add(hit, counts bool) { b.count(hit, counts, 1) }

func (b *bucket) remove(hit, counts bool) { b.count(hit, counts, -1) }

func (b *bucket) count(hit, counts bool, n int) {
	if counts {
		b.total += n
		if hit {
			b.hits += n
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
