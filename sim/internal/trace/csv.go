package trace

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The columns of the csv format; the first five are needed.
var columns = []string{
	"time", "task", "model", "prompt_tokens", "output_tokens",
	"stream", "max_tokens", "cached_tokens", "tenant", "session",
}

const neededColumns = 5

// readCSV reads a table with a header row and its columns in any order. Offsets
// says that its times are no instants.
func readCSV(r io.Reader) (rows []Row, offsets bool, err error) {
	in := csv.NewReader(&lineGuard{r: r})
	in.ReuseRecord = true
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, csvError(in, err)
	}
	order, err := csvHeader(header)
	if err != nil {
		return nil, false, err
	}
	table := csvTable{}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return rows, table.clock == "offset", nil
		}
		if err != nil {
			return nil, false, csvError(in, err)
		}
		line, _ := in.FieldPos(0)
		if len(rows) == maxRows {
			return nil, false, fail(line, "more than %d rows", maxRows)
		}
		var out Row
		for i, value := range record {
			if err := table.set(&out, line, order[i], strings.TrimSpace(value)); err != nil {
				return nil, false, err
			}
		}
		rows = append(rows, out)
	}
}

func csvError(in *csv.Reader, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		var own *Error
		if errors.As(parse.Err, &own) {
			return own
		}
		return fail(parse.Line, "%v", parse.Err)
	}
	line, _ := in.FieldPos(0)
	return readError(line, err)
}

func csvHeader(header []string) ([]string, error) {
	order := make([]string, len(header))
	for i, name := range header {
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		name = strings.TrimSpace(name)
		if !slices.Contains(columns, name) {
			return nil, fail(1, "unknown column %.40q; the columns are %s", name, strings.Join(columns, ", "))
		}
		if slices.Contains(order[:i], name) {
			return nil, fail(1, "the column %q stands there twice", name)
		}
		order[i] = name
	}
	for _, name := range columns[:neededColumns] {
		if !slices.Contains(order, name) {
			return nil, fail(1, "the column %q is missing", name)
		}
	}
	return order, nil
}

// csvTable remembers how the first row writes its instant: all others do the
// same, or differences between rows would mean nothing.
type csvTable struct {
	clock string // "instant" or "offset"; "" before the first row
}

func (t *csvTable) set(out *Row, line int, column, value string) (err error) {
	switch column {
	case "time":
		out.At, err = t.time(line, value)
	case "task":
		out.Task, err = name(line, column, value)
	case "model":
		out.Model, err = name(line, column, value)
	case "tenant":
		out.Tenant, err = name(line, column, value)
	case "session":
		out.Session, err = name(line, column, value)
	case "prompt_tokens":
		out.PromptTokens, err = tokens(line, column, value)
	case "output_tokens":
		out.OutputTokens, err = tokens(line, column, value)
	case "max_tokens":
		out.MaxTokens, err = optionalTokens(line, column, value)
	case "cached_tokens":
		out.CachedTokens, err = optionalTokens(line, column, value)
	case "stream":
		out.Stream, err = optionalBool(line, column, value)
	}
	return err
}

func name(line int, column, value string) (string, error) {
	if len(value) > maxName {
		return "", fail(line, "%s: longer than %d bytes", column, maxName)
	}
	return strings.Clone(value), nil // the record's memory is one large string
}

func optionalTokens(line int, column, value string) (int, error) {
	if value == "" {
		return 0, nil
	}
	return tokens(line, column, value)
}

func optionalBool(line int, column, value string) (*bool, error) {
	switch value {
	case "":
		return nil, nil
	case "true", "1":
		return new(true), nil
	case "false", "0":
		return new(false), nil
	}
	return nil, fail(line, "%s: %.40q is neither true nor false", column, value)
}

// time reads RFC 3339, a decimal number of seconds or a Go duration.
func (t *csvTable) time(line int, value string) (time.Duration, error) {
	stamp, clock, err := parseTime(line, value)
	if err != nil {
		return 0, err
	}
	if t.clock == "" {
		t.clock = clock
	}
	if t.clock != clock {
		return 0, fail(line, "time: %.40q is an %s, but the rows before give an %s", value, clock, t.clock)
	}
	return stamp, nil
}

func parseTime(line int, value string) (time.Duration, string, error) {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		stamp, err := stampOf(line, at)
		return stamp, "instant", err
	}
	stamp, err := time.ParseDuration(value)
	if err != nil {
		seconds, numberErr := strconv.ParseFloat(value, 64)
		if numberErr != nil || math.IsNaN(seconds) || math.Abs(seconds) > (100*maxSpan).Seconds() {
			return 0, "", fail(line, "time: %.40q is not RFC 3339, a number of seconds or a duration", value)
		}
		whole, part := math.Modf(seconds)
		stamp = time.Duration(whole)*time.Second + time.Duration(math.Round(part*1e6))*time.Microsecond
	}
	if stamp.Abs() > 100*maxSpan {
		return 0, "", fail(line, "time: %.40q is too far away", value)
	}
	return stamp, "offset", nil
}
