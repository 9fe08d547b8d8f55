package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/queue"
	"github.com/routedrill/routedrill/router/queue/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) queue.Store { return &queue.Memory{} }, nil)
}

// bench is a queue whose jobs take a second each.
type bench struct {
	t        *testing.T
	settings queue.Settings
	store    queue.Store
	*queue.Queue

	mu     sync.Mutex
	begun  []string // ids, in order
	under  int
	most   int // under way at once
	over   []queue.Job
	run    func(j *queue.Job) queue.Outcome
	closed time.Time // before it there is no capacity
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, store: &queue.Memory{}, run: func(*queue.Job) queue.Outcome {
		return queue.Outcome{Result: &queue.Result{Status: 200, Body: []byte(`{}`)}}
	}}
	b.settings = queue.Settings{
		Workers: 4, MaxJobs: 1000, MaxBytes: 1 << 20, MaxTries: 3, Keep: time.Hour,
		Run: func(ctx context.Context, j *queue.Job) queue.Outcome {
			b.mu.Lock()
			b.begun = append(b.begun, j.ID)
			b.under++
			b.most = max(b.most, b.under)
			nth := len(b.begun)
			b.mu.Unlock()
			defer func() {
				b.mu.Lock()
				b.under--
				b.mu.Unlock()
			}()
			select {
			case <-ctx.Done():
				return queue.Outcome{Reason: "stopped"}
			case <-time.After(time.Second + time.Duration(nth)):
			}
			return locked(b, &b.run)(j)
		},
		Ready: func(_ queue.Way, now time.Time) (bool, time.Time) { return !now.Before(b.closed), b.closed },
		Wait:  func(_ *queue.Job, nth int) time.Duration { return time.Duration(nth) * 10 * time.Second },
		Over: func(j queue.Job) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.over = append(b.over, j)
		},
	}
	return b
}

func (b *bench) ids() []string      { return locked(b, &b.begun) }
func (b *bench) ended() []queue.Job { return locked(b, &b.over) }
func (b *bench) peak() int          { return locked(b, &b.most) }

func locked[T any](b *bench, value *T) T {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *value
}

// start begins to serve; the queue ends with the test, or when stop is called.
func (b *bench) start() (stop func()) {
	var err error
	b.Queue, err = queue.New(b.t.Context(), b.settings, b.store)
	require.NoError(b.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { b.Serve(ctx); close(done) }()
	stop = func() { cancel(); <-done }
	b.t.Cleanup(stop)
	return stop
}

func job(id string, change ...func(*queue.Job)) queue.Job {
	j := queue.Job{ID: id, Owner: "me", Route: "smart", Endpoint: "chat", Body: []byte(id), BodySum: id, Accepted: time.Now(), Deadline: time.Now().Add(24 * time.Hour)}
	for _, f := range change {
		f(&j)
	}
	return j
}

func tenant(name string) func(*queue.Job)        { return func(j *queue.Job) { j.Tenant = name } }
func priority(p queue.Priority) func(*queue.Job) { return func(j *queue.Job) { j.Priority = p } }

func (b *bench) accept(jobs ...queue.Job) {
	b.t.Helper()
	for _, j := range jobs {
		_, err := b.Accept(b.t.Context(), j)
		require.NoError(b.t, err)
	}
}

func bubble(t *testing.T, f func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newBench(t)) })
}

func TestAJobIsDone(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.start()
		b.accept(job("a"))
		time.Sleep(time.Minute)
		j, ok := b.Get("a", "me")
		require.True(t, ok)
		require.Equal(t, queue.Done, j.State)
		require.Equal(t, 1, j.Tries)
		require.Empty(t, j.Body)
		require.Equal(t, &queue.Result{Status: 200, Body: []byte(`{}`)}, j.Result)
		require.Equal(t, []queue.Job{j}, b.ended())
		_, ok = b.Get("a", "somebody else")
		require.False(t, ok)
	})
}

