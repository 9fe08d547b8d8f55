package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// Client sends the requests of a plan. Fields are not to be changed once in
// use. It is safe for concurrent use.
type Client struct {
	Plan   *load.Plan
	Tasks  []scenarios.Task
	Origin time.Time         // instant zero of the plan
	Seed   uint64            // keys the jitter of deadlines and backoff
	Base   *url.URL          // of the gateway's API, with its version, as SDKs take it
	Header http.Header       // sent with every try, over the client's own; nil adds nothing
	Hop    http.RoundTripper // carries one try to the gateway

	// Run ends every request under way when it is cancelled.
	Run context.Context //nolint:containedctx // the run outlives every call

	// Names resolves the gateway's words to indexes of the record's tables.
	Provider, Model func(name string) int16

	// Done is called once per request, from the goroutine that made it.
	Done func(record.Request)

	urls map[string]*url.URL
	once sync.Once
}

// paths of the endpoints.
var paths = map[string]string{
	"chat":        "/chat/completions",
	"completions": "/completions",
	"embeddings":  "/embeddings",
}

var answered = &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}

// RoundTrip implements http.RoundTripper for the load generator: it makes the
// whole request the arrival stands for. What came of it goes to Done; the
// response says nothing.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	seq, ok := load.Seq(req)
	if !ok || int(seq) >= len(c.Plan.Specs) {
		return nil, errors.New("client: request outside the plan")
	}
	c.once.Do(c.prepare)
	c.Done(c.do(seq))
	resp := *answered
	resp.Request, resp.Body = req, http.NoBody
	return &resp, nil
}

func (c *Client) prepare() {
	c.urls = make(map[string]*url.URL, len(paths))
	for endpoint, p := range paths {
		u := *c.Base
		u.Path = strings.TrimSuffix(u.Path, "/") + p
		c.urls[endpoint] = &u
	}
}

// WarmUp makes the requests of the plan's warm-up at their times, and returns once
// all of them are over. It sends no more once the run has ended.
func (c *Client) WarmUp() {
	c.once.Do(c.prepare)
	var all sync.WaitGroup
	for seq := len(c.Plan.Load()); seq < len(c.Plan.Arrivals) && c.Run.Err() == nil; seq++ {
		c.pause(time.Until(c.Origin.Add(c.Plan.Arrivals[seq])))
		if c.Run.Err() == nil {
			all.Go(func() { c.Done(c.do(uint32(seq))) })
		}
	}
	all.Wait()
}

// do makes one request with all its tries.
func (c *Client) do(seq uint32) record.Request {
	spec := c.Plan.Specs[seq]
	task := &c.Tasks[spec.Task]
	preset := presets[task.Client.Preset]
	id := load.RequestID(seq)
	r := record.Request{
		Seq: seq, Task: int16(spec.Task), Stream: spec.Stream, Keyed: task.Client.IdempotencyKey, WarmUp: c.Plan.IsWarmUp(seq),
		Provider: record.None, Model: record.None, Answered: record.None,
		Scheduled: c.Plan.Arrivals[seq], Sent: time.Since(c.Origin), FirstToken: record.Never,
	}
	// No two deadlines fall on one instant, nor on one of the router's timeouts.
	offset := time.Duration(keyed.Hash(c.Seed, "deadline", id, "", 0) % uint64(time.Millisecond))
	deadline := c.Origin.Add(r.Scheduled + task.Deadline + offset)
	if !time.Now().Before(deadline) {
		r.Outcome, r.Done = record.Dropped, r.Sent
		return r
	}
	for {
		r.Tries++
		until := deadline
		if t := time.Now().Add(task.Client.Timeout + offset); task.Client.Timeout > 0 && t.Before(deadline) {
			until = t
		}
		header := c.try(&r, task, spec, id, until, deadline)
		if r.Accepted > 0 {
			break // what became of the job is its outcome
		}
		if r.Outcome == record.OK && c.loses(task, id, int(r.Tries)) {
			forget(&r)
			r.Outcome, header = record.ConnError, nil
		}
		if r.Outcome == record.OK || c.Run.Err() != nil || !time.Now().Before(deadline) {
			break
		}
		// SDKs ask again while nothing of the answer was handed on.
		again := r.Outcome == record.HTTPError || r.Outcome == record.ConnError && r.FirstToken == record.Never ||
			r.Outcome == record.DeadlineOver && r.FirstToken == record.Never
		status := 0
		if r.Outcome == record.HTTPError {
			status = int(r.Status)
		}
		if int(r.Tries) > task.Client.MaxRetries || !again || !retries(status, header) {
			break
		}
		u := keyed.Uniform(keyed.Hash(c.Seed, "sdk backoff", id, "", int(r.Tries)))
		wait, ok := preset.wait(header, int(r.Tries), u)
		if !ok {
			break
		}
		c.pause(min(wait+offset, time.Until(deadline)))
	}
	if r.Accepted == 0 || r.Done == 0 {
		r.Done = time.Since(c.Origin)
	}
	switch {
	case c.Run.Err() != nil && r.Outcome != record.OK:
		r.Outcome = record.Interrupted
	case c.Origin.Add(r.Done).Compare(deadline) >= 0:
		r.Outcome = record.DeadlineOver
	}
	return r
}

