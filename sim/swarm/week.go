package swarm

import (
	"fmt"
	"strings"
	"time"
)

// weekWorld is what a week is lived in: all of the traffic can go elsewhere, so that what
// fails is what the timeline says. Probes see what nobody asks for by night, and the
// breakers, alerts and timeouts are as patient as the outages are long.
const weekWorld = `world:
  providers:
    openai: {region: us-east, models: {large: {price: {input: 2, output: 8}, ttft: {p50: 500ms, p95: 1200ms}, itl: 8ms}, embed: {endpoints: [embeddings], price: {input: 0.1, output: 0}, ttft: 100ms}}}
    azure: {region: eu-west, models: {large: {price: {input: 2.2, output: 8.8}, ttft: {p50: 600ms, p95: 1500ms}, itl: 10ms}, embed: {endpoints: [embeddings], price: {input: 0.1, output: 0}, ttft: 120ms}}}
    anthropic: {region: us-east, models: {sonnet: {price: {input: 3, output: 15}, ttft: {p50: 700ms, p95: 1600ms}, itl: 9ms}}}
  routes: {smart: [openai/large, azure/large, anthropic/sonnet], embed: [openai/embed, azure/embed]}
tasks:
  - {name: chat, weight: 60, model: smart, stream: true, prompt_tokens: {p50: 600, p95: 3000}, output_tokens: {p50: 100, p95: 400}, max_tokens: 1000, client: {preset: openai-python, timeout: 60s}}
  - {name: faq, weight: 15, model: smart, prompt_tokens: {p50: 200, p95: 600}, output_tokens: 60, max_tokens: 200, prompts: {distinct: 500, zipf: 1.1}}
  - {name: search, weight: 25, endpoint: embeddings, model: embed, prompt_tokens: 50}
policies:
  - name: production
    from: priority
    resilience: {attempt_timeout: %[8]s, breaker: {window: %[2]s, min_samples: 5, open_for: %[3]s, max_open_for: %[2]s}, hedge: {after: p95}}
    cache: {ttl: {faq: 1h}, entries: 200}
    budgets: {day: {limit: 1000, per: day}}
    health: {probes: {every: %[1]s, budget: 10}, alerts: {objective: 0.99, window: %[4]s, raise: %[5]s, clear: %[6]s, hold: %[7]s}}
`

// weekFaults are outages: what a breaker is there for. Each takes its provider down
// whole.
var weekFaults = []string{
	"{kind: status, status: 500}", "{kind: status, status: 502}", "{kind: status, status: 503}", "{kind: status, status: 529}",
	"{kind: hang}", "{kind: reset}", "{kind: refuse}", "{kind: status, status: 503, rate: 0.9}",
}

// Week returns a scenario of a long time of ordinary life: traffic with its days, nights
// and weekends, from a Monday on, of rate requests per second at the busiest, and so
// many outages, an even number of at most 128, drawn from the seed. None overlaps
// another, and each leaves more than half of its share of the time for the recovery. They come in two rounds of the
// same faults, at other times of the day as a rule, since a timeline has no room for
// more than 64 events.
func Week(seed uint64, duration time.Duration, outages int, rate float64) string {
	d := &draw{seed: seed, purpose: "week"}
	round, n := duration/2, outages/2
	slot := round / time.Duration(n)
	var b strings.Builder
	fmt.Fprintf(&b, "# A long time drawn from the seed %d.\n", seed)
	fmt.Fprintf(&b, "version: 1\nname: week-%d\nseed: %d\nstart: 2026-03-02T00:00:00Z\nduration: %s\n", seed, seed, duration)
	part := func(n time.Duration, least time.Duration) string {
		return max((slot / n).Truncate(time.Second), least).String()
	}
	fmt.Fprintf(&b, weekWorld, part(200, time.Second), part(50, 5*time.Second), part(600, time.Second),
		part(2, time.Minute), part(100, time.Second), part(20, time.Second), part(10, time.Second),
		min(max(slot/60, 5*time.Second), 30*time.Second).Truncate(time.Second))
	fmt.Fprintf(&b, "load: {arrivals: poisson, stages: [%s]}\n", strings.Join(weekStages(duration, rate), ", "))
	b.WriteString("timeline:\n")
	for i := range n {
		e := d.of(fmt.Sprint("outage", i))
		f := flow{}
		f.add("id", fmt.Sprint("outage", i))
		f.add("at", time.Duration(i)*slot+e.part(slot, 0.05, 0.12))
		f.add("for", e.part(slot, 0.12, 0.35))
		f.add("every", round)
		f.add("provider", pick(e, "openai", "azure", "anthropic"))
		f.add("fault", pick(e, weekFaults...))
		fmt.Fprintf(&b, "  - %s\n", f)
	}
	return b.String()
}

// weekStages are the days of a load, the last of which may be cut.
func weekStages(duration time.Duration, rate float64) (out []string) {
	day := []struct {
		length   time.Duration
		from, to float64 // of the rate
	}{{6 * time.Hour, 0.15, 0.15}, {3 * time.Hour, 0.15, 1}, {8 * time.Hour, 1, 1}, {3 * time.Hour, 1, 0.15}, {4 * time.Hour, 0.15, 0.15}}
	for at, i := time.Duration(0), 0; at < duration; i++ {
		s, peak := day[i%len(day)], rate
		if weekday := i / len(day) % 7; weekday > 4 {
			peak /= 2
		}
		length := min(s.length, duration-at)
		to := s.from + (s.to-s.from)*float64(length)/float64(s.length)
		f := flow{}
		f.add("for", length)
		f.add("from", perSecond(s.from*peak))
		f.add("to", perSecond(to*peak))
		out = append(out, f.String())
		at += length
	}
	return out
}
