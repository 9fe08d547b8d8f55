package config

import (
	"fmt"
	"strings"
)

// row is one key of the file, or several that are alike, in Markdown.
type row struct {
	keys     string // separated by spaces
	in       string // the keys under which they stand, separated by spaces; "" is the top of the file
	value    string // what it may be
	standard string // what it is when it is left out; "" = nothing
	example  string // YAML, for the schema; "" leaves it to the kind of value
}

// table writes the reference as the README has it.
func table() string {
	var b strings.Builder
	b.WriteString("| key | value | default |\n|---|---|---|\n")
	for _, r := range reference {
		fmt.Fprintf(&b, "| `%s` | %s |", strings.ReplaceAll(r.keys, " ", "`, `"), r.value)
		if r.standard != "" {
			b.WriteString(" " + r.standard)
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// description is the row as a sentence without Markdown.
func (r *row) description() string {
	text := strings.ReplaceAll(r.value, "`", "") + "."
	if !strings.HasPrefix(r.value, "`") { // a word of the language stays as it is
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	switch r.standard {
	case "":
		return text
	case "needed":
		return text + " Needed."
	}
	return text + " Default: " + strings.ReplaceAll(r.standard, "`", "") + "."
}

// reference says what the keys of a file mean. The table of the router's README and
// the descriptions of the JSON Schema are made of it; a test holds it against the
// decoder.
var reference = []row{
	{keys: "version", value: "1", standard: "needed"},
	{keys: "summary", value: "one line for people"},
	{keys: "prices_as_of", value: "date on which the prices were read, for `routedrill validate --ready`"},
	{keys: "providers", value: "mapping: name → `wire`, `api_version`, `base_url`, `api_key`, `allow_link_local`, `region`, `bulkhead`, `models`. `${NAME}` in URL and key is taken from the environment, `${file:PATH}` from a file, without the line's end; empty is an error", example: `{openai: {base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}", models: {gpt-4.1: {price: {input: 2.00, output: 8.00}}}}}`},
	{keys: "wire", in: "providers", value: "the API it speaks: `openai`, `azure`, `anthropic`, `gemini`; see below", standard: "`openai`"},
	{keys: "api_version", in: "providers", value: "of `azure`: a date from 2024-09-01 on, with `-preview` or without", standard: "2024-10-21"},
	{keys: "base_url", in: "providers", value: "up to and including the version: `https://api.openai.com/v1`, `https://api.anthropic.com/v1`, `https://generativelanguage.googleapis.com/v1beta`; of Azure up to `/openai`", standard: "needed"},
	{keys: "models", in: "providers", value: "mapping: name → `price`, `quality` (0 to 1; 0 is not known), `task_quality` (task → quality), and what the model can do:", example: `{gpt-4.1: {price: {input: 2.00, output: 8.00}, quality: 0.8}}`},
	{keys: "capabilities", in: "models", value: "list of `tools`, `vision`, `json_schema`, `prefill`", standard: "all of them", example: `[tools, json_schema]`},
	{keys: "context max_output", in: "models", value: "tokens: of prompt and answer, of an answer; `128k` is 128000", standard: "not known"},
	{keys: "bulkhead", in: "providers models resilience", value: "`max_concurrent`: attempts under way at once, of a provider (all its models together), of a model, or under `resilience` of every model without one; 0 is no cap", standard: "no cap", example: `{max_concurrent: 100}`},
	{keys: "embedding_space", in: "models", value: "embeddings of one space can be compared; a route answers from one space, its first target's", standard: "the model's name"},
	{keys: "family", in: "models", value: "the model with its version, whoever serves it: what `cache` keeps of one target answers requests that would go to another of its family", standard: "the model's name"},
	{keys: "price", in: "models", value: "`input`, `output`, `cached_input` (read from the provider's cache), `cache_write` (written to it), in USD per million tokens; `long_context`: `above` so many prompt tokens, and the prices of all tokens of such a request. `input` and `output` are needed: of a model that only embeds write `output: 0`", standard: "free; the last two as `input`; long prompts as any", example: `{input: 2.00, cached_input: 0.50, output: 8.00}`},
	{keys: "routes", value: "mapping: name → list of `provider/model`, or `targets` with a `resilience` of its own (timeouts, `max_attempts`, `backoff`, `hedge`, …), a `residency` and a `shadow`", example: `{smart: [openai/gpt-4.1, anthropic/claude-sonnet-4-6]}`},
	{keys: "residency", in: "routes", value: "list of regions the route's requests may go to, such as `eu-west` or `eu-*`; see Where requests may go", standard: "any", example: `[eu-*]`},
	{keys: "shadow", in: "routes", value: "of a route: a share of its requests is also sent to `target`, whose answers nobody receives; `share` (above 0, up to 1), `budget` (USD per hour). All three are needed; see Shadow traffic", standard: "none", example: `{target: openai/gpt-4.1-mini, share: 5%, budget: 0.50}`},
	{keys: "tenants", value: "mapping: name, or `\"*\"` for all others → `regions` (as `residency`), `providers` (list of names)", standard: "no limits", example: `{acme: {regions: [eu-west]}, "*": {regions: [eu-*]}}`},
	{keys: "budgets", value: "mapping: name → `limit` (USD), `per` (`minute`, `hour`, `day` or `month` of UTC), both needed; what it counts: `provider`, `model`, `route`, `task`, `tenant`; `soft` and `degrade`, shares of the limit; see Budgets", standard: "none", example: `{everything: {limit: 250, per: day, soft: 80%, degrade: 90%}}`},
	{keys: "queue", value: "requests that can wait; off without it. `workers`: how many run at once; needed, 0 is off. `max_jobs`, `max_bytes` of all together (`2G` is 2000000000), `max_tries`, `deadline`, `keep` (how long results are kept), `dir` where jobs outlive the process, `webhook` (`url`, `secret`, both needed) that is told of each job that is over; see Deferred work", standard: "0 (off), 100000, 1073741824, 5, 24h, 24h, memory, none", example: `{workers: 8, dir: /var/lib/routedrill/jobs}`},
	{keys: "policy", value: "the keys below; see Choosing", example: `{strategy: balanced, weights: {latency: 0.7, cost: 0.3}}`},
	{keys: "strategy", in: "policy", value: "`single-provider`, `priority`, `weighted`, `round-robin`, `least-busy`, `latency-first`, `cost-first`, `quality-first`, `balanced`", standard: "`priority`"},
	{keys: "weights", in: "policy", value: "of `balanced`: `latency`, `cost`, `quality`, `health`; one left out is 0", standard: "0.4, 0.3, 0.2, 0.1", example: `{latency: 0.7, cost: 0.1, quality: 0.1, health: 0.1}`},
	{keys: "split", in: "policy", value: "of `weighted` and `least-busy`: mapping of targets to weights; one left out is 0 and comes behind the others", standard: "1 each", example: `{openai/gpt-4.1: 90, azure/gpt-4.1: 10}`},
	{keys: "sticky", in: "policy", value: "of `weighted`: `user` (the field `user` of the request) or `tenant` (its `X-Routedrill-Tenant`): who stays where they are", standard: "each request draws"},
	{keys: "explore", in: "policy", value: "share of requests, up to 0.5, with which `latency-first` and `balanced` get to know cold targets; 0 is none", standard: "0.05"},
	{keys: "prior", in: "policy", value: "duration assumed of a target of which nothing is known; 0s: the median of its neighbours", standard: "0s"},
	{keys: "rtt", in: "policy", value: "mapping: region of clients → region of targets → duration of the way there and back; a pair may stand in either order", standard: "0s", example: `{eu-west: {us-east: 85ms}}`},
	{keys: "ceiling_per_1k_tokens", in: "policy", value: "of `cost-first`: USD per 1000 tokens above which a target is out; 0 is none", standard: "0"},
	{keys: "latency_ceiling", in: "policy", value: "of `cost-first`: p95 above which a target comes behind the others; 0s is none", standard: "0s"},
	{keys: "off_peak", in: "policy", value: "of `cost-first`: list of spans of the day in UTC (`\"22:00-06:00\"`) without `latency_ceiling`", standard: "none"},
	{keys: "comparisons", in: "policy", value: "`half_life` of the comparisons that a `quality` is mixed with, and `min_samples` before it is", standard: "24h, 20", example: `{half_life: 24h, min_samples: 20}`},
	{keys: "resilience", value: "the keys below", example: `{total_timeout: 60s, attempt_timeout: 20s, ttft_timeout: 6s, max_attempts: 3}`},
	{keys: "total_timeout", in: "resilience", value: "duration: the whole request", standard: "120s"},
	{keys: "connect_timeout", in: "resilience", value: "duration: connecting to a host, and its TLS handshake once more; routes that differ have connections of their own", standard: "5s"},
	{keys: "attempt_timeout", in: "resilience", value: "duration: one attempt; of a stream up to its commit point", standard: "30s"},
	{keys: "ttft_timeout", in: "resilience", value: "duration: one attempt at a stream, to its first content", standard: "8s"},
	{keys: "idle_timeout", in: "resilience", value: "duration: between events of a stream", standard: "10s"},
	{keys: "max_attempts", in: "resilience", value: "1 to 100, per request", standard: "4"},
	{keys: "backoff", in: "resilience", value: "`base`, `max`: full jitter between rounds", standard: "100ms, 2s", example: `{base: 100ms, max: 2s}`},
	{keys: "hedge", in: "resilience", value: "`after`: a duration (0s is none), or `p50` to `p99` of how long the target's answers took of late. A second attempt elsewhere joins one that takes longer; see Hedging", standard: "0s (off)", example: `{after: p95}`},
	{keys: "stream", in: "resilience", value: "`commit`, `min_tokens_per_second`, `window`, `client_timeout`; see Streams", standard: "first_token, 0 (off), 10s, 60s", example: `{commit: first_token, min_tokens_per_second: 5}`},
	{keys: "quick_retry", in: "resilience", value: "duration: the longest wait a target may ask for and be tried once more at once; also permits that one retry after a 5xx or a lost connection; 0s is none", standard: "1s"},
	{keys: "max_wait", in: "resilience", value: "duration: all pauses of a request in which no target may be tried; 0s fails rather than waits", standard: "6s"},
	{keys: "reserve", in: "resilience", value: "duration: of the total, left to a target not tried yet, at most half of what is left", standard: "10s"},
	{keys: "last_resort", in: "resilience", value: "`true` or `false`: one attempt past an open breaker rather than an error", standard: "true"},
	{keys: "retry_budget", in: "resilience", value: "a ratio, or `ratio` and `floor`: retries of the same target, hedges and last resorts ≤ floor + ratio × requests", standard: "0.2, 10", example: `20%`},
	{keys: "cooldown", in: "resilience", value: "`default` after a 429 that does not say for how long, `max` for any that is asked for, `payment` after a 402 (0s is `max`)", standard: "5s, 60s, 0s", example: `{default: 5s, max: 60s}`},
	{keys: "breaker", in: "resilience", value: "`window`, `min_samples`, `failure_rate`, `slow_call`, `slow_rate`, `open_for`, `max_open_for`, `probes`; see below", standard: "30s, 10, 0.5, 0s (off), 0.5, 10s, 2m, 2", example: `{window: 30s, min_samples: 10, failure_rate: 0.5, open_for: 10s, probes: 2}`},
	{keys: "failback", in: "resilience", value: "`ramp`: how long traffic takes to come back, 0s is at once; see below", standard: "30s", example: `{ramp: 30s}`},
	{keys: "health", value: "`probes`: `every` (mean time between the active probes of a target at an endpoint, 1s to 24h; 0s is none) and `budget` (USD per hour for all of them); see Active probes. `alerts`: `objective` (share of attempts that must not fail, 0.95 to 0.9999; 0 is no alerts), `p95` (time within which 95 % of answers must come; 0s is any), `window` (1m to 4h), `raise`, `clear`, `hold` (durations), `webhook` (`url`, `secret`, both needed); see Alerts", standard: "no probes; with `probes` 1m, 0.1. No alerts; with `alerts` 0.995, 0s, 1h, 1m, 5m, 10m, none", example: `{probes: {every: 30s}, alerts: {objective: 99.5%, p95: 8s}}`},
	{keys: "idempotency", value: "`ttl` (0s remembers nothing), `entries`, `max_bytes` of all answers together (`64M` is 64000000); see below", standard: "10m, 10000, 67108864", example: `{ttl: 10m}`},
	{keys: "cache", value: "answers kept for equal requests; off without it. `ttl`: a duration, or a mapping of tasks (`\"*\"` is any other) to durations from 1s to 30 days; needed. `stale_if_error`, `entries`, `max_bytes` of all answers together (`64M` is 64000000), `version`; see Cache", standard: "0s (off), 10000, 268435456, \"\"", example: `{ttl: {faq: 1h, search: 24h}, stale_if_error: 6h}`},
	{keys: "incidents", value: "how `routedrill serve` tells of incidents. `templates`: folder of `LANGUAGE.tmpl`; `language` of clients that ask for none; `names` that clients are shown: `providers`, `routes`, `tasks`, each a mapping; `maintenance`: mapping: name → `from`, `to` (RFC 3339, both needed), `targets` (providers or `provider/model`; all without it), `text`. See Incidents", standard: "the words shipped, `en`, names as they are, none", example: `{language: id, names: {providers: {openai: AI service A}}, maintenance: {move: {from: "2026-12-01T22:00:00Z", to: "2026-12-02T02:00:00Z", targets: [openai]}}}`},
	{keys: "server", value: "how `routedrill serve` serves. `tls`: `cert_file` and `key_file`, both needed. `keys`: mapping: name of a client → `hash` of its key (needed), `tenant`, `routes`, `requests_per_minute`, `tokens_per_minute`, `concurrent`. `limits`: `concurrent`, `connections`, `body_bytes`, `bodies_bytes` (`8M` is 8000000), of what clients may do at once. `admin`: `token` of operators. `otlp`: URL of an OTLP/HTTP receiver that traces are sent to. See In front of the router", standard: "without TLS; no keys: everybody may ask; no traces", example: `{tls: {cert_file: /etc/routedrill/tls.crt, key_file: /etc/routedrill/tls.key}, limits: {concurrent: 2000}, admin: {token: "${ADMIN_TOKEN}"}}`},
}
