package json

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
)

// Write renders a result. It returns the error of the writer, if any, and an
// error for a figure that is no number.
func Write(w io.Writer, r *report.Result) error { return encode(w, r) }

// WriteDiff renders a comparison of two configs.
func WriteDiff(w io.Writer, r *gate.Result) error { return encode(w, r) }

func encode(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		return fmt.Errorf("json: %w", err)
	}
	return nil
}
