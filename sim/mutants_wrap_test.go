package sim_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// sinkOf stands between the engine and its audit.
type sinkOf struct {
	audit.Sink
	request func(next audit.Sink, r *audit.Record)
	breaker func(next audit.Sink, e audit.BreakerEvent)
}

func (s *sinkOf) Request(r *audit.Record) {
	if s.request != nil {
		s.request(s.Sink, r)
		return
	}
	s.Sink.Request(r)
}

func (s *sinkOf) Breaker(e audit.BreakerEvent) {
	if s.breaker != nil {
		s.breaker(s.Sink, e)
		return
	}
	s.Sink.Breaker(e)
}

// attempts changes every attempt of the audit.
func attempts(change func(*audit.Attempt)) func(audit.Sink) audit.Sink {
	return func(next audit.Sink) audit.Sink {
		return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
			for i := range r.Attempts {
				change(&r.Attempts[i])
			}
			next.Request(r)
		}}
	}
}

// shadows changes every attempt of a shadow.
func shadows(change func(*audit.Attempt)) func(audit.Sink) audit.Sink {
	return func(next audit.Sink) audit.Sink {
		return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
			for i := range r.Attempts {
				if r.ShadowOf != "" {
					change(&r.Attempts[i])
				}
			}
			next.Request(r)
		}}
	}
}

// probes changes every attempt of an active probe.
func probes(change func(*audit.Attempt)) func(audit.Sink) audit.Sink {
	return func(next audit.Sink) audit.Sink {
		return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
			for i := range r.Attempts {
				if r.Probe {
					change(&r.Attempts[i])
				}
			}
			next.Request(r)
		}}
	}
}

func hidingProbes(next audit.Sink) audit.Sink {
	return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
		if !r.Probe {
			next.Request(r)
		}
	}}
}

func hidingShadows(next audit.Sink) audit.Sink {
	return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
		if r.ShadowOf == "" {
			next.Request(r)
		}
	}}
}

func hidingCost(a *audit.Attempt) {
	if !a.Served {
		a.CostMicroUSD, a.Estimated = 0, false
	}
}

func claiming(a *audit.Attempt)   { a.Estimated = false }
func disguising(a *audit.Attempt) { a.LastResort, a.Retry = a.Retry, false }

func unhedging(a *audit.Attempt) { a.Hedge = false }

func forgivingLosers(a *audit.Attempt) {
	if a.Reason == audit.HedgeLost {
		a.CostMicroUSD, a.Estimated = 0, false
	}
}

func blaming(a *audit.Attempt) {
	if a.Served && a.Provider == "second" {
		a.Target, a.Provider = "first/m", "first"
	}
}

// droppingRecords drops one record in fifty of what was served at the first try.
func droppingRecords(next audit.Sink) audit.Sink {
	var n atomic.Int64
	return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
		if len(r.Attempts) != 1 || r.Attempts[0].Probe || n.Add(1)%50 != 0 {
			next.Request(r)
		}
	}}
}

// forgetting drops the attempts that ended for a reason.
func forgetting(reason string) func(audit.Sink) audit.Sink {
	return func(next audit.Sink) audit.Sink {
		return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
			kept := r.Attempts[:0]
			for _, a := range r.Attempts {
				if a.Reason != reason {
					a.N = len(kept)
					kept = append(kept, a)
				}
			}
			r.Attempts = kept
			next.Request(r)
		}}
	}
}

func statingDeadline(next audit.Sink) audit.Sink {
	return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
		r.Deadline = r.Start.Add(5 * time.Second)
		next.Request(r)
	}}
}

// claimingOpen says after ten failures that the breaker is open.
func claimingOpen(next audit.Sink) audit.Sink {
	var failures atomic.Int64
	return &sinkOf{Sink: next, request: func(next audit.Sink, r *audit.Record) {
		for _, a := range r.Attempts {
			if a.Provider == "first" && a.Reason == audit.ServerError && failures.Add(1) == 10 {
				next.Breaker(audit.BreakerEvent{Target: a.Target, Endpoint: r.Endpoint, At: time.Now(), From: audit.Closed, To: audit.Open, Reason: a.Reason})
			}
		}
		next.Request(r)
	}}
}