// The first job comes alone; with each that is done one more runs at once.
func TestPace(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.start()
		for i := range 30 {
			b.accept(job(fmt.Sprint(i)))
		}
		for _, want := range []int{1, 3, 7, 11, 15} { // one, two, and then four workers
			time.Sleep(time.Second + time.Millisecond)
			require.Equal(t, want, b.Counts().Done, "after a second more")
		}
		require.Equal(t, 4, b.peak())
		b.mu.Lock()
		b.run = func(*queue.Job) queue.Outcome { return queue.Outcome{Reason: "server_error"} }
		b.mu.Unlock()
		time.Sleep(time.Second + time.Millisecond)
		began := len(b.ids())
		time.Sleep(9 * time.Second)
		require.Equal(t, began, len(b.ids()), "after a failure the way is held")
	})
}

func TestOrder(t *testing.T) {
	for _, row := range []struct {
		name string
		jobs []queue.Job
		want string
	}{
		{"first come, first served", []queue.Job{job("a"), job("b"), job("c")}, "a b c"},
		{"priorities first", []queue.Job{job("a", priority(queue.Low)), job("b"), job("c", priority(queue.High))}, "c b a"},
		{
			"tenants take turns", []queue.Job{
				job("a1", tenant("a")), job("a2", tenant("a")), job("a3", tenant("a")), job("b1", tenant("b")), job("c1", tenant("c")), job("b2", tenant("b")),
			}, "a1 b1 c1 a2 b2 a3",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bench) {
				b.settings.Workers = 1
				b.closed = time.Now().Add(time.Minute)
				b.start()
				for _, j := range row.jobs {
					j.Accepted, j.Deadline = time.Now(), time.Now().Add(time.Hour)
					b.accept(j)
				}
				time.Sleep(50 * time.Second)
				require.Empty(t, b.ids(), "there is no capacity")
				time.Sleep(time.Minute)
				require.Equal(t, row.want, strings.Join(b.ids(), " "))
			})
		})
	}
}

func TestAWayThatIsHeldHoldsNoOther(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		ready := b.settings.Ready
		b.settings.Ready = func(w queue.Way, now time.Time) (bool, time.Time) {
			if w.Route == "dead" {
				return false, now.Add(5 * time.Second)
			}
			return ready(w, now)
		}
		b.start()
		b.accept(job("a", func(j *queue.Job) { j.Route = "dead" }), job("b"))
		time.Sleep(3 * time.Second)
		require.Equal(t, []string{"b"}, b.ids())
	})
}

func TestFailures(t *testing.T) {
	for _, row := range []struct {
		name    string
		outcome func(n int) queue.Outcome // of the nth run, from 1
		state   queue.State
		runs    int
		tries   int
		reason  string
	}{
		{"it works the second time", func(n int) queue.Outcome {
			if n == 1 {
				return queue.Outcome{Reason: "server_error"}
			}
			return queue.Outcome{Result: &queue.Result{Status: 200}}
		}, queue.Done, 2, 2, ""},
		{"it never works", func(int) queue.Outcome { return queue.Outcome{Reason: "server_error"} }, queue.Dead, 3, 3, "server_error"},
		{"it is wrong in itself", func(int) queue.Outcome { return queue.Outcome{Reason: "bad_request", Stop: true} }, queue.Dead, 1, 1, "bad_request"},
		{"nothing could be tried", func(n int) queue.Outcome {
			if n < 6 {
				return queue.Outcome{Reason: "no_target", Untried: true}
			}
			return queue.Outcome{Result: &queue.Result{Status: 200}}
		}, queue.Done, 6, 1, ""},
		{"it panics", func(int) queue.Outcome { panic("oh") }, queue.Dead, 3, 3, "panic"},
	} {
		t.Run(row.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bench) {
				n := 0
				b.run = func(*queue.Job) queue.Outcome { n++; return row.outcome(n) }
				b.start()
				b.accept(job("a"))
				time.Sleep(10 * time.Minute)
				j, _ := b.Get("a", "me")
				require.Equal(t, row.state, j.State)
				require.Equal(t, row.runs, n)
				require.Equal(t, row.tries, j.Tries)
				require.Equal(t, row.reason, j.Reason)
				require.Len(t, b.ended(), 1)
			})
		})
	}
}

