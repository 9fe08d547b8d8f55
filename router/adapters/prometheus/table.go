package prometheus

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// seconds are the buckets of durations, from what a cache takes to the longest answers.
var seconds = []float64{0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 20, 30, 60, 120}

// kind is what a metric is.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// spec is a row of the table of metrics, from which they and README.md are made.
type spec struct {
	name   string
	kind   kind
	labels string // with blanks between
	help   string
}

// The metrics that are counted as things happen.
var (
	requests        = spec{"routedrill_requests_total", counter, "route endpoint outcome", "Requests of clients that have ended, by how."}
	requestSeconds  = spec{"routedrill_request_duration_seconds", histogram, "route answered", "From a request's arrival to its last byte; answered is true if the client got a whole answer."}
	requestTTFT     = spec{"routedrill_request_ttft_seconds", histogram, "route", "From a request's arrival to the first content of its stream, of answered requests."}
	jobTries        = spec{"routedrill_job_tries_total", counter, "route outcome", "Tries to do a deferred job that have ended, by how."}
	attempts        = spec{"routedrill_attempts_total", counter, "provider model reason origin", "Attempts that have ended, by how and what for: request, job, shadow or probe."}
	attemptSeconds  = spec{"routedrill_attempt_duration_seconds", histogram, "provider model answered", "Of one attempt; answered is true if it was answered whole."}
	attemptTTFT     = spec{"routedrill_attempt_ttft_seconds", histogram, "provider model", "From an attempt's start to the first content of its stream."}
	extras          = spec{"routedrill_extra_attempts_total", counter, "provider model kind", "Attempts that took a token of the retry budget: retry, hedge or last_resort."}
	timeouts        = spec{"routedrill_timeouts_total", counter, "provider model kind", "Attempts that ran out of time: connect, ttft, idle, slow (a stream below the minimum rate), attempt, total, or provider (it said so itself)."}
	failovers       = spec{"routedrill_failovers_total", counter, "from to reason", "Moves of a request to another target, after a failure or because the first of its order could not be tried."}
	skips           = spec{"routedrill_skips_total", counter, "provider model reason", "Times a target was passed over."}
	transitions     = spec{"routedrill_breaker_transitions_total", counter, "provider model endpoint to reason", "Changes of a breaker's state, by the new one."}
	cacheRequests   = spec{"routedrill_cache_requests_total", counter, "route state", "Requests that may be answered out of the cache: hit, miss, stale or refresh."}
	tokens          = spec{"routedrill_tokens_total", counter, "provider model route type", "Tokens billed: input, cached_input, cache_write or output; their sum is all of them."}
	spendDollars    = spec{"routedrill_spend_dollars_total", counter, "provider model route", "What attempts have cost by the router's ledger, those of shadows and probes too."}
	reloads         = spec{"routedrill_config_reloads_total", counter, "result", "Times the config was read again: ok or refused."}
	reloadOK        = spec{"routedrill_config_last_reload_successful", gauge, "", "1 if the config in the file is the one at work, 0 if it was refused."}
	reloadTimestamp = spec{"routedrill_config_last_reload_success_timestamp_seconds", gauge, "", "When the config at work was read."}
)

// The metrics that are asked for when they are fetched.
var (
	breakerState = spec{"routedrill_breaker_state", gauge, "provider model endpoint", "0 closed, 1 half-open, 2 open. An endpoint that was never asked for has none."}
	cooling      = spec{"routedrill_target_cooling", gauge, "provider model", "1 while a target has asked to be left alone."}
	burning      = spec{"routedrill_alert_standing", gauge, "provider model endpoint signal burn", "1 for each alert of the router's own that stands; see health.alerts."}
	inFlight     = spec{"routedrill_attempts_in_flight", gauge, "provider", "Attempts under way."}
	inFlightMost = spec{"routedrill_attempts_in_flight_limit", gauge, "provider", "The provider's bulkhead; without one there is no series."}
	queueJobs    = spec{"routedrill_queue_jobs", gauge, "state", "Jobs that are kept: queued, running, done or dead."}
	queueBytes   = spec{"routedrill_queue_bytes", gauge, "", "Of the bodies and results of the jobs that are kept."}
	budgetLimit  = spec{"routedrill_budget_limit_dollars", gauge, "budget", "Of each period."}
	budgetSpent  = spec{"routedrill_budget_spent_dollars", gauge, "budget", "In this period so far."}
	budgetLeft   = spec{"routedrill_budget_left_dollars", gauge, "budget", "Of this period, without what is reserved for attempts under way."}
	cacheEntries = spec{"routedrill_cache_entries", gauge, "", "Answers in the cache."}
	cacheBytes   = spec{"routedrill_cache_bytes", gauge, "", "Of the answers in the cache."}
	refused      = spec{"routedrill_refused_total", counter, "reason", "Requests refused before they reached the router: unauthorized, over_quota, shed or too_large."}
	underWay     = spec{"routedrill_requests_in_flight", gauge, "", "Requests of clients under way."}
	bodyBytes    = spec{"routedrill_request_body_bytes", gauge, "", "Of the bodies of requests under way."}
)

// table is all of them, as README.md lists them.
var table = []spec{
	requests, requestSeconds, requestTTFT, jobTries, attempts, attemptSeconds, attemptTTFT, extras, timeouts, failovers, skips,
	transitions, breakerState, cooling, burning, inFlight, inFlightMost, cacheRequests, cacheEntries, cacheBytes,
	tokens, spendDollars, budgetLimit, budgetSpent, budgetLeft, queueJobs, queueBytes,
	refused, underWay, bodyBytes, reloads, reloadOK, reloadTimestamp,
}

func (s spec) names() []string { return strings.Fields(s.labels) }

func (s spec) counter() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: s.name, Help: s.help}, s.names())
}

func (s spec) gauge() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: s.name, Help: s.help})
}

func (s spec) histogram() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: s.name, Help: s.help, Buckets: seconds}, s.names())
}

func (s spec) desc() *prometheus.Desc { return prometheus.NewDesc(s.name, s.help, s.names(), nil) }

// Names returns the names of all metrics of this package, sorted; those of the Go
// runtime and of the process are not among them. The slice is the caller's.
func Names() []string {
	var list []string
	for _, s := range table {
		list = append(list, s.name)
	}
	slices.SortFunc(list, cmp.Compare[string])
	return list
}
