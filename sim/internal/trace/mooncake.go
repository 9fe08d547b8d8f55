package trace

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"time"
)

// mooncakeLine is one line of the format. Other fields, such as hash_ids, are
// ignored: the trace is an archive and not something users write by hand.
type mooncakeLine struct {
	Timestamp    *float64 `json:"timestamp"` // milliseconds
	InputLength  *int     `json:"input_length"`
	OutputLength *int     `json:"output_length"`
}

// readMooncake reads a Mooncake trace: one JSON object a line.
func readMooncake(r io.Reader) ([]Row, error) {
	var rows []Row
	lines := scanner(r)
	line := 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		if len(rows) == maxRows {
			return nil, fail(line, "more than %d rows", maxRows)
		}
		parsed, err := mooncakeRow(line, text)
		if err != nil {
			return nil, err
		}
		rows = append(rows, parsed)
	}
	if err := lines.Err(); err != nil {
		return nil, scanError(line, err)
	}
	return rows, nil
}

func mooncakeRow(line int, text []byte) (Row, error) {
	var in mooncakeLine
	if err := json.Unmarshal(text, &in); err != nil {
		return Row{}, fail(line, "not a row of this format: %.200v", err)
	}
	if in.Timestamp == nil || in.InputLength == nil || in.OutputLength == nil {
		return Row{}, fail(line, "timestamp, input_length and output_length are needed")
	}
	ms := *in.Timestamp
	if math.Abs(ms) > float64(100*maxSpan/time.Millisecond) {
		return Row{}, fail(line, "timestamp: %g ms is too far away", ms)
	}
	out := Row{At: time.Duration(math.Round(ms*1000)) * time.Microsecond}
	for _, f := range []struct {
		name string
		from int
		to   *int
	}{{"input_length", *in.InputLength, &out.PromptTokens}, {"output_length", *in.OutputLength, &out.OutputTokens}} {
		if f.from < 0 || f.from > maxTokens {
			return Row{}, fail(line, "%s: %d is not between 0 and %d", f.name, f.from, maxTokens)
		}
		*f.to = f.from
	}
	return out, nil
}
