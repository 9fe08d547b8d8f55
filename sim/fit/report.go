package fit

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/render/table"
)

// WriteReport writes what was fitted and how well, for people.
func (w *World) WriteReport(out io.Writer, o table.Options) error {
	blocks := []table.Block{
		{Lines: []string{
			fmt.Sprintf("%s: %d requests over %s, format %s", w.Name, w.Rows, short(w.Duration), w.Format),
			fmt.Sprintf("%s, %s, %s, %s of load", count(len(w.Targets), "target"), count(len(w.Tasks), "task"),
				count(len(w.Routes), "route"), count(len(w.Load.Stages), "stage")),
		}},
		w.arrivalsBlock(), w.sizesBlock(), w.timesBlock(), w.targetsBlock(), w.errorsBlock(), w.words(),
	}
	if err := table.WriteBlocks(out, blocks, o); err != nil {
		return fmt.Errorf("fit: %w", err)
	}
	return nil
}

// count words a number of things.
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// Kinds of columns.
func key(name string) render.Column    { return render.Column{Name: name, Key: true} }
func text(name string) render.Column   { return render.Column{Name: name} }
func number(name string) render.Column { return render.Column{Name: name, Right: true} }

func (w *World) arrivalsBlock() table.Block {
	if len(w.Load.Windows) == 0 {
		return table.Block{Lines: []string{"The log is too short to say how bursty it is."}}
	}
	s := render.Sheet{Title: "Arrivals: index of dispersion", Columns: []render.Column{
		{Name: "over", Key: true, Right: true}, number("log"), number("Poisson"), number("fit"), number("windows"),
	}}
	for _, d := range w.Load.Windows {
		s.Rows = append(s.Rows, []string{short(d.Length), factor(d.Observed), factor(d.Poisson), factor(d.Fitted), strconv.Itoa(d.N)})
	}
	return table.Block{Sheet: s}
}

func (w *World) sizesBlock() table.Block {
	s := distSheet("Sizes in tokens", "task", "size")
	for i := range w.Tasks {
		t := &w.Tasks[i]
		s.Rows = append(s.Rows, t.Prompt.rows(t.Name, "prompt", tokens)...)
		s.Rows = append(s.Rows, t.Output.rows(t.Name, "output", tokens)...)
	}
	return table.Block{Sheet: s}
}

func (w *World) timesBlock() table.Block {
	s := distSheet("Times", "target", "time")
	for i := range w.Targets {
		t := &w.Targets[i]
		s.Rows = append(s.Rows, t.TTFT.rows(t.Name(), "ttft", times)...)
		s.Rows = append(s.Rows, t.ITL.rows(t.Name(), "itl", times)...)
	}
	return table.Block{Sheet: s}
}

func (w *World) targetsBlock() table.Block {
	s := render.Sheet{Title: "Targets (rpm, tpm: the most in a minute; prices per million tokens)", Columns: []render.Column{
		key("target"), number("requests"), number("failed"), number("429"), number("rpm"), number("tpm"),
		number("input"), number("output"), number("price off"),
	}}
	for i := range w.Targets {
		t := &w.Targets[i]
		input, output, wrong := render.Absent, render.Absent, render.Absent
		if t.Price.N > 0 {
			input, output, wrong = dollars(t.Price.Input), dollars(t.Price.Output), percent(t.Price.Error)
		}
		s.Rows = append(s.Rows, []string{
			t.Name(), strconv.Itoa(t.Requests), percent(float64(t.Failed) / float64(t.Requests)), percent(t.Peak.Limited),
			strconv.Itoa(t.Peak.RPM), strconv.Itoa(t.Peak.TPM), input, output, wrong,
		})
	}
	return table.Block{Sheet: s}
}

func (w *World) errorsBlock() table.Block {
	s := render.Sheet{Title: "Errors", Columns: []render.Column{
		key("event"), text("target"), number("at"), number("for"), number("rate"), number("failed"), text("in the scenario"),
	}}
	for i := range w.Events {
		e := &w.Events[i]
		in := "yes"
		if e.Rare() {
			in = "no, too rare"
		}
		s.Rows = append(s.Rows, []string{
			e.ID, e.Provider + "/" + e.Model, render.Duration(e.At), render.Duration(e.For), percent(e.Rate), strconv.Itoa(e.Failed), in,
		})
	}
	return table.Block{Sheet: s}
}

