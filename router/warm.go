package router

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/routedrill/routedrill/router/cache"
)

// MaxWarm is how many requests one warm-up may send, and warmers how many of them
// are under way at once: a warm-up must not be what brings a provider down.
const (
	MaxWarm = 10_000
	warmers = 4
)

// CacheRequest is a request as the cache keeps it, or is to be warmed up with.
type CacheRequest struct {
	Endpoint string      // one of package llm
	Header   http.Header // of a client: task, tenant or Authorization, region, tags; not changed
	Body     []byte      // not changed
}

// keptHeaders are those that go with a request that is asked again. Who names no
// tenant is told apart by the Authorization, so that is kept too, in memory.
var keptHeaders = []string{taskHeader, tenantHeader, regionHeader, tagsHeader, "Authorization"}

// asAsked is the request of a relay as it can be asked again.
func (y *relay) asAsked() CacheRequest {
	h := http.Header{}
	for _, name := range keptHeaders {
		if v := y.q.Header[name]; v != nil && (name != "Authorization" || y.rec.Tenant == "") {
			h[name] = v
		}
	}
	return CacheRequest{Endpoint: y.rec.Endpoint, Header: h, Body: y.req.Raw()}
}

// CacheStats is what the cache holds and has done; zero without one.
func (r *Router) CacheStats() cache.Stats {
	if r.answers == nil {
		return cache.Stats{}
	}
	return r.answers.Stats()
}

// ForgetCached removes the answers with a tag from the cache, or all of them for "",
// and returns how many. Beside the tags that requests give, each answer has
// route:NAME, family:NAME and, where the request says so, task:NAME and tenant:NAME.
// What is under way meanwhile is not kept.
func (r *Router) ForgetCached(tag string) int {
	switch {
	case r.answers == nil:
		return 0
	case tag == "":
		return r.answers.Clear()
	}
	return r.answers.RemoveTag(tag)
}

// CachedTop returns the requests of up to n answers in the cache, those given most
// often first.
func (r *Router) CachedTop(n int) []CacheRequest {
	if r.answers == nil {
		return nil
	}
	var list []CacheRequest
	for _, item := range r.answers.Top(n) {
		list = append(list, item.Value.again)
	}
	return list
}

// WarmCache has requests answered anew for the cache to keep, whatever is there, in
// their order and four at a time; it returns how many were. They are requests like
// any others, with records and costs, and wait for nobody. Before a planned
// maintenance or a peak, WarmCache(ctx, r.CachedTop(500)) makes the answers that are
// wanted most as fresh as they can be. Of more than [MaxWarm] the rest is left out.
func (r *Router) WarmCache(ctx context.Context, list []CacheRequest) (answered int) {
	if r.answers == nil {
		return 0
	}
	list = list[:min(len(list), MaxWarm)]
	var next, good atomic.Int64
	var all sync.WaitGroup
	for range min(warmers, len(list)) {
		all.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				if r.warm(ctx, &list[i]) {
					good.Add(1)
				}
			}
		})
	}
	all.Wait()
	return int(good.Load())
}

// warm has one request answered, and reports whether it was.
func (r *Router) warm(ctx context.Context, c *CacheRequest) bool {
	path, ok := paths[c.Endpoint]
	if !ok {
		return false
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, path, bytes.NewReader(c.Body))
	if err != nil {
		return false
	}
	for name, v := range c.Header {
		q.Header[name] = v
	}
	q.Header["Cache-Control"] = []string{"no-cache"}
	w := &unread{header: http.Header{}}
	r.ServeHTTP(w, q)
	return w.status == http.StatusOK
}

// unread takes an answer that nobody reads, as the cache is to keep it.
type unread struct {
	header http.Header
	status int
}

func (w *unread) Header() http.Header         { return w.header }
func (w *unread) Write(b []byte) (int, error) { return len(b), nil }
func (w *unread) WriteHeader(status int)      { w.status = status }
func (w *unread) Flush()                      {}
