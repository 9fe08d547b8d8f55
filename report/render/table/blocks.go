package table

import (
	"io"

	"github.com/routedrill/routedrill/report/render"
)

// Block is lines of text, a table, or both: the lines come first. A sheet
// without rows is no table.
type Block struct {
	Lines []string
	Sheet render.Sheet
}

// WriteBlocks renders texts and tables that are no run's result. An empty line
// follows on each table, and on lines that are not the last.
func WriteBlocks(w io.Writer, blocks []Block, o Options) error {
	p := newPage(o)
	for i, b := range blocks {
		p.lines(b.Lines...)
		if len(b.Lines) > 0 && (len(b.Sheet.Rows) > 0 || i+1 < len(blocks)) {
			p.blank()
		}
		p.sheet(b.Sheet)
	}
	return p.flush(w)
}
