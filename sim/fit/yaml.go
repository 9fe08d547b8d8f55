package fit

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/scenarios"
)

// WriteWorld writes the world as a world file, with what was fitted and how well
// in its comments.
func (w *World) WriteWorld(out io.Writer) error {
	y := &yaml{}
	y.line("# Fitted to %d requests of a log (%s) by routedrill fit.", w.Rows, w.Format)
	y.line("# KS is the largest distance between the shares of values below any value, in the")
	y.line("# log and in the fit; percentiles stand as observed → fitted.")
	for _, n := range w.Notes {
		y.comment("", "NOTE: "+n)
	}
	y.line("version: 1")
	y.line("name: %s", quoted(w.Name))
	y.line("summary: %s", quoted(fmt.Sprintf("fitted to %d requests over %s", w.Rows, short(w.Duration))))
	y.line("")
	w.providers(y)
	y.line("")
	y.line("routes:")
	for _, r := range w.Routes {
		y.line("  %s: [%s]", quoted(r.Name), strings.Join(all(r.Targets, quoted), ", "))
	}
	y.line("")
	w.load(y)
	y.line("")
	w.tasks(y)
	return y.to(out)
}

// WriteScenario writes the log's errors as the timeline of a scenario that plays
// in the world of the file named.
func (w *World) WriteScenario(out io.Writer, world string) error {
	y := &yaml{}
	y.line("# The errors of a log of %d requests, by routedrill fit. Add the fault to rehearse.", w.Rows)
	y.line("version: 1")
	y.line("name: %s", quoted(w.Name))
	y.line("summary: %s", quoted("an ordinary day, as the log has it"))
	w.frame(y)
	y.line("world: %s", quoted(world))
	w.timeline(y, false)
	w.policies(y)
	return y.to(out)
}

// policies are the simplest ones and, where routes have several targets, one that
// splits the traffic as the log has it.
func (w *World) policies(y *yaml) {
	several := slices.ContainsFunc(w.Routes, func(r scenarios.Route) bool { return len(r.Targets) > 1 })
	if !several {
		y.line("policies: [single-provider, priority]")
		return
	}
	y.line("policies:")
	y.line("  - single-provider")
	y.line("  - priority")
	y.line("  # Each target gets the log's share of the requests, in all routes it is in.")
	split := make([]string, len(w.Targets))
	for i := range w.Targets {
		split[i] = fmt.Sprintf("%s: %d", quoted(w.Targets[i].Name()), w.Targets[i].Requests)
	}
	y.line("  - name: as-logged")
	y.line("    from: weighted")
	y.line("    policy: {split: {%s}}", strings.Join(split, ", "))
}

// frame is when it plays.
func (w *World) frame(y *yaml) {
	if s := w.Start.UTC(); s.Year() > 2000 && s.Year() < 2200 {
		y.line("start: %s", s.Truncate(time.Second).Format(time.RFC3339))
	}
	y.line("duration: %s", short(w.Duration))
}

func (w *World) providers(y *yaml) {
	y.line("providers:")
	last := ""
	for i := range w.Targets {
		t := &w.Targets[i]
		if t.Provider != last {
			y.line("  %s:", quoted(t.Provider))
			if v := w.vendor(t.Provider); v != "" {
				y.line("    vendor: %s", quoted(v))
			}
			y.line("    models:")
			last = t.Provider
		}
		y.line("      %s:", quoted(t.Model))
		y.comment("        ", fmt.Sprintf("%d requests, %d failed; at most %d requests and %d tokens in a minute",
			t.Requests, t.Failed, t.Peak.RPM, t.Peak.TPM))
		if t.Peak.Limited > 0 {
			y.comment("        ", fmt.Sprintf("%.2f%% were refused with 429: a quota is near that peak", 100*t.Peak.Limited))
		}
		y.line("        endpoints: [%s]", strings.Join(t.Endpoints, ", "))
		y.line("        price: {input: %s, output: %s}%s", decimal(t.Price.Input), decimal(t.Price.Output), t.Price.remark())
		y.comment("        ", "times "+t.Method)
		y.dist("        ttft", &t.TTFT, duration3)
		if t.ITL.Kind != "" {
			y.dist("        itl", &t.ITL, duration3)
		}
		if t.Whole.N > 0 {
			whole := Dist{N: t.Whole.N, KS: t.Whole.KS, Observed: t.Whole.Observed, Fitted: t.Whole.Fitted}
			whole.Kind = "latency of whole answers"
			y.comment("        ", whole.goodness(duration3))
		}
	}
}

