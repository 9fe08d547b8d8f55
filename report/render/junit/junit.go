package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
)

type suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []*suite `xml:"testsuite"`
}

type suite struct {
	ID         int        `xml:"id,attr"`
	Package    string     `xml:"package,attr"`
	Name       string     `xml:"name,attr"`
	Timestamp  string     `xml:"timestamp,attr"` // instant zero of the scenario
	Host       string     `xml:"hostname,attr"`
	Tests      int        `xml:"tests,attr"`
	Failures   int        `xml:"failures,attr"`
	Errors     int        `xml:"errors,attr"`
	Skipped    int        `xml:"skipped,attr"`
	Time       int        `xml:"time,attr"`
	Properties []property `xml:"properties>property"`
	Cases      []*test    `xml:"testcase"`
	Out        string     `xml:"system-out"`
	Err        string     `xml:"system-err"`
}

type property struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type test struct {
	Name    string    `xml:"name,attr"`
	Class   string    `xml:"classname,attr"`
	Time    int       `xml:"time,attr"`
	Failure *text     `xml:"failure"`
	Error   *text     `xml:"error"`
	Skipped *struct{} `xml:"skipped"`
}

type text struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Body    string `xml:",chardata"`
}

// Write renders the thresholds and invariants of a run, a suite for each cell. Where
// there are several seeds the thresholds have suites of their own, one for each
// policy.
func Write(w io.Writer, r *report.Result) error {
	all := suites{}
	run := all.suite(r.Scenario, r.Scenario, r.Start, property{"program", "routedrill " + r.ProgramVersion})
	cells := 0
	for i := range r.Policies {
		p := &r.Policies[i]
		cells += len(p.Reasons)
		if len(r.Seeds) > 1 {
			all.suite(r.Scenario, r.Scenario+"."+p.Policy, r.Start, property{"policy", p.Policy}).thresholds(p.Thresholds)
		}
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		cells += len(c.Reasons)
		s := all.suite(r.Scenario, r.Scenario+"."+render.CellName(r, c), r.Start,
			property{"policy", c.Policy}, property{"seed", strconv.FormatUint(c.Seed, 10)}, property{"digest", c.Digest})
		if len(r.Seeds) == 1 {
			s.thresholds(c.Thresholds)
		}
		for k := range c.Invariants {
			inv := &c.Invariants[k]
			how := passed
			switch {
			case inv.Violations > 0:
				how = failed
			case inv.NotVisible:
				how = skipped
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

// WriteDiff renders the gated rows of a comparison, a suite for each scenario. One that
// was not compared for want of time has a testcase that is skipped.
func WriteDiff(w io.Writer, r *gate.Result) error {
	all := suites{}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		s := all.suite("diff", sc.Name, sc.Start, property{"base", r.Base}, property{"head", r.Head})
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
			if row.NotVisible && row.Tolerance != "" {
				s.add(row.Metric+" within "+row.Tolerance, skipped, "gate", "")
			}
			if row.Gated {
				s.add(row.Metric+" within "+row.Tolerance, rowState(row.Verdict), string(row.Verdict), render.DiffLine(row))
			}
		}
	}
	start := "1970-01-01T00:00:00Z" // a suite needs one, and what was not compared has none
	for _, name := range r.NotCompared {
		all.suite("diff", name, start, property{"base", r.Base}, property{"head", r.Head}).add("compared: --budget had no room", skipped, "run", "")
	}
	return all.write(w)
}

// outcome of a testcase.
type outcome int

const (
	passed outcome = iota
	failed
	erred
	skipped
)

func state(v report.Verdict) outcome {
	switch v {
	case report.Failed, report.Broken:
		return failed
	case report.Inconclusive:
		return erred
	case report.Skipped:
		return skipped
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

// suite adds a suite with a property to say more of it; the start is RFC 3339.
func (a *suites) suite(of, name, start string, properties ...property) *suite {
	s := &suite{
		ID: len(a.Suites), Package: render.Clean(of), Name: render.Clean(name), Host: "localhost",
		Timestamp: strings.TrimSuffix(start, "Z"),
	}
	for _, p := range properties {
		s.Properties = append(s.Properties, property{p.Name, render.Clean(p.Value)})
	}
	a.Suites = append(a.Suites, s)
	return s
}

// thresholds adds a testcase for each.
func (s *suite) thresholds(list []report.Threshold) {
	for i := range list {
		t := &list[i]
		s.add(t.Source, state(t.Verdict), "threshold", render.ThresholdLine(t))
	}
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
	case skipped:
		t.Skipped = &struct{}{}
		s.Skipped++
	case passed:
	}
	s.Cases = append(s.Cases, t)
}

func (a *suites) write(w io.Writer) error {
	data, err := xml.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	if _, err := io.WriteString(w, xml.Header+string(data)+"\n"); err != nil {
		return fmt.Errorf("junit: %w", err)
	}
	return nil
}
