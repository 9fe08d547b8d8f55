package fit

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// WriteReport writes what was fitted and how well, for people.
func (w *World) WriteReport(out io.Writer) error {
	p := &page{}
	p.line("%s: %d requests over %s, format %s", w.Name, w.Rows, short(w.Duration), w.Format)
	p.line("%d targets, %d tasks, %d routes, %d stages of load", len(w.Targets), len(w.Tasks), len(w.Routes), len(w.Load.Stages))
	p.line("")
	p.arrivals(w)
	p.table("task\tsize\tn\tfit\tKS\tp50\tp95\tp99")
	for i := range w.Tasks {
		t := &w.Tasks[i]
		p.dist(t.Name, "prompt", &t.Prompt, tokens3)
		p.dist("", "output", &t.Output, tokens3)
	}
	p.flush()
	p.table("target\ttime\tn\tfit\tKS\tp50\tp95\tp99")
	for i := range w.Targets {
		t := &w.Targets[i]
		p.dist(t.Name(), "ttft", &t.TTFT, duration3)
		p.dist("", "itl", &t.ITL, duration3)
	}
	p.flush()
	p.table("target\trequests\tfailed\t429\tpeak rpm\tpeak tpm\tinput\toutput\tprice error")
	for i := range w.Targets {
		t := &w.Targets[i]
		input, output, wrong := "?", "?", "?"
		if t.Price.N > 0 {
			input, output, wrong = decimal(t.Price.Input), decimal(t.Price.Output), percent(t.Price.Error)
		}
		p.row("%s\t%d\t%s\t%s\t%d\t%d\t%s\t%s\t%s", t.Name(), t.Requests, percent(float64(t.Failed)/float64(t.Requests)),
			percent(t.Peak.Limited), t.Peak.RPM, t.Peak.TPM, input, output, wrong)
	}
	p.flush()
	if len(w.Events) > 0 {
		p.table("errors\ttarget\tat\tfor\trate\tfailed")
		for _, e := range w.Events {
			p.row("%s\t%s\t%s\t%s\t%s\t%d", e.ID, e.Provider+"/"+e.Model, short(e.At), short(e.For), percent(e.Rate), e.Failed)
		}
		p.flush()
	}
	for _, n := range w.Notes {
		p.line("note: %s", printable(n))
	}
	p.line("Percentiles are observed → fitted. KS is the largest distance between the shares")
	p.line("of values below any value, in the log and in the fit. Prices are USD per million.")
	return p.to(out)
}

func (p *page) arrivals(w *World) {
	if len(w.Load.Windows) == 0 {
		p.line("The log is too short to say how bursty it is.")
		p.line("")
		return
	}
	p.table("dispersion over\tobserved\tPoisson\tfitted\tn")
	for _, d := range w.Load.Windows {
		p.row("%s\t%.4g\t%.4g\t%.4g\t%d", short(d.Length), d.Observed, d.Poisson, d.Fitted, d.N)
	}
	p.flush()
}

// WriteReport writes the figures of a back-test, for people.
func (b *Backtest) WriteReport(out io.Writer) error {
	p := &page{}
	against := "the log it was fitted to"
	if b.Held {
		against = "another log"
	}
	p.line("back-test: %d requests of %s, %d seeds, single-provider to the target of each", b.Requests, against, b.Seeds)
	p.line("")
	p.table("figure\tobserved\tpredicted\t95%% interval\tobserved lies")
	inside := 0
	for _, f := range b.Figures {
		verdict := "OUTSIDE"
		if f.Inside {
			verdict = "inside"
			inside++
		}
		p.row("%s\t%s\t%s\t%s to %s\t%s", f.Name, f.text(f.Observed), f.text(f.Predicted), f.text(f.Low), f.text(f.High), verdict)
	}
	p.flush()
	for _, n := range b.Notes {
		p.line("note: %s", printable(n))
	}
	p.line("%d of %d inside. The interval is a prediction interval: the spread between seeds,", inside, len(b.Figures))
	p.line("that of their mean and that of a fit to a sample; Student's t. One figure in")
	p.line("twenty lies outside by chance.")
	return p.to(out)
}

func (f *Figure) text(v float64) string {
	switch f.Unit {
	case "ratio":
		return percent(v)
	case "usd":
		return fmt.Sprintf("$%.4f", v)
	}
	return fmt.Sprintf("%.4gs", v)
}

func percent(v float64) string { return fmt.Sprintf("%.2f%%", 100*v) }

// page collects lines and tables.
type page struct {
	b strings.Builder
	t *tabwriter.Writer
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *page) table(header string) {
	p.t = tabwriter.NewWriter(&p.b, 0, 0, 2, ' ', 0)
	p.row(header)
}

func (p *page) row(format string, args ...any) { _, _ = fmt.Fprintf(p.t, format+"\n", args...) }

// flush ends a table with an empty line.
func (p *page) flush() {
	_ = p.t.Flush() // a strings.Builder does not fail
	p.line("")
}

func (p *page) dist(name, what string, d *Dist, unit func(float64) string) {
	switch {
	case d.Kind == "":
	case d.Assumed:
		p.row("%s\t%s\t0\tassumed\t\t%s", name, what, distText(&d.Dist, unit))
	case math.IsNaN(d.KS):
		p.row("%s\t%s\t%d\tregression\t\t%s\t%s\t%s", name, what, d.N, unit(d.Fitted.P50), unit(d.Fitted.P95), unit(d.Fitted.P99))
	default:
		pair := func(observed, fitted float64) string {
			if math.IsNaN(observed) {
				return "–"
			}
			return unit(observed) + " → " + unit(fitted)
		}
		p.row("%s\t%s\t%d\t%s\t%.3f\t%s\t%s\t%s", name, what, d.N, d.Kind, d.KS,
			pair(d.Observed.P50, d.Fitted.P50), pair(d.Observed.P95, d.Fitted.P95), pair(d.Observed.P99, d.Fitted.P99))
	}
}

func (p *page) to(out io.Writer) error {
	if _, err := io.WriteString(out, p.b.String()); err != nil {
		return fmt.Errorf("fit: %w", err)
	}
	return nil
}

// printable takes control characters out of text that may hold names of a log.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
