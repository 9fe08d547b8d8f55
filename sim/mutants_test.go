package sim_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

// mutantDrill is the world all mutants are drilled in. What goes wrong in it,
// and the limits that matter, differ.
const mutantDrill = `
version: 1
name: mutants
duration: 2m
world:
  providers:
    first:  {region: us-east, models: {m: {price: {input: 1, output: 4}, ttft: {p50: 200ms, p95: 400ms}, itl: 5ms}}}
    second: {region: eu-west, models: {m: {price: {input: 2, output: 8}, ttft: {p50: 300ms, p95: 600ms}, itl: 5ms}}}
  routes: {r: [first/m, second/m]}
  load: {rate: 8/s}
  tasks:
    - {name: stream, model: r, stream: %[5]v, tenants: 3, prompt_tokens: 40, output_tokens: 60, max_tokens: 100%[4]s}
    - {name: whole, model: r, tenants: 3, prompt_tokens: 40, output_tokens: 60, max_tokens: 100%[4]s}
timeline: [{id: f, at: 10s, for: 90s, %[1]s}]
policies: [{name: drilled, from: priority, resilience: {%[2]s}%[3]s}]
`

// The situations: a fault, and resilience under which it matters.
var (
	outage  = situation{"provider: first, fault: {kind: status, status: 503}", "breaker: {min_samples: 5, open_for: 5s, max_open_for: 5s}", "", ""}
	silence = situation{"provider: first, fault: {kind: hang}", "attempt_timeout: 2s, ttft_timeout: 2s, breaker: {min_samples: 5, open_for: 5s, probes: 1}", "", ""}
	limited = situation{"provider: first, fault: {kind: false_rate_limit, retry_after: 8s, rate: 0.2}", "", "", ""}
	trouble = situation{
		"fault: {kind: status, status: 500, rate: 0.6}",
		"max_attempts: 3, retry_budget: {ratio: 0.01, floor: 2}, breaker: {min_samples: 100000}", "", "",
	}
	persistent = situation{
		"fault: {kind: status, status: 500, rate: 0.6}",
		"max_attempts: 3, retry_budget: {ratio: 10, floor: 1000}, breaker: {min_samples: 100000}", "", "",
	}
	slowly = situation{"provider: first, fault: {kind: delay, add: 3s}", "hedge: {after: 1s}, retry_budget: {ratio: 0.5, floor: 5}", "", ""}
	cuts   = situation{"provider: first, fault: {kind: cut, after: 20, rate: 0.3}", "breaker: {min_samples: 100000}", "", ""}
	hangs  = situation{"fault: {kind: hang, rate: 0.5}", "total_timeout: 5s, attempt_timeout: 4s, ttft_timeout: 4s, breaker: {min_samples: 100000}", "", ""}
	// Tenants of whom one may go to the second alone, which is in trouble.
	apart  = situation{"provider: second, fault: {kind: status, status: 500, rate: 0.5}", "", "tenants: {tenant-2: {regions: [eu-*]}}", ""}
	abroad = situation{"provider: second, fault: {kind: status, status: 500, rate: 0.5}", "", "routes: {r: {targets: [first/m, second/m], residency: [eu-west]}}", ""}
	beside = situation{"provider: first, fault: {kind: status, status: 500, rate: 0.1}", "",
		"routes: {r: {targets: [first/m], shadow: {target: second/m, share: 1, budget: 0.27}}}", ""}
	frugal = situation{"provider: first, fault: {kind: status, status: 500, rate: 0.3}", "",
		"budgets: {all: {limit: 0.08, per: minute}, one: {limit: 0.004, per: hour, tenant: tenant-2, provider: second}}", ""}
	watched = situation{"provider: second, fault: {kind: status, status: 503, rate: 0.7}", "breaker: {open_for: 3s, max_open_for: 3s}",
		"health: {probes: {every: 1s, budget: 0.0005}}", ""}
	asking = situation{fault: "provider: first, fault: {kind: status, status: 500, rate: 0.1}", task: ", client: {preset: openai-python, idempotency_key: true, lose_answers: 0.2}"}
	// Whoever asks what has been asked before gets that answer, also with everybody down.
	askedAgain = situation{
		"fault: {kind: status, status: 503}", "", "cache: {ttl: 20s, stale_if_error: 30s}", ", prompts: 4",
	}
	// Everything can wait, through an outage of everybody.
	waitingFor = situation{
		"fault: {kind: status, status: 503}", "breaker: {min_samples: 5, open_for: 5s, max_open_for: 5s}", "queue: {workers: 20}", ", class: batch, deadline: 15m",
	}
	cutAndAskedAgain = situation{
		"provider: first, fault: {kind: cut, after: 20, rate: 0.3}", "breaker: {min_samples: 100000}", "cache: {ttl: 5s}", ", prompts: 4",
	}
)

