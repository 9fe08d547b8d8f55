package table

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
)

const (
	// DefaultWidth is the width used when none is given.
	DefaultWidth = 80
	// MinWidth is the least width used, whatever is asked for.
	MinWidth = 40
)

// Options says how to render. The zero value is 80 columns without colour.
type Options struct {
	Width int  // columns; 0 means DefaultWidth, less than MinWidth means MinWidth
	Color bool // verdicts in colour, by ANSI codes
	ASCII bool // nothing beyond ASCII of our own: names stay as they are
	// Plain is ASCII without colour and without drawings: words only, as screen
	// readers want them.
	Plain    bool
	Timeline *timeline.Timeline // what is drawn below the comparison; nil for nothing
}

// Write renders a result. It returns the error of the writer, if any.
func Write(w io.Writer, r *report.Result, o Options) error {
	p := newPage(o)
	p.paragraph(render.Heading(r)...)
	p.sheet(render.Comparison(r))
	p.timeline(r, o.Timeline)
	for i := range r.Cells {
		p.sheet(render.Phases(r, &r.Cells[i]))
	}
	for _, s := range render.Details(r) {
		p.sheet(s)
	}
	p.sheet(render.Faults(r))
	p.sheet(render.Thresholds(r))
	p.sheet(render.OverSeeds(r))
	p.sheet(render.Shortfall(r))
	for _, finding := range r.Findings {
		p.lines("finding: " + finding)
	}
	if len(r.Findings) > 0 {
		p.blank()
	}
	p.lines(render.Invariants(r)...)
	verdict := render.Verdict(r)
	p.inColor(verdict[0], r.Verdict)
	p.paragraph(verdict[1:]...)
	p.lines(render.Footer(r))
	p.command("replay: ", r.Replay)
	return p.flush(w)
}

// page collects the text.
type page struct {
	options Options
	out     bytes.Buffer
	err     error // the first
}

func newPage(o Options) *page {
	switch {
	case o.Width == 0:
		o.Width = DefaultWidth
	case o.Width < MinWidth:
		o.Width = MinWidth
	}
	if o.Plain {
		o.ASCII, o.Color = true, false
	}
	return &page{options: o}
}

// flush writes the text, or says why there is none.
func (p *page) flush(w io.Writer) error {
	if p.err != nil {
		return p.err
	}
	if _, err := w.Write(p.out.Bytes()); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	return nil
}

func (p *page) blank() { p.out.WriteByte('\n') }

// paragraph writes lines and a blank one.
func (p *page) paragraph(lines ...string) {
	p.lines(lines...)
	p.blank()
}

// lines writes lines, broken where they are too wide. What follows a break is
// set two columns further in.
func (p *page) lines(lines ...string) {
	for _, line := range lines {
		for _, part := range p.broken(line) {
			p.out.WriteString(part + "\n")
		}
	}
}

func (p *page) broken(line string) []string {
	line = render.Clean(line)
	indent := len(line) - len(strings.TrimLeft(line, " ")) + 2
	parts := wrap(line, p.options.Width, p.options.Width-indent)
	for i := 1; i < len(parts); i++ {
		parts[i] = strings.Repeat(" ", indent) + parts[i]
	}
	return parts
}

// inColor writes a line in the colour of a verdict.
func (p *page) inColor(line string, v report.Verdict) {
	for _, part := range p.broken(line) {
		p.out.WriteString(p.paint(part, v) + "\n")
	}
}

// paint gives a text the colour of a verdict, if colour is wanted.
func (p *page) paint(text string, v report.Verdict) string {
	code := ""
	switch v {
	case report.Pass:
		code = "32"
	case report.Failed, report.Broken:
		code = "31"
	case report.Inconclusive:
		code = "33"
	case report.Ungated, report.Skipped: // neither good nor bad
	}
	if !p.options.Color || code == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// command writes a shell command so that it can be copied: broken only at
// blanks outside quotes, with a backslash at the end of the line.
func (p *page) command(label, command string) {
	if command == "" {
		return
	}
	line := label
	blank := true // the line has no word of the command yet
	for _, word := range words(render.Clean(command)) {
		if !blank && width(line)+1+width(word) > p.options.Width-2 {
			p.out.WriteString(line + " \\\n")
			line, blank = "    ", true
		}
		if !blank {
			line += " "
		}
		line, blank = line+word, false
	}
	p.out.WriteString(line + "\n")
}

// words splits a command at blanks outside quotes.
func words(command string) []string {
	var list []string
	var word strings.Builder
	quote := rune(0)
	for _, r := range command {
		switch {
		case r == ' ' && quote == 0:
			if word.Len() > 0 {
				list = append(list, word.String())
			}
			word.Reset()
			continue
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		list = append(list, word.String())
	}
	return list
}
