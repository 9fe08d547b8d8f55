package table

import (
	"io"

	"github.com/routedrill/routedrill/report/render"
)

// WritePage renders a page.
func WritePage(w io.Writer, from render.Page, o Options) error {
	p := newPage(o)
	p.paragraph(from.Heading...)
	for _, s := range from.Sheets {
		p.sheet(s)
	}
	p.lines(from.Footer...)
	return p.flush(w)
}
