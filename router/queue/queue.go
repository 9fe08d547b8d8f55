package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Settings is how a queue behaves. All of it is needed.
type Settings struct {
	Workers  int           // jobs that run at once, at most; at least 1
	MaxJobs  int           // jobs that are kept, results and dead ones included; at least 1
	MaxBytes int64         // of their bodies and results together
	MaxTries int           // of one job; at least 1
	Keep     time.Duration // how long results and dead jobs are kept; positive

	// Run runs a job, and returns how that ended. It is called from a goroutine of
	// its own, and must return soon after the context has ended.
	Run func(ctx context.Context, j *Job) Outcome
	// Ready reports whether there is capacity for one job more of a way, and if not,
	// when to ask again.
	Ready func(w Way, now time.Time) (ok bool, again time.Time)
	// Wait is how long a job waits after its nth failure, from 1, and its way after
	// any; with a jitter that is the caller's.
	Wait func(j *Job, nth int) time.Duration
	// Over is called once a job is done or dead, with a copy, after it has been
	// saved. It must be quick and not block. nil tells nobody.
	Over func(j Job)
}

// Outcome is how a run ended. Result is nil unless the job is done.
type Outcome struct {
	Result  *Result
	Reason  string // of a failure, in a word
	Untried bool   // it could not be tried: that is no try
	Stop    bool   // it will never work: no further try
}

// Queue is jobs on their way. Make it with [New]; it is safe for concurrent use.
type Queue struct {
	s     Settings
	store Store
	wake  chan struct{}

	mu     sync.Mutex
	jobs   map[string]*Job
	saving map[string]bool // by id: being accepted
	bytes  int64
	order  order
	paces  map[Way]*pace
	under  int    // jobs under way
	late   []*Job // found past their deadline, and not yet said to be dead
}

// pace is how fast the jobs of one way go.
type pace struct {
	limit, under int
	held         time.Time // nothing begins before
}

// The errors of Accept.
var (
	ErrBusy     = errors.New("queue: a job with this key is being accepted")
	ErrFull     = errors.New("queue: full")
	ErrConflict = errors.New("queue: this key was used with another body")
)