// situation is a fault, resilience, and further keys of the policy and of both
// tasks.
type situation struct{ fault, resilience, policy, task string }

// mutant is an engine with something broken around it or in its settings. Nil
// parts are left as they are.
type mutant struct {
	config    func(*router.Config)
	transport func(http.RoundTripper) http.RoundTripper
	handler   func(http.Handler) http.Handler
	sink      func(audit.Sink) audit.Sink
}

func (m mutant) engine(c router.Config, t http.RoundTripper, seed uint64, s audit.Sink, e router.Evaluator) (http.Handler, error) {
	if m.config != nil {
		m.config(&c)
	}
	if m.transport != nil {
		t = m.transport(t)
	}
	if m.sink != nil {
		s = m.sink(s)
	}
	h, err := router.New(c, router.WithTransport(t), router.WithSeed(seed), router.WithAudit(s), router.WithEvaluator(e))
	if err == nil && m.handler != nil {
		return closing{m.handler(h), h}, nil
	}
	return h, err
}

// closing is a handler around a router, which ends with it.
type closing struct {
	http.Handler
	*router.Router
}

// ServeHTTP is the handler's.
func (c closing) ServeHTTP(w http.ResponseWriter, q *http.Request) { c.Handler.ServeHTTP(w, q) }

// TestMutantsAreCaught breaks the engine in the ways gateways are known to break,
// and more. Each runs in a real cell that is without fault while the engine is
// whole, and each is found by exactly the checkers that say they look for it.
func TestMutantsAreCaught(t *testing.T) {
	rows := []struct {
		name   string
		in     situation
		mutant mutant
		want   []int // the invariants that fire
	}{
		{"a token is lost on the way to the client", outage, mutant{handler: losingToken}, []int{2}},
		{"a stream is tried again after its commit point", cuts, mutant{handler: tryingAgain}, []int{2}},
		{"a cut stream is ended as if it were whole", cuts, mutant{handler: smoothingOver}, []int{2, 4}},
		{"a cut stream is taken for a whole one", cuts, mutant{transport: completing}, []int{2, 4}},
		{"an answer that nobody gave", outage, mutant{handler: inventing}, []int{2, 4}},

		{"another price than was agreed", outage, mutant{config: mispricing}, []int{3}},
		{"failed attempts cost nothing", cuts, mutant{sink: attempts(hidingCost)}, []int{3}},
		{"an estimate is passed off as a bill", cuts, mutant{sink: attempts(claiming)}, []int{3}},
		{"the audit drops a record", outage, mutant{sink: droppingRecords}, []int{3, 4, 7}},

		{"the answer names the target that failed", outage, mutant{handler: misnaming}, []int{4}},
		{"the audit names the target that failed", outage, mutant{sink: attempts(blaming)}, []int{3, 4, 7}},

		{"a breaker that opens and stops nothing", outage, mutant{config: neverTripping, sink: claimingOpen}, []int{5}},
		{"a breaker that forgets to close", outage, mutant{sink: forgettingToClose}, []int{5}},
		{"unlimited half-open probes", silence, mutant{config: probing}, []int{5}},
		{"the dead primary is asked on the side", outage, mutant{transport: askingOnTheSide}, []int{3, 5, 7}},

		{"a cooldown is cut short", limited, mutant{config: hurrying}, []int{6}},
		{"Retry-After is not read", limited, mutant{config: noDefault, transport: deaf}, []int{6}},

		{"more attempts than permitted", persistent, mutant{config: persisting}, []int{7}},
		{"the retry budget is bypassed", trouble, mutant{config: spending}, []int{7}},
		{"retries that call themselves something else", trouble, mutant{config: spending, sink: attempts(disguising)}, []int{7}},
		{"retries below the engine", trouble, mutant{transport: repeating}, []int{3, 7}},
		{"the audit drops a failed attempt", trouble, mutant{sink: forgetting(audit.ServerError)}, []int{7}},
		{"hedges without a budget", slowly, mutant{config: spending}, []int{7}},
		{"hedges that call themselves something else", slowly, mutant{config: spending, sink: attempts(unhedging)}, []int{7}},
		{"the loser of two attempts is waited for", slowly, mutant{transport: unhearing}, []int{7}},
		{"the loser of two attempts is not cancelled", slowly, mutant{transport: abandoning}, []int{7}},
		{"the loser's cost is not counted", slowly, mutant{sink: attempts(forgivingLosers)}, []int{3}},
		{"the audit drops the loser", slowly, mutant{sink: forgetting(audit.HedgeLost)}, []int{3, 7}},
		{"both answers are written", slowly, mutant{handler: writingBoth}, []int{2}},

		{"the total timeout is not the one configured", hangs, mutant{config: waiting}, []int{7}},
		{"the deadline passes and nobody minds", hangs, mutant{config: waiting, sink: statingDeadline}, []int{7}},

		{"shadows without a budget", beside, mutant{config: shadowingFreely}, []int{12}},
		{"shadows that cost nothing", beside, mutant{sink: shadows(func(a *audit.Attempt) { a.CostMicroUSD = 0 })}, []int{3}},
		{"shadows that are not in the audit", beside, mutant{sink: hidingShadows}, []int{3, 7}},
		{"shadows of another target", beside, mutant{config: shadowingFirst}, []int{7, 12}},

		{"no budgets at all", frugal, mutant{config: spendingFreely(0, 1)}, []int{12}},
		{"the budget of all is not held", frugal, mutant{config: spendingFreely(0)}, []int{12}},
		{"the budget of a tenant at a provider is not held", frugal, mutant{config: spendingFreely(1)}, []int{12}},
		{"budgets of hours in place of minutes", frugal, mutant{config: spendingByTheHour}, []int{12}},
		{"probes without a budget", watched, mutant{config: probingFreely}, []int{12}},
		{"probes that cost nothing", watched, mutant{sink: probes(func(a *audit.Attempt) { a.CostMicroUSD = 0 })}, []int{3}},
		{"probes that are not in the audit", watched, mutant{sink: hidingProbes}, []int{3, 5, 7}},
		{"probes that no breaker was asked for", watched, mutant{sink: probes(func(a *audit.Attempt) { a.Probe = false })}, []int{5}},

		{"answers are not remembered", asking, mutant{config: forgettingAnswers}, []int{8}},
		{"answers are forgotten too soon", asking, mutant{config: forgettingSoon}, []int{8}},
		{"the key is not passed on", asking, mutant{handler: ignoringKeys}, []int{8}},

		{"jobs are forgotten", waitingFor, mutant{handler: forgettingJobs}, []int{9}},
		{"jobs never show that they are done", waitingFor, mutant{handler: hidingResults}, []int{9}},
		{"a result changes", waitingFor, mutant{handler: changingResults}, []int{9}},
		{"executions that are no job's", waitingFor, mutant{sink: disowning}, []int{9}},
		{"what is accepted is not in the audit", waitingFor, mutant{sink: hidingAccepted}, []int{9}},
		{"jobs are executed twice", waitingFor, mutant{handler: executingTwice, sink: acceptingOnce}, []int{9}},

		{"tenants share answers", askedAgain, mutant{handler: nobodys}, []int{10}},
		{"answers outlive their TTL", askedAgain, mutant{config: keepingLonger}, []int{10}},
		{"answers are kept for too long in an emergency", askedAgain, mutant{config: keepingStale}, []int{10}},
		{"a stale answer is passed off as a fresh one", askedAgain, mutant{handler: freshening}, []int{10}},
		{"the audit passes it off", askedAgain, mutant{sink: fresheningAudit}, []int{10}},
		{"answers without an age", askedAgain, mutant{handler: ageless}, []int{10}},
		{"another answer than was kept", askedAgain, mutant{handler: touchingUp}, []int{10}},
		{"all questions are one", askedAgain, mutant{handler: askingTheSame}, []int{10}},
		{"the answer of another request", askedAgain, mutant{sink: misattributing}, []int{10}},
		{"an answer that was cut is kept", cutAndAskedAgain, mutant{transport: completing}, []int{2, 4, 10}},

		{"the limits of tenants are not read", apart, mutant{config: forgettingTenants}, []int{12}},
		{"a tenant is taken for another", apart, mutant{handler: sharing}, []int{12}},
		{"the residency of the route is not read", abroad, mutant{config: forgettingResidency}, []int{12}},
		{"a failover abroad, below the engine", abroad, mutant{transport: failingOverAbroad}, []int{3, 4, 7, 12}},
	}
	whole := map[situation]bool{}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if !whole[row.in] {
				require.Empty(t, fired(drill(t, row.in, mutant{})), "the engine that ships")
				whole[row.in] = true
			}
			c := drill(t, row.in, row.mutant)
			require.Equal(t, row.want, fired(c), "%s", findings(c))
		})
	}
}

