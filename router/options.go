package router

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/audit"
)

// Option sets a dependency of [New].
type Option func(*Router)

// WithTransport sets what carries requests to the providers. Nil, and the
// default, is a clone of [http.DefaultTransport] with more idle connections.
func WithTransport(t http.RoundTripper) Option {
	return func(r *Router) {
		if t != nil {
			r.transport = t
		}
	}
}

// WithLogger sets where the router logs recovered panics and breaker
// transitions. Nil, and the default, discards.
func WithLogger(l *slog.Logger) Option {
	return func(r *Router) {
		if l != nil {
			r.log = l
		}
	}
}

// WithSeed fixes the seed of every draw the router makes: backoff, jitter,
// timeout offsets and the request ids it invents. The default is random.
func WithSeed(seed uint64) Option {
	return func(r *Router) { r.seed = seed }
}

// WithAudit sets the sink of audit records. Nil, and the default, drops them.
func WithAudit(s audit.Sink) Option {
	return func(r *Router) {
		if s != nil {
			r.sink = s
		}
	}
}

type discard struct{}

func (discard) Request(*audit.Record)      {}
func (discard) Breaker(audit.BreakerEvent) {}

func defaultTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns = 1024
	t.MaxIdleConnsPerHost = 256 // a gateway talks to few hosts, with many requests each
	t.ResponseHeaderTimeout = 0 // the attempt's own deadlines bound the wait
	t.ExpectContinueTimeout = time.Second
	return t
}
