package fit

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// Report says what was fitted and how well, for people.
func (w *World) Report() render.Page {
	p := render.Page{Heading: []string{
		fmt.Sprintf("%s: %s over %s, format %s", w.Name, several(w.Rows, "request"), render.Duration(w.Duration), w.Format),
		fmt.Sprintf("%s, %s, %s, %s of load", several(len(w.Targets), "target"), several(len(w.Tasks), "task"),
			several(len(w.Routes), "route"), several(len(w.Load.Stages), "stage")),
	}}
	p.Sheets = []render.Sheet{w.arrivalSheet(), w.sizeSheet(), w.timeSheet(), w.targetSheet(), w.eventSheet()}
	if len(w.Load.Windows) == 0 {
		p.Footer = append(p.Footer, "note: the log is too short to say how bursty it is")
	}
	for i := range w.Targets {
		if t := &w.Targets[i]; t.Method != fromStreams {
			p.Footer = append(p.Footer, fmt.Sprintf("note: the times of %s are %s", t.Name(), t.Method))
		}
	}
	for _, n := range w.Notes {
		p.Footer = append(p.Footer, "note: "+n)
	}
	p.Footer = append(p.Footer,
		"KS is the largest distance between the shares of values below any value, in the log and in the fit. "+
			"latency is that of whole answers, as TTFT and gaps make it. Prices are USD per million tokens.")
	return p
}

func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func name(s string) render.Column   { return render.Column{Name: s, Key: true} }
func word(s string) render.Column   { return render.Column{Name: s} }
func number(s string) render.Column { return render.Column{Name: s, Right: true} }
func glued(s string) render.Column  { return render.Column{Name: s, Right: true, Glued: true} }

func (w *World) arrivalSheet() render.Sheet {
	s := render.Sheet{Title: "Burstiness: index of dispersion of the arrivals", Columns: []render.Column{
		name("window"), number("windows"), number("observed"), number("Poisson"), number("fitted"),
	}}
	for _, d := range w.Load.Windows {
		s.Rows = append(s.Rows, []string{
			short(d.Length), render.Count(d.N), fixed(d.Observed, 2), fixed(d.Poisson, 2), fixed(d.Fitted, 2),
		})
	}
	return s
}

// goodness are the columns of a distribution.
func goodness(first, second string) []render.Column {
	return []render.Column{
		name(first), name(second), number("n"), word("fit"), number("KS"),
		number("p50"), glued("fitted"), number("p95"), glued("fitted"), number("p99"), glued("fitted"),
	}
}

func (w *World) sizeSheet() render.Sheet {
	s := render.Sheet{Title: "Sizes: tokens in the log and in the fit", Columns: goodness("task", "size")}
	for i := range w.Tasks {
		t := &w.Tasks[i]
		s.Rows = appendDist(s.Rows, t.Name, "prompt", &t.Prompt, tokens)
		s.Rows = appendDist(s.Rows, t.Name, "output", &t.Output, tokens)
	}
	return s
}

func (w *World) timeSheet() render.Sheet {
	s := render.Sheet{Title: "Times in the log and in the fit", Columns: goodness("target", "time")}
	for i := range w.Targets {
		t := &w.Targets[i]
		s.Rows = appendDist(s.Rows, t.Name(), "ttft", &t.TTFT, spell)
		s.Rows = appendDist(s.Rows, t.Name(), "itl", &t.ITL, spell)
		if t.Whole.N > 0 {
			whole := Dist{N: t.Whole.N, KS: t.Whole.KS, Observed: t.Whole.Observed, Fitted: t.Whole.Fitted}
			s.Rows = append(s.Rows, row(t.Name(), "latency", &whole, "both", spell))
		}
	}
	return s
}

func appendDist(rows [][]string, of, what string, d *Dist, unit func(float64) string) [][]string {
	switch {
	case d.Kind == "":
		return rows
	case d.Assumed:
		guess := Dist{Observed: Quantiles{math.NaN(), math.NaN(), math.NaN()}, KS: math.NaN(), Fitted: (&sample{}).judge(d.Dist).Fitted}
		return append(rows, row(of, what, &guess, "assumed", unit))
	case math.IsNaN(d.KS):
		return append(rows, row(of, what, d, "split", unit))
	}
	return append(rows, row(of, what, d, d.Kind, unit))
}

