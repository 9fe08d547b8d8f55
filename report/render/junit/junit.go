package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
)

type suites struct {
	XMLName  xml.Name `xml:"testsuites"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Errors   int      `xml:"errors,attr"`
	Suites   []*suite `xml:"testsuite"`
}

type suite struct {
	Name     string  `xml:"name,attr"`
	Tests    int     `xml:"tests,attr"`
	Failures int     `xml:"failures,attr"`
	Errors   int     `xml:"errors,attr"`
	Cases    []*test `xml:"testcase"`
}

type test struct {
	Name    string `xml:"name,attr"`
	Class   string `xml:"classname,attr"`
	Failure *text  `xml:"failure"`
	Error   *text  `xml:"error"`
}

type text struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Body    string `xml:",chardata"`
}

// Write renders the thresholds and invariants of a run, a suite for each cell.
func Write(w io.Writer, r *report.Result) error {
	all := suites{Name: render.Clean("routedrill " + r.Scenario)}
	run := all.suite(r.Scenario)
	cells := 0
	for i := range r.Cells {
		c := &r.Cells[i]
		cells += len(c.Reasons)
		s := all.suite(r.Scenario + "." + render.CellName(r, c))
		for k := range c.Thresholds {
			t := &c.Thresholds[k]
			s.add(t.Source, state(t.Verdict), "threshold", fmt.Sprintf("measured %s, n=%d", render.Figure(t), t.N))
		}
		for k := range c.Invariants {
			inv := &c.Invariants[k]
			how := passed
			if inv.Violations > 0 {
				how = failed
			}
			body := fmt.Sprintf("%d of %d broken", inv.Violations, inv.Checked)
			for _, example := range inv.Examples {
				body += "\n" + example
			}
			s.add(fmt.Sprintf("invariant %d: %s", inv.Number, inv.Name), how, "invariant", body)
		}
	}
	how, body := passed, ""
	if len(r.Reasons) > cells { // some are of no cell
		how = erred
		for _, reason := range r.Reasons {
			body += reason + "\n"
		}
	}
	run.add("every fault hit something and the load kept up", how, "run", body)
	return all.write(w)
}

// WriteDiff renders the gated rows of a comparison, a suite for each scenario.
func WriteDiff(w io.Writer, r *gate.Result) error {
	all := suites{Name: render.Clean("routedrill diff " + r.Base + " " + r.Head)}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		s := all.suite(sc.Name)
		how := passed
		if len(sc.Reasons) > 0 {
			how = erred
		}
		body := ""
		for _, reason := range sc.Reasons {
			body += reason + "\n"
		}
		s.add("both runs are sound", how, "run", body)
		for k := range sc.Rows {
			row := &sc.Rows[k]
			if row.Gated {
				s.add(row.Metric+" within "+row.Tolerance, rowState(row.Verdict), string(row.Verdict), render.DiffLine(row))
			}
		}
	}
	return all.write(w)
}

// outcome of a testcase.
type outcome int

const (
	passed outcome = iota
	failed
	erred
)

func state(v report.Verdict) outcome {
	switch v {
	case report.Failed, report.Broken:
		return failed
	case report.Inconclusive:
		return erred
	default:
		return passed
	}
}

func rowState(v gate.Verdict) outcome {
	switch v {
	case gate.Worse, gate.Broken:
		return failed
	case gate.Inconclusive:
		return erred
	default:
		return passed
	}
}

func (a *suites) suite(name string) *suite {
	s := &suite{Name: render.Clean(name)}
	a.Suites = append(a.Suites, s)
	return s
}

// add adds a testcase; its body says why it did not pass.
func (s *suite) add(name string, how outcome, kind, body string) {
	t := &test{Name: render.Clean(name), Class: s.Name}
	lines := ""
	first := ""
	for i, line := range strings.Split(strings.TrimRight(body, "\n"), "\n") {
		line = render.Clean(line)
		if i == 0 {
			first = line
		}
		lines += line + "\n"
	}
	why := &text{Message: first, Type: kind, Body: lines}
	s.Tests++
	switch how {
	case failed:
		t.Failure = why
		s.Failures++
	case erred:
		t.Error = why
		s.Errors++
	case passed:
	}
	s.Cases = append(s.Cases, t)
}

func (a *suites) write(w io.Writer) error {
	for _, s := range a.Suites {
		a.Tests += s.Tests
		a.Failures += s.Failures
		a.Errors += s.Errors
	}
	data, err := xml.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(data)+"\n"); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	return nil
}
