package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
)

// maxAnnotations is how many errors, and how many warnings, GitHub shows of one
// step.
const maxAnnotations = 10

// annotations are GitHub's workflow commands: each shows a text at a line of a
// file of the pull request. They go to stderr, which GitHub reads as well as
// stdout, and are written only where GITHUB_ACTIONS says so.
type annotations struct {
	w      io.Writer // nil writes none
	counts map[string]int
	root   string // of the repository; "" where it is not said
}

func newAnnotations(sys system) *annotations {
	a := &annotations{counts: map[string]int{}}
	if sys.getenv("GITHUB_ACTIONS") == "true" {
		a.w, a.root = sys.stderr, sys.getenv("GITHUB_WORKSPACE")
	}
	return a
}

// add shows one text. Line 0 is no particular one; a file of the library is none
// of the repository's.
func (a *annotations) add(level, file string, line int, title, text string) {
	if a.w == nil || a.counts[level] == maxAnnotations {
		return
	}
	a.counts[level]++
	at := "title=" + property(title)
	if !strings.HasPrefix(file, "library/") {
		file = fromRoot(a.root, file)
		at = "file=" + property(file) + "," + at
		if line > 0 {
			at = fmt.Sprintf("file=%s,line=%d,title=%s", property(file), line, property(title))
		}
	}
	_, _ = fmt.Fprintf(a.w, "::%s %s::%s\n", level, at, commandText(text))
}

// fromRoot is the name of a file as seen from the repository's root, whence GitHub
// looks for it, wherever the program was started.
func fromRoot(root, file string) string {
	whole, err := filepath.Abs(file)
	if root == "" || err != nil {
		return file
	}
	inside, err := filepath.Rel(root, whole)
	if err != nil || !filepath.IsLocal(inside) {
		return file
	}
	return filepath.ToSlash(inside)
}

// invalid shows what is wrong with files, at its lines.
func (a *annotations) invalid(err error) {
	switch e := err.(type) { //nolint:errorlint // every error of the tree is looked at, not the first of a kind
	case *scenarios.Error:
		if e.Line > 0 {
			a.add("error", e.File, e.Line, "invalid file", withoutPlace(e.Error(), e.File))
		}
	case *config.Error:
		if e.Line > 0 {
			a.add("error", e.File, e.Line, "invalid file", withoutPlace(visible(e.Error()), e.File))
		}
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			a.invalid(one)
		}
	case interface{ Unwrap() error }:
		a.invalid(e.Unwrap())
	}
}

// withoutPlace is an error's text without the place it begins with.
func withoutPlace(text, file string) string {
	rest, found := strings.CutPrefix(text, visible(file)+":")
	if _, what, place := strings.Cut(rest, ": "); found && place {
		return what
	}
	return text
}

// commandText and property escape as GitHub's own toolkit does.
func commandText(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandText(s))
}

// run shows what is wrong with a run, at the lines of its thresholds.
func (a *annotations) run(s *scenarios.Scenario, r *report.Result) {
	for i := range r.Policies {
		p := &r.Policies[i]
		for k := range p.Thresholds {
			t := &p.Thresholds[k]
			line := 0
			if k < len(s.Thresholds) {
				line = s.Thresholds[k].Line
			}
			text := t.Source + ": " + render.ThresholdLine(t)
			switch {
			case t.Verdict == report.Failed:
				a.add("error", s.File, line, s.Name+": "+p.Policy+" crosses a threshold", text)
			case t.Verdict == report.Inconclusive && t.Reason != "":
				a.add("warning", s.File, line, s.Name+": "+p.Policy+" leaves a threshold undecided", text)
			case t.Verdict == report.Inconclusive:
				a.add("warning", s.File, line, s.Name+": "+p.Policy+" has too few samples", text)
			}
		}
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		for k := range c.Invariants {
			if inv := &c.Invariants[k]; inv.Violations > 0 {
				a.add("error", s.File, 0, s.Name+": an invariant is broken", fmt.Sprintf("%s: %s: %d of %d", render.CellName(r, c), inv.Name, inv.Violations, inv.Checked))
			}
		}
	}
	for _, f := range r.Faults {
		if !f.Fired && f.Kind != "none" {
			a.add("warning", s.File, eventLine(s, f.ID), s.Name+": a fault hit nothing", "fault "+f.ID+" hit no request of any policy")
		}
	}
}

func eventLine(s *scenarios.Scenario, id string) int {
	for _, e := range s.Timeline {
		if e.ID == id {
			return e.Line
		}
	}
	return 0
}

// diff shows what is wrong with a comparison, at the lines of the gate, or of
// HEAD's file where the scenario has no gate of its own.
func (a *annotations) diff(all []*scenarios.Scenario, head string, r *gate.Result) {
	byName := map[string]*scenarios.Scenario{}
	for _, s := range all {
		byName[s.Name] = s
	}
	if what := render.DiffPartial(r); what != "" {
		a.add("warning", "library/", 0, "not everything was compared", "the verdict is "+what+": "+strings.Join(r.NotCompared, ", "))
	}
	for i := range r.Scenarios {
		sc := &r.Scenarios[i]
		s := byName[sc.Name]
		for _, reason := range sc.Reasons {
			a.add("warning", s.File, 0, sc.Name, reason)
		}
		for k := range sc.Rows {
			row := &sc.Rows[k]
			level := ""
			switch row.Verdict {
			case gate.Worse:
				level = "error"
			case gate.Inconclusive:
				level = "warning"
			case gate.NonInferior, gate.Broken:
			}
			if level == "" {
				continue
			}
			file, line := headFile(head), 0
			if k < len(s.Gate.Metrics) {
				file = s.File
				if m := &s.Gate.Metrics[k]; m.Line > 0 { // not from --set
					file, line = m.File, m.Line
				}
			}
			a.add(level, file, line, sc.Name+": "+string(row.Verdict), render.DiffLine(row))
		}
	}
}

// headFile is HEAD's file in the repository, a name of no file for a built-in
// policy and for another revision's.
func headFile(head string) string {
	if strings.Contains(head, ":") || !strings.ContainsRune(head, '/') && !strings.Contains(head, ".y") {
		return "library/"
	}
	return head
}
