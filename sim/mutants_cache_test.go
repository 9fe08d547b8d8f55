package sim_test

import (
	"io"
	"net/http"
	"regexp"

	"github.com/routedrill/routedrill/router/audit"
)

// nobodys takes every request for one that names no tenant.
func nobodys(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		q.Header.Del("X-Routedrill-Tenant")
		engine.ServeHTTP(w, q)
	})
}

// marked changes the answers with a mark of the cache.
func marked(engine http.Handler, mark string, change func(a *answer)) http.Handler {
	return changing(engine, func(a *answer, _ func() *answer) *answer {
		if a.header.Get("X-Routedrill-Cache") == mark {
			change(a)
		}
		return a
	})
}

func freshening(engine http.Handler) http.Handler {
	return marked(engine, "stale", func(a *answer) { a.header.Set("X-Routedrill-Cache", "hit") })
}

func ageless(engine http.Handler) http.Handler {
	return marked(engine, "hit", func(a *answer) { a.header.Del("Age") })
}

// touchingUp adds a blank line to an answer out of the cache: the same text in
// other bytes.
func touchingUp(engine http.Handler) http.Handler {
	return marked(engine, "hit", func(a *answer) { a.WriteString("\n") })
}

var texts = regexp.MustCompile(`"content":"[^"]*"`)

// askingTheSame asks the same whatever was asked.
func askingTheSame(engine http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return // the client left
		}
		a := ask(engine, q, texts.ReplaceAll(body, []byte(`"content":"the same"`)))
		if a.status == 0 {
			return
		}
		for key, values := range a.header {
			w.Header()[key] = values
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.Bytes())
	})
}

// cachedRecords changes the records of answers out of the cache.
type cachedRecords struct {
	audit.Sink
	change func(*audit.CacheUse)
}

func (s cachedRecords) Request(r *audit.Record) {
	if r.Outcome == audit.Cached {
		s.change(&r.Cache)
	}
	s.Sink.Request(r)
}

func fresheningAudit(next audit.Sink) audit.Sink {
	return cachedRecords{next, func(c *audit.CacheUse) { c.State = audit.Hit }}
}

func misattributing(next audit.Sink) audit.Sink {
	return cachedRecords{next, func(c *audit.CacheUse) { c.Origin = "req-000002" }}
}
