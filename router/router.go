package router

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/cache"
	"github.com/routedrill/routedrill/router/internal/idempotency"
	"github.com/routedrill/routedrill/router/internal/retry"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/policy"
	"github.com/routedrill/routedrill/router/queue"
)

// MaxRequestBytes is the largest request body accepted; a larger one is
// answered with 413.
const MaxRequestBytes = 32 << 20

// Router relays requests to providers. Make it with [New]; it is an
// http.Handler, safe for concurrent use. With shadow traffic, probes or alerts it is
// to be closed; see [Router.Close].
type Router struct {
	transport   http.RoundTripper // nil: our own, see transports
	log         *slog.Logger
	sink        audit.Sink
	seed        uint64
	resilience  Resilience
	policy      Policy
	strategy    policy.Strategy // of WithStrategy; nil is the policy's own
	budget      *retry.Budget
	once        *idempotency.Store // nil remembers nothing
	idempotency Idempotency
	cache       Cache
	answers     *cache.Cache[*reply] // nil keeps nothing
	targets     []*target            // in the order of the config
	plans       map[string]*plan     // by route name and by "provider/model"
	tenants     map[string]*Tenant   // by name
	budgets     []*budget            // in the order of the config
	jobStore    queue.Store          // nil: memory
	substitutes []Substitute
	evaluator   Evaluator    // nil compares nothing
	models      []modelEntry // of GET /v1/models
	names       []string     // what a request may ask for; see Config.ModelNames
	background  background
	probing     *probing // nil: none
	alerts      Alerts
	alertSinks  []audit.AlertSink
	jobSinks    []audit.JobSink
	watching    sync.Once                 // over the error budgets
	ownAddress  func(netip.AddrPort) bool // see WithOwnAddress
	sampled     func(id [16]byte) bool    // see WithTraces; nil: no traces
	predecessor *Router                   // of WithPredecessor; nil once it has been followed
	*estate
}

// New checks the config in full and returns a router for it. The error joins
// everything found wrong, and never shows a key.
func New(c Config, options ...Option) (*Router, error) {
	if c.Resilience == (Resilience{}) {
		c.Resilience = DefaultResilience()
	}
	if c.Idempotency == (Idempotency{}) {
		c.Idempotency = DefaultIdempotency()
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	r := &Router{
		log:        slog.New(slog.DiscardHandler),
		sink:       discard{},
		seed:       rand.Uint64(),
		resilience: c.Resilience,
		policy:     c.Policy,
		cache:      c.Cache.clone(),

		idempotency: c.Idempotency,
		budget:      retry.NewBudget(c.Resilience.RetryBudget.Ratio, c.Resilience.RetryBudget.Floor),
	}
	for _, o := range options {
		if o != nil {
			o(r)
		}
	}
	if err := r.inherit(); err != nil {
		return nil, err
	}
	if i := c.Idempotency; i.TTL > 0 {
		var err error
		if r.once, err = idempotency.New(i.Entries, i.MaxBytes, i.TTL); err != nil {
			return nil, fmt.Errorf("router: idempotency: %w", err)
		}
	}
	var err error
	if r.answers, err = newAnswerCache(r.cache); err != nil {
		return nil, fmt.Errorf("router: %w", err)
	}
	r.background.open()
	r.alerts = c.Health.Alerts
	r.probing = newProbing(c.Health.Probes, time.Now())
	r.targets = newTargets(r, c.Providers)
	r.plans = newPlans(r, c, r.transports())
	r.tenants = newTenants(c.Tenants)
	r.budgets = newBudgets(c.Budgets)
	r.watchTimes()
	r.names = c.ModelNames()
	r.models = modelEntries(c)
	r.reach.allow(c.Providers)
	if r.predecessor != nil {
		r.follow()
		return r, nil
	}
	r.current.Store(r)
	if err := r.openQueue(c.Queue); err != nil {
		return nil, err
	}
	return r, nil
}

// ServeHTTP serves the OpenAI API: POST /v1/chat/completions, /v1/responses,
// /v1/completions and /v1/embeddings, GET /v1/models and /v1/models/ID, GET /v1/routedrill/health, and with a queue
// GET and DELETE /v1/routedrill/jobs/ID.
func (r *Router) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	method := http.MethodPost
	switch q.URL.Path {
	case "/v1/chat/completions":
		if q.Method == method {
			r.relay(w, q, chat)
			return
		}
	case "/v1/responses":
		if q.Method == method {
			r.respond(w, q)
			return
		}
	case "/v1/completions":
		if q.Method == method {
			r.relay(w, q, completions)
			return
		}
	case "/v1/embeddings":
		if q.Method == method {
			r.relay(w, q, embeddings)
			return
		}
	case "/v1/models":
		if method = http.MethodGet; q.Method == method {
			writeJSON(w, http.StatusOK, modelList(r.models, callerOf(q.Context())))
			return
		}
	case "/v1/routedrill/health":
		if method = http.MethodGet; q.Method == method {
			writeJSON(w, http.StatusOK, r.health())
			return
		}
	default:
		if id, ok := strings.CutPrefix(q.URL.Path, jobsPath); ok && r.jobs != nil {
			r.job(w, q, id)
			return
		}
		if id, ok := strings.CutPrefix(q.URL.Path, "/v1/models/"); ok {
			r.model(w, q, id)
			return
		}
		if strings.HasPrefix(q.URL.Path, "/v1/responses/") {
			writeError(w, noResponse)
			return
		}
		writeError(w, apiError{http.StatusNotFound, "invalid_request_error", "unknown_url", "no such path; see /v1/models for what is served"})
		return
	}
	w.Header().Set("Allow", method)
	writeError(w, apiError{http.StatusMethodNotAllowed, "invalid_request_error", "method_not_allowed", "this path takes " + method})
}

// relay serves one request of a relayed endpoint.
func (r *Router) relay(w http.ResponseWriter, q *http.Request, e endpoint) {
	r.audited(newRelay(r, w, q, e))
}

// audited serves a request and audits it whatever happens.
func (r *Router) audited(y *relay) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("panic while relaying", "request_id", y.rec.RequestID, "panic", p, "stack", string(debug.Stack()))
			y.panicked()
		}
		y.respond()
		y.unbound()
		y.rec.End = time.Now()
		if y.comparing != nil {
			y.comparing.end(&y.rec)
		}
		y.caller.done(&y.rec)
		r.sink.Request(&y.rec)
		y.forgetRanking()
	}()
	y.serve()
}

// endpoint numbers what targets are asked for, and are well or ill at apart from
// each other: the relayed endpoints, and chat that may call tools, which may fail
// alone.
type endpoint uint8

const (
	chat endpoint = iota
	completions
	embeddings
	tools
	endpoints // how many there are
)

func (e endpoint) String() string {
	return [...]string{llm.Chat, llm.Completions, llm.Embeddings, Tools}[e]
}

// served is the endpoint of the API that it is asked at.
func (e endpoint) served() string {
	if e == tools {
		return llm.Chat
	}
	return e.String()
}

// endpointNamed is the endpoint of a name; endpoints where there is none.
func endpointNamed(name string) endpoint {
	for e := range endpoints {
		if e.String() == name {
			return e
		}
	}
	return endpoints
}
