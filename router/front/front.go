package front

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/routedrill/routedrill/router"
)

const tenantHeader = "X-Routedrill-Tenant"

// Config of a [Front]. Its zero value is open to everybody, within the default limits.
type Config struct {
	Keys   []Key // none: everybody may ask for everything, and names their own tenant
	Limits Limits
}

// Front is what clients meet first. Make it with [New]; it is safe for concurrent use.
type Front struct {
	now    atomic.Pointer[settled]
	places places
	drawn  atomic.Int64 // waits drawn so far
	refusals
}

// settled is a config, made ready.
type settled struct {
	limits Limits
	keys   map[digest]*client // nil: no keys
}

// New checks the config and makes a front of it.
func New(c Config) (*Front, error) {
	f := &Front{}
	f.now.Store(&settled{})
	if err := f.Change(c); err != nil {
		return nil, err
	}
	return f, nil
}

// Change puts another config in the place of the one there is, or says what is
// wrong with it and changes nothing. What is under way ends under the old one. What
// a key has used of its quotas stays used.
func (f *Front) Change(c Config) error {
	limits, err := c.Limits.settle()
	if err != nil {
		return err
	}
	old := map[string]*client{}
	for _, k := range f.now.Load().keys {
		old[k.key.Name] = k
	}
	next := &settled{limits: limits}
	seen := map[string]bool{}
	for _, k := range c.Keys {
		if next.keys == nil {
			next.keys = map[digest]*client{}
		}
		d, err := k.check()
		switch {
		case err != nil:
			return err
		case seen[k.Name]:
			return fmt.Errorf("front: key %q stands twice", k.Name)
		case next.keys[d] != nil:
			return fmt.Errorf("front: keys %q and %q have one hash: each needs a key of its own", next.keys[d].key.Name, k.Name)
		}
		seen[k.Name] = true
		next.keys[d] = newClient(k, d, old[k.Name])
	}
	f.now.Store(next)
	return nil
}

// Open reports whether nobody needs a key.
func (f *Front) Open() bool { return f.now.Load().keys == nil }

// public are the paths that need no key: what says how things are, in words for
// everybody, and what a load balancer asks.
func public(path string) bool {
	switch path {
	case "/status.json", "/status.html", "/healthz", "/readyz":
		return true
	}
	return false
}

// Before puts the front before the router.
func (f *Front) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if public(q.URL.Path) {
			next.ServeHTTP(w, q)
			return
		}
		s := f.now.Load()
		batch := q.Header.Get("X-Routedrill-Class") == "batch"
		if !f.places.enter(s.limits.Concurrent, batch) {
			f.busy(w)
			return
		}
		defer f.places.leave()
		if s.keys != nil {
			c := s.identify(q)
			if c == nil {
				f.unauthorized(w, q)
				return
			}
			if !f.admit(w, c, batch) {
				return
			}
			defer c.places.leave()
			q = c.speaksFor(q)
		}
		body, ok := f.counted(w, q, s.limits)
		if !ok {
			return
		}
		defer body.leave()
		next.ServeHTTP(w, q)
	})
}

// speaksFor is the request as the router gets it: of the client's tenant, and
// without the key.
func (c *client) speaksFor(q *http.Request) *http.Request {
	q = q.WithContext(router.WithCaller(q.Context(), c.caller))
	q.Header = q.Header.Clone()
	q.Header[tenantHeader] = c.tenant
	delete(q.Header, "Authorization")
	return q
}

var errName = errors.New("must be 1 to 128 printable characters without blanks")

func checkName(s string) error {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return errName
		}
	}
	if s == "" || len(s) > 128 {
		return errName
	}
	return nil
}
