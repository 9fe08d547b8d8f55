package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// How long a caller waits before it looks at its job: from the first wait it doubles
// up to the longest. Each is between half and one and a half times as long, by the
// request's own draw.
const (
	FirstLook   = 2 * time.Second
	LongestLook = 3 * time.Minute
)

// follow looks at the job that a request became until it is over or the deadline
// passes, and then once more: what it showed must not change. It reads the result
// as the answer of the request.
func (c *Client) follow(r *record.Request, task *scenarios.Task, spec load.Spec, id, at string, deadline time.Time) {
	r.Accepted = time.Since(c.Origin)
	var shown []byte
	for nth := 1; ; nth++ {
		wait := min(FirstLook<<min(nth-1, 10), LongestLook)
		wait = wait/2 + time.Duration(keyed.Uniform(keyed.Hash(c.Seed, "look", id, "", nth))*float64(wait))
		c.pause(min(wait, time.Until(deadline)))
		if c.Run.Err() != nil || !time.Now().Before(deadline) {
			r.Outcome = record.DeadlineOver
			return
		}
		var over bool
		if shown, over = c.look(r, task, spec, id, at, deadline); over {
			break
		}
	}
	if r.Status == http.StatusNotFound {
		return
	}
	r.Done = time.Since(c.Origin)
	c.pause(FirstLook)
	again := *r
	if now, over := c.look(&again, task, spec, id, at, deadline.Add(LongestLook)); c.Run.Err() == nil {
		r.Changed = !over || !bytes.Equal(shown, now)
	}
}

// look asks for a job once. It returns what the job shows once it is over, or is
// not there.
func (c *Client) look(r *record.Request, task *scenarios.Task, spec load.Spec, id, at string, until time.Time) (shown []byte, over bool) {
	ctx, cancel := context.WithDeadline(c.Run, until)
	defer cancel()
	u := *c.Base
	u.Path = at
	req := http.Request{
		Method: http.MethodGet, URL: &u, Host: c.Base.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Authorization": {"Bearer drill"}, "X-Client-Request-Id": {id}}, Body: http.NoBody,
	}
	if spec.Tenant > 0 {
		req.Header["X-Routedrill-Tenant"] = []string{load.TenantName(spec.Tenant)}
	}
	resp, err := c.Hop.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, false // it looks again
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	data, err := readAll(resp.Body, resp.ContentLength)
	switch {
	case err != nil || resp.StatusCode >= http.StatusInternalServerError:
		return nil, false
	case resp.StatusCode != http.StatusOK:
		r.Outcome, r.Status = record.HTTPError, uint16(resp.StatusCode)
		return nil, true
	}
	job := gjson.ParseBytes(data)
	switch job.Get("status").Str {
	case "done":
		answer := job.Get("response")
		r.Status = uint16(answer.Get("status_code").Uint())
		body := []byte(answer.Get("body").Raw)
		a, _ := readWhole(io.NopCloser(bytes.NewReader(body)), int64(len(body)), task.Endpoint, func() {})
		c.take(r, &a)
		return data, true
	case "dead":
		r.Outcome = record.Dead
		return data, true
	}
	return nil, false
}

// take books an answer that has been read.
func (c *Client) take(r *record.Request, a *answer) {
	r.Outcome, r.Finished, r.ContentTokens = a.outcome, a.finished, a.tokens()
	r.PromptTokens, r.OutputTokens, r.Answered = a.prompt, a.output, c.Model(a.model)
}

// defers adds to a try that the request can wait, and until when.
func defers(header http.Header, task *scenarios.Task, deadline time.Time) {
	if task.Class == scenarios.Batch {
		header["X-Routedrill-Class"] = []string{task.Class}
		header["X-Request-Timeout"] = []string{strconv.FormatFloat(time.Until(deadline).Seconds(), 'f', 3, 64)}
	}
}