// New returns a queue of the jobs in a store. Those that were running when their
// process ended are queued again.
func New(ctx context.Context, s Settings, store Store) (*Queue, error) {
	q := &Queue{s: s, store: store, wake: make(chan struct{}, 1), jobs: map[string]*Job{}, saving: map[string]bool{}, paces: map[Way]*pace{}}
	var waiting []*Job
	err := store.Each(ctx, func(j *Job) error {
		if j.State == Running {
			j.State = Queued
		}
		q.jobs[j.ID] = j
		q.bytes += j.size()
		if !j.over() {
			waiting = append(waiting, j)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	sortByAge(waiting)
	for _, j := range waiting {
		q.order.add(j, false)
	}
	return q, nil
}

// Accept takes a job. It returns what the queue has under the job's ID: the job
// itself, or the one that was accepted before. ErrFull, ErrConflict, ErrBusy and
// what the store says are its errors; then it is not accepted.
func (q *Queue) Accept(ctx context.Context, j Job) (Job, error) {
	q.mu.Lock()
	if old := q.jobs[j.ID]; old != nil {
		defer q.mu.Unlock()
		if old.BodySum != j.BodySum || old.Owner != j.Owner {
			return Job{}, ErrConflict
		}
		if q.saving[j.ID] {
			return Job{}, ErrBusy
		}
		return *old, nil
	}
	if len(q.jobs) >= q.s.MaxJobs || q.bytes+j.size() > q.s.MaxBytes {
		q.mu.Unlock()
		return Job{}, ErrFull
	}
	q.jobs[j.ID], q.saving[j.ID] = &j, true // a second one with its key may come while it is being saved
	q.bytes += j.size()
	q.mu.Unlock()

	err := q.store.Save(ctx, &j)

	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.saving, j.ID)
	if err != nil {
		delete(q.jobs, j.ID)
		q.bytes -= j.size()
		return Job{}, fmt.Errorf("queue: %w", err)
	}
	q.order.add(&j, false)
	q.nudge()
	return j, nil
}

// Get returns a job of an owner; false when that has none with the ID.
func (q *Queue) Get(id, owner string) (Job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j := q.jobs[id]
	if j == nil || j.Owner != owner {
		return Job{}, false
	}
	return *j, true
}

// Cancelled is the reason of a job that its owner has taken back.
const Cancelled = "cancelled"

// Cancel ends a job of an owner that has not begun; one that has, or is over, stays
// as it is. It returns the job as it then is; false when the owner has none with the
// ID.
func (q *Queue) Cancel(ctx context.Context, id, owner string, now time.Time) (Job, bool, error) {
	q.mu.Lock()
	j := q.jobs[id]
	if j == nil || j.Owner != owner || q.saving[id] {
		q.mu.Unlock()
		return Job{}, false, nil
	}
	mine := q.order.remove(func(other *Job) bool { return other == j })
	q.mu.Unlock()
	if len(mine) > 0 {
		if err := q.end(ctx, j, Cancelled, now); err != nil {
			return Job{}, true, err
		}
	}
	return *q.copyOf(j), true, nil
}

// Counts is how many jobs are in each state.
type Counts struct {
	Queued, Running, Done, Dead int
	Bytes                       int64
}

// Counts counts the jobs.
func (q *Queue) Counts() Counts {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := Counts{Bytes: q.bytes}
	for _, j := range q.jobs {
		switch j.State {
		case Queued:
			c.Queued++
		case Running:
			c.Running++
		case Done:
			c.Done++
		default:
			c.Dead++
		}
	}
	return c
}

// nudge makes Serve look again.
func (q *Queue) nudge() {
	select {
	case q.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// sweepEvery is how often what has expired is looked for.
const sweepEvery = time.Minute

// Serve runs the jobs until the context ends, and then waits for those under way.
func (q *Queue) Serve(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	swept := time.Now()
	for {
		// Whatever woke it, it looks at everything.
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-timer.C:
		}
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		for j := q.next(now); j != nil; j = q.next(now) {
			workers.Go(func() { q.run(ctx, j) })
		}
		q.bury(ctx, now)
		if now.Sub(swept) >= sweepEvery {
			q.sweep(ctx, now)
			swept = now
		}
		timer.Reset(q.until(now, swept.Add(sweepEvery)).Sub(now))
	}
}

// next takes the next job that may begin; nil when none may.
func (q *Queue) next(now time.Time) *Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.order.due(now)
	for q.under < q.s.Workers {
		j := q.order.take(func(w Way) bool { return q.may(w, now) })
		switch {
		case j == nil:
			return nil
		case now.After(j.Deadline):
			q.late = append(q.late, j)
			continue
		}
		j.State = Running
		j.Tries++
		q.under++
		q.paces[j.way()].under++
		return j
	}
	return nil
}

// may reports whether a job of a way may begin.
func (q *Queue) may(w Way, now time.Time) bool {
	p := q.paces[w]
	if p == nil {
		p = &pace{limit: 1}
		q.paces[w] = p
	}
	if p.under >= p.limit || now.Before(p.held) {
		return false
	}
	ok, again := q.s.Ready(w, now)
	if !ok {
		p.limit, p.held = 1, again
	}
	return ok
}

// until is when there is something to do if nothing happens before.
func (q *Queue) until(now, at time.Time) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.order.later) > 0 && q.order.later[0].until.Before(at) {
		at = q.order.later[0].until
	}
	for _, p := range q.paces {
		if p.held.After(now) && p.held.Before(at) {
			at = p.held
		}
	}
	return at
}

