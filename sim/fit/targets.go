package fit

import (
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// Peak is how much a target was asked for, as a hint at its quotas.
type Peak struct {
	RPM, TPM int     // most requests and tokens in one minute, counted from the log's start
	Limited  float64 // share of 429s
}

// fitTargets fits what each target does.
func (w *World) fitTargets(log *requestlog.Log) {
	providers := byUse(w.rows, func(r *requestlog.Row) string { return r.Provider })
	names := byUse(w.rows, (*requestlog.Row).Target)
	rows := w.byTarget()
	slices.SortStableFunc(names, func(a, b string) int {
		return slices.Index(providers, rows[a][0].Provider) - slices.Index(providers, rows[b][0].Provider)
	})
	for _, name := range names {
		of := rows[name]
		t := Target{Provider: of[0].Provider, Model: of[0].Model, Requests: len(of)}
		for _, r := range of {
			if !slices.Contains(t.Endpoints, r.Endpoint) {
				t.Endpoints = append(t.Endpoints, r.Endpoint)
			}
			if !r.OK() {
				t.Failed++
			}
		}
		slices.Sort(t.Endpoints)
		t.fitLatency(of, w.most)
		t.Price = fitPrice(of, log.HasCost)
		t.Peak = peak(of)
		w.Targets = append(w.Targets, t)
	}
	if !log.HasCost {
		w.note("the log has no costs: all prices are 0")
	}
	w.note("the round trip to a provider is part of the log's latencies: rtt is 0")
}

// byTarget groups the rows, in their order.
func (w *World) byTarget() map[string][]*requestlog.Row {
	rows := map[string][]*requestlog.Row{}
	for i := range w.rows {
		t := w.rows[i].Target()
		rows[t] = append(rows[t], &w.rows[i])
	}
	return rows
}

// Least samples for a sound fit of TTFT and ITL, and the least tokens of an
// answer whose gaps say something.
const (
	minStreams = 20
	minTokens  = 8
)

// fitLatency tells the time to the first token and the gaps apart. A stream
// shows both. Of other answers only the whole is known, which grows with their
// length.
func (t *Target) fitLatency(rows []*requestlog.Row, most int) {
	ttft, itl := sample{most: most}, sample{most: most}
	var plain, answered, embeddings []*requestlog.Row // answered: streams
	for _, r := range rows {
		switch {
		case !r.OK() || r.Latency <= 0:
		case r.Endpoint == "embeddings":
			embeddings = append(embeddings, r)
		case r.Stream && r.TTFT > 0:
			answered = append(answered, r)
			ttft.values = append(ttft.values, float64(r.TTFT))
			if r.OutputTokens >= minTokens {
				itl.values = append(itl.values, float64(r.Latency-r.TTFT)/float64(r.OutputTokens-1))
			}
		default:
			plain = append(plain, r)
		}
	}
	switch {
	case len(itl.values) >= minStreams || len(itl.values) > 0 && len(plain) == 0:
		t.TTFT, t.ITL = fitDist(ttft), fitDist(itl)
		t.Method = fromStreams
	case len(plain) > 1:
		t.fitPlain(plain, most)
	case len(embeddings) > 0:
		for _, r := range embeddings {
			ttft.values = append(ttft.values, float64(r.Latency))
		}
		t.TTFT = fitDist(ttft)
		t.Method = "the whole latency of embeddings"
	}
	if t.TTFT.Kind == "" {
		t.TTFT = Dist{Dist: scenarios.Dist{Kind: scenarios.LogNormal, P50: 600e6, P95: 1500e6}, Assumed: true}
		t.Method = "assumed: the log has no latency of an answer"
	}
	if t.ITL.Kind == "" && t.generates() {
		t.ITL = Dist{Dist: scenarios.Dist{Kind: scenarios.Constant, Constant: 15e6}, Assumed: true}
	}
	if answered = append(plain, answered...); len(answered) > 0 && !t.TTFT.Assumed && !t.ITL.Assumed {
		t.Whole = newWholes(answered).judged(t.TTFT.Dist, t.ITL.Dist, len(answered))
	}
}

// fromStreams is the method that needs no explanation.
const fromStreams = "from streams"

// generates says whether the target makes text.
func (t *Target) generates() bool {
	return slices.ContainsFunc(t.Endpoints, func(e string) bool { return e != "embeddings" })
}

// timesFrom fits latency = a + b·k with neither below zero.
func timesFrom(k, y, weight []float64) (a, b float64) {
	a, b = line(k, y, weight)
	switch {
	case b < 0: // longer answers were no slower
		return meanOf(y), 0
	case a <= 0: // nothing is left for the first token: a twentieth of the whole
		return 0.05 * meanOf(y), 0.95 * meanOf(y) / max(meanOf(k), 1)
	}
	return a, b
}

func meanOf(values []float64) float64 { m, _ := moments(values); return m }

// line is the weighted least-squares line a + b·x.
func line(x, y, weight []float64) (a, b float64) {
	var w, mx, my, vx, cov float64
	for i := range x {
		w += weight[i]
		mx += weight[i] * x[i]
		my += weight[i] * y[i]
	}
	mx, my = mx/w, my/w
	for i := range x {
		vx += weight[i] * (x[i] - mx) * (x[i] - mx)
		cov += weight[i] * (x[i] - mx) * (y[i] - my)
	}
	if vx <= 1e-9*w*mx*mx { // all x are the same, but for rounding
		return my, 0
	}
	b = cov / vx
	return my - b*mx, b
}

// byMoments is the log-normal distribution of that mean and variance, a constant
// where it does not vary.
func byMoments(mean, variance float64) scenarios.Dist {
	const z95 = 1.6448536269514722
	spread := math.Log1p(variance / (mean * mean))
	if mean <= 0 || !(spread > 1e-6) {
		return scenarios.Dist{Kind: scenarios.Constant, Constant: max(mean, 0)}
	}
	p50 := mean * math.Exp(-spread/2)
	return scenarios.Dist{Kind: scenarios.LogNormal, P50: p50, P95: p50 * math.Exp(z95*math.Sqrt(spread))}
}

// peak counts requests and tokens by the minute.
func peak(rows []*requestlog.Row) Peak {
	var p Peak
	minute, requests, tokens, limited := -1, 0, 0, 0
	for _, r := range rows {
		if m := int(r.At / time.Minute); m != minute {
			minute, requests, tokens = m, 0, 0
		}
		requests++
		tokens += r.PromptTokens + r.OutputTokens
		p.RPM, p.TPM = max(p.RPM, requests), max(p.TPM, tokens)
		if r.Status == 429 {
			limited++
		}
	}
	p.Limited = float64(limited) / float64(len(rows))
	return p
}
