package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/router/adapters/jetstream"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/queue"
)

var durability = flag.Bool("durability", false, "kill `serve` 50 times under 10,000 jobs, minutes of real time")

// TestDurability kills `serve` with SIGKILL again and again while jobs are accepted
// and run. Every job that was accepted has one result, which does not change once
// it has been seen. What is executed twice was running at a kill: so says the store
// as the kill left it, against the provider's journal.
func TestDurability(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and takes seconds of real time")
	}
	d := &durable{kills: 3, total: 150, dir: t.TempDir(), journal: map[string][]fakeproviders.Entry{}, runningAt: map[string]int{}}
	if *durability {
		d.kills, d.total = 50, 10_000
	}
	d.config(t)
	bin := build(t)
	began := time.Now()
	d.start(t, bin)
	var clients sync.WaitGroup
	t.Cleanup(clients.Wait)
	jobs := make([]seenJob, d.total)
	for c := range durableClients {
		clients.Go(func() { d.client(t, jobs, c) })
	}
	for k := range d.kills {
		d.kill(t, k)
		d.start(t, bin)
	}
	clients.Wait() // until each job has been seen to be over
	for i := range jobs {
		require.NoError(t, d.ask(t, jobs, i, true), "job %d, at the end", i)
	}
	d.stop()
	took := time.Since(began)
	d.provider.Close() // and with it all of the journal

	for i := range jobs {
		require.Equal(t, queue.Done, jobs[i].Status, "job %d: %s", i, jobs[i].Reason)
	}
	executions, inFlight := 0, 0
	for id, list := range d.journal {
		executions += len(list)
		require.LessOrEqual(t, len(list), 1+d.runningAt[id], "%s was executed more often than it ran when `serve` was killed", id)
	}
	require.Len(t, d.journal, d.total, "each job was executed, and nothing else")
	for _, n := range d.runningAt {
		inFlight += n
	}
	t.Logf("%d jobs accepted while serve was killed %d times, %d of them while jobs were still coming, in %.0f s\n"+
		"  results: one each for %d jobs, looked at %d times\n"+
		"  executions in the provider's journal: %d, so %d beyond one per job\n"+
		"  in flight at the kills: %d in the store, %d of them at the provider\n",
		d.total, d.kills, d.killsEarly, took.Seconds(), len(jobs), d.looks.Load(), executions, executions-d.total, inFlight, d.atProvider())
}

const (
	durableClients = 8
	durableWorkers = 16
	// durableAhead is how many jobs clients are ahead of the executions, so that jobs
	// come and run at the same time.
	durableAhead = 32
)

// durable is the state of TestDurability.
type durable struct {
	kills, total int
	dir          string // of the config and of the jobs
	origin       time.Time
	provider     *httptest.Server
	serve        *exec.Cmd
	base         atomic.Pointer[string] // where serve listens now
	accepted     atomic.Int64
	executed     atomic.Int64 // begun, at the provider
	looks        atomic.Int64 // at jobs

	mu      sync.Mutex
	journal map[string][]fakeproviders.Entry // of the executions, by the request's id

	killed     []time.Duration // since the origin
	killsEarly int             // while not all jobs had been accepted
	runningAt  map[string]int  // by the request's id: at how many kills its job was running
}

// config starts the provider and writes the router's config.
func (d *durable) config(t *testing.T) {
	t.Helper()
	d.origin = time.Now()
	ttft, err := latency.Constant(float64(30 * time.Millisecond))
	require.NoError(t, err)
	fake, err := fakeproviders.New(fakeproviders.Config{
		Name: "p", Start: d.origin, Models: []fakeproviders.Model{{Name: "m", TTFT: ttft}},
		Demand: func(string) (fakeproviders.Demand, bool) { return fakeproviders.Demand{OutputTokens: 20}, true },
		Journal: func(e *fakeproviders.Entry) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.journal[e.RequestID] = append(d.journal[e.RequestID], *e)
		},
	})
	require.NoError(t, err)
	d.provider = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		d.executed.Add(1)
		fake.ServeHTTP(w, q)
	}))
	t.Cleanup(d.provider.Close)
	require.NoError(t, os.WriteFile(filepath.Join(d.dir, "router.yaml"), fmt.Appendf(nil, `
version: 1
providers: {p: {base_url: %s/v1, api_key: any, models: {m: {}}}}
routes: {nightly: [p/m]}
queue: {workers: %d, dir: %s}
`, d.provider.URL, durableWorkers, filepath.Join(d.dir, "jobs")), 0o600))
}

// start starts serve, on a port of its own.
func (d *durable) start(t *testing.T, bin string) {
	t.Helper()
	d.serve = exec.CommandContext(t.Context(), bin, "serve", "--config", filepath.Join(d.dir, "router.yaml"), "--listen", "127.0.0.1:0", "--log", "off")
	out, err := d.serve.StdoutPipe()
	require.NoError(t, err)
	d.serve.Stderr = t.Output()
	require.NoError(t, d.serve.Start())
	t.Cleanup(d.stop)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	base := strings.TrimSpace(strings.TrimPrefix(line, "routedrill serves "))
	d.base.Store(&base)
}