func forgettingToClose(next audit.Sink) audit.Sink {
	return &sinkOf{Sink: next, breaker: func(next audit.Sink, e audit.BreakerEvent) {
		if e.To != audit.Closed {
			next.Breaker(e)
		}
	}}
}

// carrier is a RoundTripper that is a function.
type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(q *http.Request) (*http.Response, error) { return c(q) }

// copyOf is the same request once more.
func copyOf(q *http.Request) *http.Request {
	again := q.Clone(q.Context())
	again.Body, _ = q.GetBody() // of bytes in memory
	return again
}

func drop(r *http.Response) {
	if r != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
}

// askingOnTheSide asks the first provider whenever the second is asked.
func askingOnTheSide(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		if strings.HasPrefix(q.URL.Host, "second.") {
			side := copyOf(q)
			side.URL.Host = strings.Replace(q.URL.Host, "second.", "first.", 1)
			side.Host = side.URL.Host
			r, _ := next.RoundTrip(side)
			drop(r)
		}
		return next.RoundTrip(q)
	})
}

// repeating asks again below the engine when the answer is a 5xx.
func repeating(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		again := copyOf(q)
		r, err := next.RoundTrip(q)
		if err == nil && r.StatusCode >= 500 {
			drop(r)
			return next.RoundTrip(again)
		}
		return r, err
	})
}

// unhearing does not hear that a request is cancelled.
func unhearing(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		return next.RoundTrip(q.WithContext(context.WithoutCancel(q.Context())))
	})
}

// abandoning does not tell the provider that a request is cancelled.
func abandoning(next http.RoundTripper) http.RoundTripper {
	type result struct {
		r   *http.Response
		err error
	}
	return carrier(func(q *http.Request) (*http.Response, error) {
		done := make(chan result)
		go func() {
			r, err := next.RoundTrip(q.WithContext(context.WithoutCancel(q.Context())))
			select {
			case done <- result{r, err}:
			case <-q.Context().Done():
				drop(r)
			}
		}()
		select {
		case x := <-done:
			return x.r, x.err
		case <-q.Context().Done():
			return nil, q.Context().Err()
		}
	})
}

func deaf(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		r, err := next.RoundTrip(q)
		if err == nil {
			r.Header.Del("Retry-After")
			r.Header.Del("Retry-After-Ms")
		}
		return r, err
	})
}

// wholeEnd is how a stream ends that is whole.
const wholeEnd = `data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` +
	"\n\ndata: [DONE]\n\n"

// completing gives streams that break the end they lack.
func completing(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		r, err := next.RoundTrip(q)
		if err == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream") {
			r.Body = &completed{ReadCloser: r.Body}
		}
		return r, err
	})
}

type completed struct {
	io.ReadCloser
	end io.Reader // set once the stream has broken
}

func (c *completed) Read(b []byte) (int, error) {
	if c.end != nil {
		return c.end.Read(b)
	}
	n, err := c.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		c.end, err = strings.NewReader(wholeEnd), nil
	}
	return n, err
}

// answer is a whole answer of the engine, kept back.
type answer struct {
	header http.Header
	status int
	bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Flush does nothing: what is kept back is not flushed.
func (a *answer) Flush() {}

// ask has the engine answer a request with this body.
func ask(engine http.Handler, q *http.Request, body []byte) *answer {
	a := &answer{header: http.Header{}}
	again := q.Clone(q.Context())
	again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	engine.ServeHTTP(a, again)
	return a
}

// changing answers with what change makes of the engine's answer. It may ask again.
func changing(engine http.Handler, change func(a *answer, again func() *answer) *answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return // the client left
		}
		a := change(ask(engine, q, body), func() *answer { return ask(engine, q, body) })
		if a.status == 0 {
			return
		}
		for key, values := range a.header {
			w.Header()[key] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(a.status)
		_, _ = w.Write(a.Bytes())
	})
}