// row words a fit. Percentiles that the log has too few samples for are shown of
// neither, unless nothing was seen at all.
func row(of, what string, d *Dist, fit string, unit func(float64) string) []string {
	out := []string{of, what, render.Count(d.N), fit, fixed(d.KS, 3)}
	for _, q := range [][2]float64{{d.Observed.P50, d.Fitted.P50}, {d.Observed.P95, d.Fitted.P95}, {d.Observed.P99, d.Fitted.P99}} {
		observed, fitted := render.Absent, render.Absent
		if !math.IsNaN(q[0]) {
			observed = unit(q[0])
		}
		if !math.IsNaN(q[0]) || math.IsNaN(d.KS) {
			fitted = unit(q[1])
		}
		out = append(out, observed, fitted)
	}
	return out
}

func (w *World) targetSheet() render.Sheet {
	s := render.Sheet{Title: "Targets: errors, peaks of a minute, prices", Columns: []render.Column{
		name("target"), number("requests"), number("failed"), number("429"), number("rpm"), number("tpm"),
		number("input"), glued("output"), glued("off by"),
	}}
	for i := range w.Targets {
		t := &w.Targets[i]
		input, output, wrong := render.Absent, render.Absent, render.Absent
		if t.Price.N > 0 {
			input, output, wrong = fixed(t.Price.Input, 3), fixed(t.Price.Output, 3), percent(t.Price.Error)
		}
		s.Rows = append(s.Rows, []string{
			t.Name(), render.Count(t.Requests), percent(float64(t.Failed) / float64(t.Requests)), percent(t.Peak.Limited),
			render.Count(t.Peak.RPM), render.Count(t.Peak.TPM), input, output, wrong,
		})
	}
	return s
}

func (w *World) eventSheet() render.Sheet {
	s := render.Sheet{Title: "Errors, as events of the timeline", Columns: []render.Column{
		name("event"), {Name: "target", Flex: true}, number("at"), number("for"), number("rate"), number("failed"), number("hits"), word("in"),
	}}
	for i := range w.Events {
		e := &w.Events[i]
		in := "scenario"
		if e.Rare() {
			in = "too rare"
		}
		s.Rows = append(s.Rows, []string{
			e.ID, e.Provider + "/" + e.Model, render.Duration(e.At), render.Duration(e.For), percent(e.Rate),
			render.Count(e.Failed), fixed(e.Hits, 1), in,
		})
	}
	return s
}

// Report says how the figures of the log and of the world compare, for people.
func (b *Backtest) Report() render.Page {
	against := "the log it was fitted to"
	if b.Held {
		against = "another log"
	}
	s := render.Sheet{Title: "Figures of the log and of the world, with a 95 % interval", Columns: []render.Column{
		name("figure"), number("observed"), number("predicted"), number("from"), glued("to"), word("observed lies"),
	}}
	inside := 0
	for _, f := range b.Figures {
		verdict := "OUTSIDE"
		if f.Inside {
			verdict = "inside"
			inside++
		}
		s.Rows = append(s.Rows, []string{f.Name, f.text(f.Observed), f.text(f.Predicted), f.text(f.Low), f.text(f.High), verdict})
	}
	p := render.Page{Sheets: []render.Sheet{s}, Heading: []string{
		fmt.Sprintf("back-test: %s of %s, %d seeds, single-provider to the target of each", several(b.Requests, "request"), against, b.Seeds),
	}}
	for _, n := range b.Notes {
		p.Footer = append(p.Footer, "note: "+n)
	}
	p.Footer = append(p.Footer, fmt.Sprintf("%d of %d inside. The interval is a prediction interval: the spread between seeds, "+
		"that of their mean and that of a fit to a sample; Student's t. One figure in twenty lies outside by chance.", inside, len(b.Figures)))
	return p
}

func (f *Figure) text(v float64) string {
	switch f.Unit {
	case "ratio":
		return percent(v)
	case "usd":
		u := report.USD(v)
		return render.Dollars(&u)
	}
	return render.Duration(time.Duration(v * 1e9))
}

func percent(v float64) string { return fixed(100*v, 2) + "%" }

func spell(ns float64) string { return render.Duration(time.Duration(ns)) }

func tokens(v float64) string { return strconv.FormatFloat(math.Round(v), 'f', 0, 64) }

// fixed writes a number with that many decimals; NaN is absent.
func fixed(v float64, decimals int) string {
	if math.IsNaN(v) {
		return render.Absent
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