// run runs a job to an end or to its next try. A panic of Run's is its failure.
func (q *Queue) run(ctx context.Context, j *Job) {
	var o Outcome
	defer func() {
		if p := recover(); p != nil {
			o = Outcome{Reason: "panic"}
		}
		q.ended(context.WithoutCancel(ctx), j, o)
	}()
	if err := q.store.Save(ctx, q.copyOf(j)); err != nil {
		o = Outcome{Reason: "store", Untried: true}
		return
	}
	o = q.s.Run(ctx, q.copyOf(j))
	if ctx.Err() != nil && o.Result == nil { // we were stopped, it has not failed
		o.Untried = true
	}
}

func (q *Queue) copyOf(j *Job) *Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := *j
	return &c
}

// ended books the end of a run. What is over is saved before anybody can see it;
// where that fails the job runs again.
func (q *Queue) ended(ctx context.Context, j *Job, o Outcome) {
	now := time.Now()
	c := q.copyOf(j)
	c.Reason = o.Reason
	if o.Untried {
		c.Tries--
	}
	switch {
	case o.Result != nil:
		c.State, c.Result, c.Body, c.Finished, c.Reason = Done, o.Result, nil, now, ""
	case !o.Untried && (o.Stop || c.Tries >= q.s.MaxTries):
		c.State, c.Body, c.Finished = Dead, nil, now
	default:
		c.State = Queued
	}
	if o.Untried && !c.over() {
		_ = q.store.Save(ctx, c) // lest it count for a try after a restart; that is all that is lost
	}
	if c.over() && q.store.Save(ctx, c) != nil {
		*c = *q.copyOf(j)
		c.State, c.Reason, o = Queued, "store", Outcome{Untried: true}
	}
	wait := q.s.Wait(c, max(c.Tries, 1))

	q.mu.Lock()
	q.bytes += c.size() - j.size()
	*j = *c
	p := q.paces[j.way()]
	q.under--
	p.under--
	if j.over() {
		p.limit = min(p.limit+1, q.s.Workers)
	} else {
		p.limit, p.held = max(p.limit/2, 1), now.Add(wait)
		if o.Untried {
			q.order.add(j, true)
		} else {
			q.order.addLater(j, now.Add(wait))
		}
	}
	q.nudge()
	q.mu.Unlock()
	if c.over() && q.s.Over != nil {
		q.s.Over(*c)
	}
}

// Expired is the reason of a job whose deadline passed before it could begin.
const Expired = "deadline"

// sweep finds the jobs that have waited too long, and forgets those that have been
// kept long enough.
func (q *Queue) sweep(ctx context.Context, now time.Time) {
	q.mu.Lock()
	q.late = append(q.late, q.order.remove(func(j *Job) bool { return now.After(j.Deadline) })...)
	var old []*Job
	for _, j := range q.jobs {
		if j.over() && now.Sub(j.Finished) > q.s.Keep {
			old = append(old, j)
		}
	}
	q.mu.Unlock()
	q.bury(ctx, now)
	for _, j := range old {
		if q.store.Delete(ctx, j.ID) == nil {
			q.mu.Lock()
			delete(q.jobs, j.ID)
			q.bytes -= j.size()
			q.mu.Unlock()
		}
	}
}

// bury ends the jobs found past their deadline.
func (q *Queue) bury(ctx context.Context, now time.Time) {
	q.mu.Lock()
	late := q.late
	q.late = nil
	q.mu.Unlock()
	for _, j := range late {
		_ = q.end(ctx, j, Expired, now) // else it is found again
	}
}

// end makes a job dead that is in no order any more. Where the store does not take
// it, the job goes back there for a while.
func (q *Queue) end(ctx context.Context, j *Job, reason string, now time.Time) error {
	c := q.copyOf(j)
	c.State, c.Reason, c.Body, c.Finished = Dead, reason, nil, now
	if err := q.store.Save(ctx, c); err != nil {
		q.mu.Lock()
		q.order.addLater(j, now.Add(sweepEvery))
		q.mu.Unlock()
		return fmt.Errorf("queue: %w", err)
	}
	q.mu.Lock()
	q.bytes += c.size() - j.size()
	*j = *c
	q.mu.Unlock()
	if q.s.Over != nil {
		q.s.Over(*c)
	}
	return nil
}