// words are what the tables do not say, and what their words mean.
func (w *World) words() table.Block {
	var lines []string
	for _, n := range w.Notes {
		lines = append(lines, "note: "+n)
	}
	return table.Block{Lines: append(lines,
		"KS is the largest distance between the shares of values below any value, in the log and in the fit.")}
}

// distSheet is a table of distributions: what the log has, and below it the fit.
func distSheet(title, name, what string) render.Sheet {
	return render.Sheet{Title: title, Columns: []render.Column{
		key(name), key(what), text("from"), number("n"), number("KS"), number("p50"), number("p95"), number("p99"),
	}}
}

// rows are the log's percentiles of a distribution and those fitted; none of an
// absent one.
func (d *Dist) rows(name, what string, unit func(float64) string) [][]string {
	row := func(from, n, ks string, q Quantiles) []string {
		return []string{name, what, from, n, ks, unit(q.P50), unit(q.P95), unit(q.P99)}
	}
	switch {
	case d.Kind == "":
		return nil
	case d.Assumed:
		s := sample{values: []float64{1}}
		return [][]string{row("assumed", "0", render.Absent, s.judge(d.Dist).Fitted)}
	case math.IsNaN(d.KS):
		return [][]string{row("not seen", strconv.Itoa(d.N), render.Absent, d.Fitted)}
	}
	fitted := d.Fitted
	if math.IsNaN(d.Observed.P95) { // as little is known of the tail of the fit
		fitted.P95 = d.Observed.P95
	}
	if math.IsNaN(d.Observed.P99) {
		fitted.P99 = d.Observed.P99
	}
	return [][]string{
		row("log", strconv.Itoa(d.N), "", d.Observed),
		row(string(d.Kind), "", factor(d.KS), fitted),
	}
}

// WriteReport writes the figures of a back-test, for people.
func (b *Backtest) WriteReport(out io.Writer, o table.Options) error {
	against := "the log it was fitted to"
	if b.Held {
		against = "another log"
	}
	s := render.Sheet{
		Title: fmt.Sprintf("back-test: %d requests of %s, %d seeds, single-provider to the target of each", b.Requests, against, b.Seeds),
		Columns: []render.Column{
			key("figure"), number("observed"), number("predicted"), number("from"), number("to"), text("observed lies"),
		},
	}
	inside := 0
	for _, f := range b.Figures {
		verdict := "OUTSIDE"
		if f.Inside {
			verdict = "inside"
			inside++
		}
		s.Rows = append(s.Rows, []string{f.Name, f.text(f.Observed), f.text(f.Predicted), f.text(f.Low), f.text(f.High), verdict})
	}
	var lines []string
	for _, n := range b.Notes {
		lines = append(lines, "note: "+n)
	}
	lines = append(lines, fmt.Sprintf("%d of %d inside. From and to are a 95%% prediction interval: the spread between seeds, that of their mean "+
		"and that of a fit to a sample; Student's t. One figure in twenty lies outside by chance.", inside, len(b.Figures)))
	if err := table.WriteBlocks(out, []table.Block{{Sheet: s}, {Lines: lines}}, o); err != nil {
		return fmt.Errorf("fit: %w", err)
	}
	return nil
}

func (f *Figure) text(v float64) string {
	switch f.Unit {
	case "ratio":
		return percent(v)
	case "usd":
		return dollars(v)
	}
	return times(v * 1e9)
}

// Figures as reports have them; what is not known is a dash.

func percent(v float64) string { return render.Share((*report.Ratio)(&v)) }

func dollars(v float64) string { return render.Dollars((*report.USD)(&v)) }

func factor(v float64) string { return render.Factor((*report.Ratio)(&v)) }

func times(ns float64) string {
	if math.IsNaN(ns) {
		return render.Absent
	}
	return render.Duration(time.Duration(ns))
}

func tokens(v float64) string {
	if math.IsNaN(v) {
		return render.Absent
	}
	return tokens3(v)
}
