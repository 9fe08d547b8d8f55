package table

import (
	"io"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// WriteSummary renders one line for each policy of several runs.
func WriteSummary(w io.Writer, list []report.Summary, o Options) error {
	p := newPage(o)
	p.sheet(render.Summary(list))
	return p.flush(w)
}