func TestDeadline(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.closed = time.Now().Add(time.Hour)
		b.start()
		b.accept(job("a", func(j *queue.Job) { j.Deadline = time.Now().Add(10 * time.Minute) }), job("b"))
		time.Sleep(9 * time.Minute)
		require.Equal(t, 2, b.Counts().Queued)
		time.Sleep(3 * time.Minute)
		j, _ := b.Get("a", "me")
		require.Equal(t, queue.Dead, j.State)
		require.Equal(t, queue.Expired, j.Reason)
		time.Sleep(time.Hour)
		require.Equal(t, []string{"b"}, b.ids())
	})
}

// What is over is kept for a while, and what is kept is bounded.
func TestBounds(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.settings.MaxJobs, b.settings.MaxBytes = 2, 4096
		b.start()
		b.accept(job("a"), job("b"))
		_, err := b.Accept(t.Context(), job("c"))
		require.ErrorIs(t, err, queue.ErrFull)
		time.Sleep(30 * time.Minute)
		require.Equal(t, 2, b.Counts().Done)
		_, err = b.Accept(t.Context(), job("c"))
		require.ErrorIs(t, err, queue.ErrFull, "results are kept")
		time.Sleep(time.Hour)
		require.Equal(t, queue.Counts{}, b.Counts())
		_, err = b.Accept(t.Context(), job("c", func(j *queue.Job) { j.Body = make([]byte, 4096) }))
		require.ErrorIs(t, err, queue.ErrFull, "too many bytes")
		b.accept(job("c"))
	})
}

func TestTheSameJobAgain(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		b.start()
		b.accept(job("a"), job("a"))
		time.Sleep(10 * time.Second)
		b.accept(job("a"))
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"a"}, b.ids())
		_, err := b.Accept(t.Context(), job("a", func(j *queue.Job) { j.BodySum = "another" }))
		require.ErrorIs(t, err, queue.ErrConflict)
		_, err = b.Accept(t.Context(), job("a", func(j *queue.Job) { j.Owner = "another" }))
		require.ErrorIs(t, err, queue.ErrConflict)
	})
}

// A queue that is stopped while jobs run has them queued at its next start.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		stop := b.start()
		b.accept(job("a"), job("b"), job("c"))
		time.Sleep(1500 * time.Millisecond) // a is done, b and c run
		require.Equal(t, queue.Counts{Running: 2, Done: 1, Bytes: b.Counts().Bytes}, b.Counts())
		stop()
		b.start()
		require.Equal(t, 2, b.Counts().Queued)
		time.Sleep(10 * time.Second)
		require.Equal(t, 3, b.Counts().Done)
		require.ElementsMatch(t, []string{"a", "b", "c", "b", "c"}, b.ids())
		j, _ := b.Get("b", "me")
		require.Equal(t, 1, j.Tries, "being stopped is no failure")
	})
}

// failing is a store that fails when it is told to.
type failing struct {
	queue.Memory
	on func(j *queue.Job) bool
}

func (f *failing) Save(ctx context.Context, j *queue.Job) error {
	if f.on != nil && f.on(j) {
		return errors.New("disk full")
	}
	return f.Memory.Save(ctx, j)
}

func TestTheStoreFails(t *testing.T) {
	bubble(t, func(t *testing.T, b *bench) {
		s := &failing{on: func(*queue.Job) bool { return true }}
		b.store = s
		b.start()
		_, err := b.Accept(t.Context(), job("a"))
		require.ErrorContains(t, err, "disk full")
		require.Equal(t, queue.Counts{}, b.Counts(), "not accepted")
		failures := 2
		s.on = func(j *queue.Job) bool {
			if j.State == queue.Done && failures > 0 {
				failures--
				return true
			}
			return false
		}
		b.accept(job("a"))
		time.Sleep(time.Second + time.Millisecond)
		j, _ := b.Get("a", "me")
		require.Nil(t, j.Result, "what is not saved is not shown")
		time.Sleep(time.Minute)
		j, _ = b.Get("a", "me")
		require.Equal(t, queue.Done, j.State)
		require.Len(t, b.ended(), 1)
		require.Len(t, b.ids(), 3)
	})
}
