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
// request: the verdict and why, the rows that decided, with the others folded
// away, and how to reproduce it. Rows that have no room are counted.
func WriteDiff(w io.Writer, r *gate.Result) error {
	var head, tail bytes.Buffer
	fmt.Fprintf(&head, "%s\n# Routedrill: %s\n\n**%s**\n\n", DiffMarker, escape(string(r.Verdict)), escape(render.DiffSentence(r)))
	list(&head, render.DiffVerdict(r)[1:])
	list(&head, render.DiffLeftOut(r))
	if len(r.Findings) > 0 {
		tail.WriteString("## Findings\n\n")
		list(&tail, r.Findings[:min(len(r.Findings), maxDiffFindings)])
	}
	fence := fenceFor(r.Reproduce)
	fmt.Fprintf(&tail, "## Reproduce\n\n%ssh\n%s\n%s\n\n", fence, render.Clean(r.Reproduce), fence)
	list(&tail, append(render.DiffCompared(r), "routedrill "+r.ProgramVersion+", "+r.Arch))
	all, telling := render.DiffAll(r)
	var rows bytes.Buffer
	for kept := len(all.Rows); ; kept -= kept/8 + 1 {
		rows.Reset()
		diffRows(&rows, all, min(telling, kept), kept)
		if head.Len()+rows.Len()+tail.Len() <= MaxDiffBytes || kept == 0 {
			break
		}
	}
	for _, part := range []*bytes.Buffer{&head, &rows, &tail} {
		if _, err := w.Write(part.Bytes()); err != nil {
			return fmt.Errorf("markdown: %w", err)
		}
	}
	return nil
}

const (
	maxDiffFindings = 20 // shown of what a report says beside its figures
	foldFrom        = 12 // rows; in a longer table those that are non-inferior are folded away
)

// diffRows writes the first of the kept rows as a table, and the others folded
// away.
func diffRows(b *bytes.Buffer, all render.Sheet, telling, kept int) {
	if kept <= foldFrom {
		telling = kept
	}
	part := all
	part.Rows = all.Rows[:telling]
	sheet(b, part)
	if part.Rows = all.Rows[telling:kept]; len(part.Rows) > 0 {
		fmt.Fprintf(b, "<details>\n<summary>%d rows are non-inferior</summary>\n\n", len(part.Rows))
		table(b, part)
		b.WriteString("</details>\n\n")
	}
	if more := len(all.Rows) - kept; more > 0 {
		fmt.Fprintf(b, "%d more rows stand in diff.json.\n\n", more)
	}
}