func (p Price) remark() string {
	if p.N == 0 {
		return " # UNKNOWN"
	}
	return fmt.Sprintf(" # n=%d, mean error %.1f%%", p.N, 100*p.Error)
}

func (w *World) load(y *yaml) {
	y.line("load:")
	for _, d := range w.Load.Windows {
		y.comment("  ", fmt.Sprintf("index of dispersion over %s: %.4g observed, %.4g of Poisson arrivals at these rates, %.4g fitted (n=%d)",
			short(d.Length), d.Observed, d.Poisson, d.Fitted, d.N))
	}
	y.line("  arrivals: poisson")
	y.line("  stages:")
	for _, s := range w.Load.Stages {
		y.line("    - {for: %s, rate: %s/s}", short(s.For), decimal(s.From))
	}
	if len(w.Load.Burstiness) > 0 {
		y.line("  burstiness:")
		for _, b := range w.Load.Burstiness {
			y.line("    - {window: %s, dispersion: %s}", short(b.Window), decimal(b.Dispersion))
		}
	}
}

func (w *World) tasks(y *yaml) {
	y.line("# An SDK's own retries are not in a log of attempts: add them to the client.")
	y.line("tasks:")
	for i := range w.Tasks {
		t := &w.Tasks[i]
		y.line("  - name: %s", quoted(t.Name))
		y.line("    weight: %s", decimal(significant(100*float64(t.Requests)/float64(w.Rows), 6)))
		y.line("    endpoint: %s", t.Endpoint)
		y.line("    model: %s", quoted(t.Route))
		if t.Stream {
			y.line("    stream: true")
		}
		y.dist("    prompt_tokens", &t.Prompt, tokens3)
		if t.Output.Kind != "" {
			y.dist("    output_tokens", &t.Output, tokens3)
		}
		if t.MaxTokens > 0 && t.Endpoint != "embeddings" {
			y.line("    max_tokens: %d", t.MaxTokens)
		}
		y.line("    client: {preset: none, timeout: %s}", short(w.patience()))
	}
}

// patience is longer than any request of the log took.
func (w *World) patience() time.Duration {
	longest := 30 * time.Second
	for i := range w.rows {
		longest = max(longest, w.rows[i].Latency)
	}
	return min(2*longest.Truncate(time.Second)+time.Second, 24*time.Hour)
}

// timeline writes the events, the rare ones too or as comments.
func (w *World) timeline(y *yaml, rare bool) {
	if !slices.ContainsFunc(w.Events, func(e Event) bool { return rare || !e.Rare() }) {
		for i := range w.Events {
			y.comment("", w.Events[i].leftOut())
		}
		return
	}
	y.line("timeline:")
	for i := range w.Events {
		e := &w.Events[i]
		if e.Rare() && !rare {
			y.comment("  ", e.leftOut())
			continue
		}
		y.line("  - {id: %s, at: %s, for: %s, provider: %s, model: %s, fault: %s} # %d failed",
			quoted(e.ID), short(e.At), short(e.For), quoted(e.Provider), quoted(e.Model), e.fault(), e.Failed)
	}
}

func (e *Event) fault() string {
	if e.Status == 0 {
		return fmt.Sprintf("{kind: reset, rate: %s}", decimal(e.Rate))
	}
	return fmt.Sprintf("{kind: status, status: %d, rate: %s}", e.Status, decimal(e.Rate))
}

