package markdown

import (
	"bytes"
	"fmt"
	"io"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
)

// WriteSummary renders one line for each policy of several runs.
func WriteSummary(w io.Writer, list []report.Summary) error {
	var b bytes.Buffer
	sheet(&b, render.Summary(list))
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("markdown: %w", err)
	}
	return nil
}