func (d *durable) stop() {
	_ = d.serve.Process.Kill()
	_ = d.serve.Wait()
}

// kill kills serve for the kth time: when its share of the executions has begun, and
// a moment later, so that it strikes anywhere in the life of jobs. Then it reads what
// was running from a copy of the store.
func (d *durable) kill(t *testing.T, k int) {
	t.Helper()
	for at := int64((k + 1) * d.total / (d.kills + 1)); d.executed.Load() < at; time.Sleep(time.Millisecond) {
		require.NoError(t, t.Context().Err())
		require.False(t, t.Failed(), "a client gave up")
	}
	time.Sleep(time.Duration(rand.IntN(40)) * time.Millisecond)
	if d.accepted.Load() < int64(d.total) {
		d.killsEarly++
	}
	require.NoError(t, d.serve.Process.Kill())
	d.killed = append(d.killed, time.Since(d.origin))
	require.ErrorContains(t, d.serve.Wait(), "signal: killed")

	copied := t.TempDir()
	require.NoError(t, os.CopyFS(copied, os.DirFS(filepath.Join(d.dir, "jobs"))))
	store, err := jetstream.Open(copied)
	require.NoError(t, err)
	require.NoError(t, store.Each(t.Context(), func(j *queue.Job) error {
		if j.State == queue.Running {
			d.runningAt[j.RequestID+audit.JobSuffix]++
		}
		return nil
	}))
	require.NoError(t, store.Close())
}

// seenJob is what a client knows of its job.
type seenJob struct {
	ID       string          `json:"id"`
	Status   queue.State     `json:"status"`
	Reason   string          `json:"reason"`
	Response json.RawMessage `json:"response"`
}

// client has every durableClients-th job accepted, looking back at an earlier one
// after each, and then looks at all of its own until they are over.
func (d *durable) client(t *testing.T, jobs []seenJob, c int) {
	t.Helper()
	for i := c; i < len(jobs); i += durableClients {
		for d.accepted.Load() > d.executed.Load()+durableAhead && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		if err := d.ask(t, jobs, i, false); err != nil {
			t.Errorf("job %d is not accepted: %v", i, err)
			return
		}
		d.accepted.Add(1)
		back := i - i/2/durableClients*durableClients // one of its own
		if err := d.ask(t, jobs, back, true); err != nil {
			t.Errorf("job %d, early: %v", back, err)
			return
		}
	}
	for i := c; i < len(jobs); i += durableClients {
		for ; jobs[i].Status != queue.Done && jobs[i].Status != queue.Dead; time.Sleep(5 * time.Millisecond) {
			if err := d.ask(t, jobs, i, true); err != nil {
				t.Errorf("job %d: %v", i, err)
				return
			}
		}
	}
}

// ask asks for a job to be accepted, or looks at it, as often as it takes to get an
// answer. What it has shown once must stay.
func (d *durable) ask(t *testing.T, jobs []seenJob, i int, look bool) error {
	t.Helper()
	for ; t.Context().Err() == nil; time.Sleep(5 * time.Millisecond) {
		var q *http.Request
		if look {
			q, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, *d.base.Load()+"/routedrill/jobs/"+jobs[i].ID, http.NoBody)
		} else {
			q, _ = http.NewRequestWithContext(t.Context(), http.MethodPost, *d.base.Load()+"/chat/completions",
				strings.NewReader(`{"model":"nightly","messages":[{"role":"user","content":"sum up"}]}`))
			id := fmt.Sprintf("durable-%05d", i)
			q.Header = http.Header{"Content-Type": {"application/json"}, "X-Routedrill-Class": {"batch"}, "Idempotency-Key": {id}, "X-Client-Request-Id": {id}}
		}
		status, body, err := d.send(q)
		switch {
		case err != nil || status == http.StatusServiceUnavailable: // killed, or the job is being saved
			continue
		case look && status != http.StatusOK || !look && status != http.StatusAccepted:
			return fmt.Errorf("status %d: %s", status, body)
		}
		var now seenJob
		old := &jobs[i]
		if err := json.Unmarshal(body, &now); err != nil {
			return fmt.Errorf("%w: %s", err, body)
		}
		if old.ID != "" && old.ID != now.ID {
			return fmt.Errorf("it was %s and is %s", old.ID, now.ID)
		}
		if old.Status == queue.Done && (now.Status != queue.Done || string(old.Response) != string(now.Response)) {
			return fmt.Errorf("it was done with %s, and is %s with %s", old.Response, now.Status, now.Response)
		}
		if now.Status == queue.Done && len(now.Response) == 0 {
			return errors.New("done without a response")
		}
		*old = now
		if look {
			d.looks.Add(1)
		}
		return nil
	}
	return t.Context().Err()
}

func (d *durable) send(q *http.Request) (status int, body []byte, err error) {
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// atProvider is how many executions the provider had under way at the kills.
func (d *durable) atProvider() (n int) {
	for _, list := range d.journal {
		for i := range list {
			for _, at := range d.killed {
				if list[i].Arrived <= at && at <= list[i].Ended {
					n++
				}
			}
		}
	}
	return n
}
