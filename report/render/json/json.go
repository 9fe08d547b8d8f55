package json

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/routedrill/routedrill/report"
)

// Write renders a result. It returns the error of the writer, if any, and an
// error for a figure that is no number.
func Write(w io.Writer, r *report.Result) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("json: %w", err)
	}
	return nil
}