// pause sleeps for d or until the run is over.
func (c *Client) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.Run.Done():
	}
}

// loses draws whether a whole answer gets lost on its way to the caller.
func (c *Client) loses(task *scenarios.Task, id string, tries int) bool {
	share := task.Client.LoseAnswers
	return share > 0 && keyed.Uniform(keyed.Hash(c.Seed, "lost answer", id, "", tries)) < share
}

// forget takes out of r what a try has brought.
func forget(r *record.Request) {
	r.Outcome, r.Status, r.FirstToken, r.Finished = record.NoOutcome, 0, record.Never, false
	r.ContentTokens, r.PromptTokens, r.OutputTokens = 0, 0, 0
	r.Provider, r.Model, r.Answered = record.None, record.None, record.None
	r.Cache, r.Age, r.Body = record.NotAsked, 0, 0
}

// try asks once and notes in r what came of it. It returns the headers of the
// answer, nil without one.
func (c *Client) try(r *record.Request, task *scenarios.Task, spec load.Spec, id string, until, deadline time.Time) http.Header {
	ctx, cancel := context.WithDeadline(c.Run, until)
	defer cancel()
	forget(r)
	req := c.request(ctx, task, spec, id, int(r.Tries)-1)
	defers(req.Header, task, deadline)
	resp, err := c.Hop.RoundTrip(req)
	if err != nil {
		r.Outcome = broken(ctx)
		return nil
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	r.Status = uint16(resp.StatusCode)
	r.Provider = c.Provider(resp.Header.Get("X-Routedrill-Provider"))
	r.Model = c.Model(resp.Header.Get("X-Routedrill-Model"))
	if at := resp.Header.Get("Location"); resp.StatusCode == http.StatusAccepted && task.Class == scenarios.Batch && at != "" {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
		c.follow(r, task, spec, id, at, deadline)
		return resp.Header
	}
	body := seeCache(r, resp)
	if resp.StatusCode != http.StatusOK {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody))
		r.Outcome = record.HTTPError
		if ctx.Err() != nil {
			r.Outcome = broken(ctx)
		}
		return resp.Header
	}
	a, err := c.read(resp, r, task.Endpoint, spec.Stream)
	c.take(r, &a)
	r.Body = body()
	if err != nil && a.outcome == record.ConnError {
		r.Outcome = broken(ctx)
	}
	return resp.Header
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 64<<10) }}

func (c *Client) read(resp *http.Response, r *record.Request, endpoint string, stream bool) (answer, error) {
	first := func() { r.FirstToken = time.Since(c.Origin) }
	if !stream {
		return readWhole(resp.Body, resp.ContentLength, endpoint, first)
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		return answer{outcome: record.Invalid}, nil
	}
	br := readers.Get().(*bufio.Reader) //nolint:forcetypeassert // the pool holds nothing else
	br.Reset(resp.Body)
	defer func() {
		br.Reset(nil)
		readers.Put(br)
	}()
	return readStream(br, endpoint, first)
}

// broken is the outcome of a failed transport: the client's own time was over,
// or the connection failed.
func broken(ctx context.Context) record.Outcome {
	if dl, ok := ctx.Deadline(); ctx.Err() != nil || ok && !time.Now().Before(dl) {
		return record.DeadlineOver
	}
	return record.ConnError
}
