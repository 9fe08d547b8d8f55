package table

import (
	"fmt"
	"io"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
)

// WriteDiff renders a comparison of two configs: the verdict, the rows of each
// scenario, and the command that repeats it.
func WriteDiff(w io.Writer, r *gate.Result, o Options) error {
	p := newPage(o)
	verdict := render.DiffVerdict(r)
	p.inColor(verdict[0], colorOf(r.Verdict))
	p.paragraph(verdict[1:]...)
	p.paragraph(render.DiffHeading(r)...)
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		for _, reason := range s.Reasons {
			p.lines(s.Name + ": " + reason)
		}
		p.sheet(render.DiffGated(s))
		p.paragraph(render.DiffWorstSeeds(s))
		p.sheet(render.DiffMoved(s))
	}
	for _, finding := range r.Findings {
		p.lines("finding: " + finding)
	}
	if len(r.Findings) > 0 {
		p.blank()
	}
	p.lines(fmt.Sprintf("routedrill %s, %s", r.ProgramVersion, r.Arch))
	p.command("reproduce: ", r.Reproduce)
	return p.flush(w)
}

// colorOf is the verdict of a run that has the colour of a comparison's.
func colorOf(v gate.Verdict) report.Verdict {
	switch v {
	case gate.Worse, gate.Broken:
		return report.Failed
	case gate.Inconclusive:
		return report.Inconclusive
	default:
		return report.Pass
	}
}
