package markdown

import (
	"bytes"
	"fmt"
	"io"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// Write renders a result. It returns the error of the writer, if any.
func Write(w io.Writer, r *report.Result) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", escape("Routedrill: "+r.Scenario))
	verdict := render.Verdict(r)
	fmt.Fprintf(&b, "**%s**\n\n", escape(verdict[0]))
	list(&b, verdict[1:])
	list(&b, render.Heading(r))
	sheet(&b, render.Comparison(r))
	sheet(&b, render.Thresholds(r))
	sheet(&b, render.OverSeeds(r))
	sheet(&b, render.Shortfall(r))
	for _, s := range render.Details(r) {
		sheet(&b, s)
	}
	sheet(&b, render.Faults(r))
	for i := range r.Cells {
		sheet(&b, render.Phases(r, &r.Cells[i]))
	}
	if len(r.Findings) > 0 {
		b.WriteString("## Findings\n\n")
		list(&b, r.Findings)
	}
	b.WriteString("## Invariants\n\n")
	list(&b, render.Invariants(r))
	b.WriteString(escape(render.Footer(r)) + "\n")
	if r.Replay != "" {
		fence := fenceFor(r.Replay)
		fmt.Fprintf(&b, "\n%ssh\n%s\n%s\n", fence, render.Clean(r.Replay), fence)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("markdown: %w", err)
	}
	return nil
}

// list writes lines as a list, nothing for none. Indented lines become
// points of the one before.
func list(b *bytes.Buffer, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", escapeStart(line))
	}
	if len(lines) > 0 {
		b.WriteByte('\n')
	}
}

// sheet writes a sheet as a table, nothing when it has no rows.
func sheet(b *bytes.Buffer, s render.Sheet) {
	if len(s.Rows) == 0 {
		return
	}
	fmt.Fprintf(b, "## %s\n\n", escape(s.Title))
	table(b, s)
}

// table writes the rows of a sheet below its columns.
func table(b *bytes.Buffer, s render.Sheet) {
	b.WriteByte('|')
	for _, c := range s.Columns {
		fmt.Fprintf(b, " %s |", escape(c.Name))
	}
	b.WriteString("\n|")
	for _, c := range s.Columns {
		if c.Right {
			b.WriteString(" ---: |")
		} else {
			b.WriteString(" :--- |")
		}
	}
	b.WriteByte('\n')
	for _, row := range s.Rows {
		b.WriteByte('|')
		for _, cell := range row {
			fmt.Fprintf(b, " %s |", escape(cell))
		}
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
}
