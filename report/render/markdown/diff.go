package markdown

import (
	"bytes"
	"fmt"
	"io"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
)

const (
	// DiffMarker is the first line of a comparison, by which a bot finds its
	// earlier comment to bring it up to date.
	DiffMarker = "<!-- routedrill diff -->"
	// MaxDiffBytes keeps a comparison below the limit on a comment at GitHub,
	// 65,536 characters.
	MaxDiffBytes = 60_000
)

// WriteDiff renders a comparison of two configs for a comment on a pull
// request: the verdict, the table with the gravest rows first, how to
// reproduce it. Rows that have no room are counted.
func WriteDiff(w io.Writer, r *gate.Result) error {
	var head, tail bytes.Buffer
	fmt.Fprintf(&head, "%s\n# Routedrill: %s\n\n", DiffMarker, escape(string(r.Verdict)))
	verdict := render.DiffVerdict(r)
	list(&head, verdict[1:])
	list(&head, render.DiffHeading(r))
	if len(r.Findings) > 0 {
		tail.WriteString("## Findings\n\n")
		list(&tail, r.Findings[:min(len(r.Findings), 20)])
	}
	fmt.Fprintf(&tail, "## Reproduce\n\nBy routedrill %s on %s\n", escape(r.ProgramVersion), escape(r.Arch))
	fence := fenceFor(r.Reproduce)
	fmt.Fprintf(&tail, "\n%ssh\n%s\n%s\n", fence, render.Clean(r.Reproduce), fence)
	all := render.DiffAll(r)
	var rows bytes.Buffer
	sheet(&rows, all)
	for kept := len(all.Rows); head.Len()+rows.Len()+tail.Len() > MaxDiffBytes && kept > 0; {
		kept -= kept/8 + 1
		rows.Reset()
		fewer := all
		fewer.Rows = all.Rows[:kept]
		sheet(&rows, fewer)
		fmt.Fprintf(&rows, "%d more rows stand in diff.json.\n\n", len(all.Rows)-kept)
	}
	for _, part := range []*bytes.Buffer{&head, &rows, &tail} {
		if _, err := w.Write(part.Bytes()); err != nil {
			return fmt.Errorf("markdown: %w", err)
		}
	}
	return nil
}
