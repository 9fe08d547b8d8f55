package sim_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/routedrill/routedrill/router/audit"
)

// looking changes what jobs show.
func looking(engine http.Handler, change func(q *http.Request, a *answer)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodGet {
			engine.ServeHTTP(w, q)
			return
		}
		a := ask(engine, q, nil)
		change(q, a)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.Bytes())
	})
}

func replace(a *answer, old, with string) {
	text := bytes.Replace(a.Bytes(), []byte(old), []byte(with), 1)
	a.Reset()
	a.Write(text)
}

// forgettingJobs has no job any more once it is done.
func forgettingJobs(engine http.Handler) http.Handler {
	return looking(engine, func(_ *http.Request, a *answer) {
		if strings.Contains(a.String(), `"status":"done"`) {
			a.status = http.StatusNotFound
		}
	})
}

func hidingResults(engine http.Handler) http.Handler {
	return looking(engine, func(_ *http.Request, a *answer) { replace(a, `"status":"done"`, `"status":"running"`) })
}

// changingResults shows another result to whoever looks again.
func changingResults(engine http.Handler) http.Handler {
	var seen sync.Map
	return looking(engine, func(q *http.Request, a *answer) {
		if strings.Contains(a.String(), `"status":"done"`) {
			if _, again := seen.LoadOrStore(q.URL.Path, true); again {
				replace(a, `"content":"`, `"content":"or `)
			}
		}
	})
}

// executingTwice takes each request for two jobs.
func executingTwice(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost {
			body, err := io.ReadAll(q.Body)
			if err != nil {
				return // the client left
			}
			ask(engine, q, body)
			q.Body = io.NopCloser(bytes.NewReader(body))
		}
		engine.ServeHTTP(w, q)
	})
}

// acceptingOnce says of one of them only that it was accepted.
func acceptingOnce(next audit.Sink) audit.Sink {
	var seen sync.Map
	return jobRecords{next, func(r *audit.Record) bool {
		_, again := seen.LoadOrStore(r.RequestID, true)
		return r.Outcome != audit.Deferred || !again
	}}
}

// jobRecords changes or drops the records of jobs.
type jobRecords struct {
	audit.Sink
	keep func(*audit.Record) bool
}

func (s jobRecords) Request(r *audit.Record) {
	if s.keep(r) {
		s.Sink.Request(r)
	}
}

func disowning(next audit.Sink) audit.Sink {
	return jobRecords{next, func(r *audit.Record) bool { r.JobOf = ""; return true }}
}

func hidingAccepted(next audit.Sink) audit.Sink {
	return jobRecords{next, func(r *audit.Record) bool { return r.Outcome != audit.Deferred }}
}