func drill(t *testing.T, in situation, m mutant) *record.Cell {
	t.Helper()
	more := in.policy
	if more != "" {
		more = ", " + more
	}
	return drilled(t, load(t, mutantDrill, in.fault, in.resilience, more, in.task, in != waitingFor), m)
}

// drilled is the one cell of a scenario, with a mutant for an engine.
func drilled(t *testing.T, s *scenarios.Scenario, m mutant) *record.Cell {
	t.Helper()
	policies, err := sim.Policies(s, nil, nil)
	require.NoError(t, err)
	run, err := sim.Run(t.Context(), sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{1}}.WithEngine(m.engine))
	require.NoError(t, err)
	return &run.Cells[0]
}

func fired(c *record.Cell) []int {
	var out []int
	for _, r := range check.All(c) {
		if r.Violations > 0 {
			out = append(out, r.Number)
		}
	}
	return out
}

func findings(c *record.Cell) (text string) {
	for _, r := range check.All(c) {
		if r.Violations > 0 {
			text += fmt.Sprintf("%d, %d times: %v\n", r.Number, r.Violations, r.Examples)
		}
	}
	return text
}

// Settings other than those the checkers know.

// mispricing takes care of what the cell goes on reading.
func mispricing(c *router.Config) {
	c.Providers = slices.Clone(c.Providers)
	second := &c.Providers[1]
	second.Models = slices.Clone(second.Models)
	second.Models[0].Price.OutputNano += 100
}

