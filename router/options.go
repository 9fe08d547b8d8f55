package router

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/policy"
	"github.com/routedrill/routedrill/router/queue"
)

// Option sets a dependency of [New].
type Option func(*Router)

// WithTransport sets what carries requests to the providers. Nil, and the
// default, is a clone of [http.DefaultTransport] with more idle connections. It
// alone heeds [Limits].ConnectTimeout.
func WithTransport(t http.RoundTripper) Option {
	return func(r *Router) {
		if t != nil {
			r.transport = t
		}
	}
}

// WithLogger sets where the router logs alerts (errors: a target that only its
// operator can mend), recovered panics and breaker transitions. Nil, and the
// default, discards.
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

// WithAlerts adds those who are told of alerts, one at a time, which Config.Health.Alerts has to turn
// on. The default is nobody but the log.
func WithAlerts(list ...audit.AlertSink) Option {
	return func(r *Router) {
		for _, s := range list {
			if s != nil {
				r.alertSinks = append(r.alertSinks, s)
			}
		}
	}
}

// WithJobs adds those who are told when a deferred job is over. The default is nobody
// but the log, of those that are dead.
func WithJobs(list ...audit.JobSink) Option {
	return func(r *Router) {
		for _, s := range list {
			if s != nil {
				r.jobSinks = append(r.jobSinks, s)
			}
		}
	}
}

// WithStrategy sets the strategy that ranks a route's targets, in place of the
// policy's own; the name is what the audit calls it. Nil, and the default, leaves
// it to Config.Policy.
func WithStrategy(name string, s policy.Strategy) Option {
	return func(r *Router) {
		if s != nil {
			r.policy.Strategy, r.strategy = name, s
		}
	}
}

// WithEvaluator sets who compares the answers of requests with those of their
// shadows (see Route.Shadow), which the policy's quality scores then go by. Nil,
// and the default, compares nothing.
func WithEvaluator(e Evaluator) Option {
	return func(r *Router) { r.evaluator = e }
}

// WithSubstitutes sets who is asked, in this order, for an answer to a request
// that no provider can serve now: a stale cache before deferral, as a rule. The
// default is none, and an error to the client.
func WithSubstitutes(list ...Substitute) Option {
	return func(r *Router) {
		for _, s := range list {
			if s != nil {
				r.substitutes = append(r.substitutes, s)
			}
		}
	}
}

// WithJobStore sets where the queue keeps its jobs; it is the caller's to close,
// after the router. Nil, and the default, is the router's memory.
func WithJobStore(s queue.Store) Option {
	return func(r *Router) { r.jobStore = s }
}

type discard struct{}

func (discard) Request(*audit.Record)      {}
func (discard) Breaker(audit.BreakerEvent) {}

// transports gives each plan what carries its requests: the one that was set, or
// one of our own for each connect timeout there is, with connections of its own.
func (r *Router) transports() func(*Limits) http.RoundTripper {
	return func(l *Limits) http.RoundTripper {
		if r.transport != nil {
			return r.transport
		}
		if r.own[l.ConnectTimeout] == nil {
			r.own[l.ConnectTimeout] = defaultTransport(l.ConnectTimeout, &r.reach)
		}
		return r.own[l.ConnectTimeout]
	}
}

func defaultTransport(connect time.Duration, to *reach) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	// A host that does not answer at all shows in this time, well before an
	// attempt's own deadline, and fails as connect_timeout.
	t.DialContext = to.dial(connect)
	t.TLSHandshakeTimeout = connect
	t.MaxIdleConns = 1024
	t.MaxIdleConnsPerHost = 256 // a gateway talks to few hosts, with many requests each
	t.ResponseHeaderTimeout = 0 // the attempt's own deadlines bound the wait
	t.ExpectContinueTimeout = time.Second
	return t
}
