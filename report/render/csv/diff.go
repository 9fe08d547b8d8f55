package csv

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
)

// WriteDiff renders every row of a comparison, the informational ones too.
func WriteDiff(w io.Writer, r *gate.Result) error {
	out := &lines{csv: csv.NewWriter(w)}
	out.write("scenario", "metric", "gated", "unit", "seeds", "base", "head", "difference", "relative", "low", "high",
		"method", "tolerance", "verdict", "better", "worst_seed", "worst_difference", "reason")
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		for k := range s.Rows {
			out.row(s.Name, &s.Rows[k])
		}
	}
	out.csv.Flush()
	if err := out.csv.Error(); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	return nil
}

func (l *lines) row(scenario string, r *gate.Row) {
	seed, worst := "", ""
	if r.Worst != nil {
		seed, worst = strconv.FormatUint(r.Worst.Seed, 10), format(float64(r.Worst.Difference))
	}
	l.write(guard(scenario), r.Metric, strconv.FormatBool(r.Gated), r.Unit, strconv.Itoa(r.Seeds), optional(r.Base), optional(r.Head),
		optional(r.Difference), strconv.FormatBool(r.Relative), optional(r.Low), optional(r.High), r.Method, r.Tolerance,
		string(r.Verdict), strconv.FormatBool(r.Better), seed, worst, r.Reason)
}

func optional(v *report.Number) string {
	if v == nil {
		return ""
	}
	return format(float64(*v))
}