func neverTripping(c *router.Config) { c.Resilience.Breaker.MinSamples = 1_000_000 }
func probing(c *router.Config)       { c.Resilience.Breaker.Probes = 20 }
func hurrying(c *router.Config) {
	c.Resilience.Cooldown.Default, c.Resilience.Cooldown.Max = 0, time.Second
}
func noDefault(c *router.Config)  { c.Resilience.Cooldown.Default = 0 }
func persisting(c *router.Config) { c.Resilience.MaxAttempts = 9 }
func spending(c *router.Config) {
	c.Resilience.RetryBudget = router.RetryBudget{Ratio: 10, Floor: 1000}
}
func forgettingTenants(c *router.Config) { c.Tenants = nil }
func forgettingResidency(c *router.Config) {
	c.Routes = slices.Clone(c.Routes)
	c.Routes[0].Residency = nil
}

func shadowingFreely(c *router.Config) {
	c.Routes = slices.Clone(c.Routes)
	free := *c.Routes[0].Shadow
	free.BudgetMicroUSD = router.MaxShadowBudget
	c.Routes[0].Shadow = &free
}

func probingFreely(c *router.Config) { c.Health.Probes.BudgetMicroUSD = router.MaxShadowBudget }

// shadowingFirst serves from the second and shadows at the first.
func shadowingFirst(c *router.Config) {
	c.Routes = slices.Clone(c.Routes)
	other := *c.Routes[0].Shadow
	other.Target = "first/m"
	c.Routes[0].Targets, c.Routes[0].Shadow = []string{"second/m"}, &other
}

// spendingFreely raises budgets beyond reach.
func spendingFreely(which ...int) func(*router.Config) {
	return func(c *router.Config) {
		c.Budgets = slices.Clone(c.Budgets)
		for _, i := range which {
			c.Budgets[i].LimitMicroUSD = router.MaxBudget
		}
	}
}

// spendingByTheHour lets a minute have what sixty may.
func spendingByTheHour(c *router.Config) {
	c.Budgets = slices.Clone(c.Budgets)
	c.Budgets[0].Per, c.Budgets[0].LimitMicroUSD = router.PerHour, 60*c.Budgets[0].LimitMicroUSD
}

func forgettingAnswers(c *router.Config) { c.Idempotency = router.Idempotency{Entries: 1} }
func forgettingSoon(c *router.Config) {
	c.Idempotency = router.DefaultIdempotency()
	c.Idempotency.TTL = 100 * time.Millisecond
}
func keepingLonger(c *router.Config) {
	c.Cache.TTL = map[string]time.Duration{router.AnyTask: time.Minute}
}
func keepingStale(c *router.Config) { c.Cache.StaleIfError = time.Hour }
func waiting(c *router.Config)      { c.Resilience.TotalTimeout *= 4 }