func (e *Event) leftOut() string {
	return fmt.Sprintf("left out, since a run may well have none: %s, %d failed, rate %s", e.ID, e.Failed, decimal(e.Rate))
}

// yaml collects lines.
type yaml struct{ b strings.Builder }

func (y *yaml) line(format string, args ...any) { fmt.Fprintf(&y.b, format+"\n", args...) }

// comment writes text that may hold names of the log, as one line.
func (y *yaml) comment(indent, text string) {
	y.line("%s# %s", indent, strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\ufffd' {
			return ' '
		}
		return r
	}, text))
}

func (y *yaml) to(out io.Writer) error {
	if _, err := io.WriteString(out, y.b.String()); err != nil {
		return fmt.Errorf("fit: %w", err)
	}
	return nil
}

// dist writes a distribution, its fit behind or above it.
func (y *yaml) dist(key string, d *Dist, unit func(float64) string) {
	indent := key[:len(key)-len(strings.TrimLeft(key, " "))]
	if d.Assumed {
		y.comment(indent, "ASSUMED: the log does not say")
	} else {
		y.comment(indent, d.goodness(unit))
	}
	y.line("%s: %s", key, distText(&d.Dist, unit))
}

func distText(d *scenarios.Dist, unit func(float64) string) string {
	switch d.Kind {
	case scenarios.LogNormal:
		return fmt.Sprintf("{p50: %s, p95: %s}", unit(d.P50), unit(d.P95))
	case scenarios.Gamma:
		return fmt.Sprintf("{mean: %s, cv: %s}", unit(d.Mean), decimal(d.CV))
	case scenarios.Quantiles:
		var b strings.Builder
		for i, p := range d.Points {
			at := slices.IndexFunc(shares, func(s percentile) bool { return s.share == p.Share })
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(shares[at].key + ": " + unit(p.Value))
		}
		if d.Min > 0 {
			b.WriteString(", min: " + unit(d.Min))
		}
		return "{" + b.String() + ", max: " + unit(d.Max) + "}"
	case scenarios.Empirical:
		return fmt.Sprintf("{empirical: [%s]}", strings.Join(all(d.Values, unit), ", "))
	}
	return unit(d.Constant)
}

// goodness says how good a fit is.
func (d *Dist) goodness(unit func(float64) string) string {
	if math.IsNaN(d.KS) {
		return fmt.Sprintf("n=%d, not seen by itself", d.N)
	}
	text := fmt.Sprintf("%s, n=%d, KS %.3f", d.Kind, d.N, d.KS)
	for _, q := range []struct {
		name             string
		observed, fitted float64
	}{{"p50", d.Observed.P50, d.Fitted.P50}, {"p95", d.Observed.P95, d.Fitted.P95}, {"p99", d.Observed.P99, d.Fitted.P99}} {
		if !math.IsNaN(q.observed) {
			text += fmt.Sprintf(", %s %s → %s", q.name, unit(q.observed), unit(q.fitted))
		}
	}
	return text
}

// duration3 writes nanoseconds as milliseconds.
func duration3(ns float64) string { return decimal(math.Round(ns/1e3)/1e3) + "ms" }

func tokens3(v float64) string { return decimal(math.Round(v)) }

// decimal writes a number without an exponent, to nine decimals.
func decimal(v float64) string {
	s := strconv.FormatFloat(v, 'f', 9, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// short writes a duration as a person would.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func all[T any](values []T, text func(T) string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = text(v)
	}
	return out
}

// quoted writes a string in double quotes, in escapes that YAML and Go share.
// Plain words that no YAML reader takes for anything else stay bare.
func quoted(s string) string {
	bare := s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-/.") == ""
	switch s {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		bare = false
	}
	if bare {
		return s
	}
	return strconv.QuoteToASCII(s)
}