// brokenStream splits a stream that broke into its events before and the error; false for others.
func brokenStream(a *answer) (before []byte, ok bool) {
	at := bytes.Index(a.Bytes(), []byte(`data: {"error"`))
	if a.status != http.StatusOK || at < 0 {
		return nil, false
	}
	return a.Bytes()[:at], true
}

func tryingAgain(engine http.Handler) http.Handler {
	return changing(engine, func(a *answer, again func() *answer) *answer {
		if before, ok := brokenStream(a); ok {
			second := again()
			whole := append(bytes.Clone(before), second.Bytes()...)
			second.Reset()
			second.Write(whole)
			return second
		}
		return a
	})
}

func smoothingOver(engine http.Handler) http.Handler {
	return changing(engine, func(a *answer, _ func() *answer) *answer {
		if before, ok := brokenStream(a); ok {
			a.Truncate(len(before))
			a.WriteString(wholeEnd)
		}
		return a
	})
}

// losingToken loses the last event with content of one stream in ten.
func losingToken(engine http.Handler) http.Handler {
	var n atomic.Int64
	return changing(engine, func(a *answer, _ func() *answer) *answer {
		events := bytes.SplitAfter(a.Bytes(), []byte("\n\n"))
		for i := len(events) - 1; i >= 0; i-- {
			if bytes.Contains(events[i], []byte(`"delta":{"content":"`)) {
				if n.Add(1)%10 == 0 {
					events = append(events[:i:i], events[i+1:]...)
				}
				break
			}
		}
		rest := bytes.Join(events, nil)
		a.Reset()
		a.Write(rest)
		return a
	})
}

// writingBoth writes what two attempts have to say in turns.
func writingBoth(engine http.Handler) http.Handler {
	return changing(engine, func(a *answer, _ func() *answer) *answer {
		if a.header.Get("X-Routedrill-Attempts") != "2" {
			return a
		}
		var both []byte
		for _, event := range bytes.SplitAfter(a.Bytes(), []byte("\n\n")) {
			both = append(both, event...)
			if bytes.Contains(event, []byte(`"delta":{"content":"`)) {
				both = append(both, event...)
			}
		}
		a.Reset()
		a.Write(both)
		return a
	})
}

func misnaming(engine http.Handler) http.Handler {
	return changing(engine, func(a *answer, _ func() *answer) *answer {
		a.header.Set("X-Routedrill-Provider", "first")
		return a
	})
}

// inventing answers one request in ten by itself.
func inventing(engine http.Handler) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if n.Add(1)%10 != 0 {
			engine.ServeHTTP(w, q)
			return
		}
		body, _ := io.ReadAll(q.Body)
		w.Header().Set("X-Routedrill-Provider", "first")
		w.Header().Set("X-Routedrill-Model", "m")
		if bytes.Contains(body, []byte(`"stream":true`)) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, `data: {"model":"m","choices":[{"index":0,"delta":{"content":"made up "}}]}`+"\n\n"+wholeEnd)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"model":"m","choices":[{"index":0,"message":{"content":"made up "},"finish_reason":"stop"}]}`)
	})
}

// sharing gives every request the first tenant's name.
func sharing(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		q.Header.Set("X-Routedrill-Tenant", "tenant-1")
		engine.ServeHTTP(w, q)
	})
}

// failingOverAbroad asks the first provider where the second fails.
func failingOverAbroad(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		again := copyOf(q)
		r, err := next.RoundTrip(q)
		if err == nil && r.StatusCode >= 500 && strings.HasPrefix(q.URL.Host, "second.") {
			drop(r)
			again.URL.Host = strings.Replace(q.URL.Host, "second.", "first.", 1)
			again.Host = again.URL.Host
			return next.RoundTrip(again)
		}
		return r, err
	})
}

func ignoringKeys(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		q.Header.Del("Idempotency-Key")
		engine.ServeHTTP(w, q)
	})
}
