package trace

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds on what is read.
const (
	maxRows   = 5_000_000
	maxLine   = 1 << 20
	maxTokens = 10_000_000
	maxName   = 256 // bytes of a task, model, tenant or session
)

// maxSpan bounds the time between the first and the last row.
const maxSpan = 366 * 24 * time.Hour

// Row is one recorded request.
type Row struct {
	At           time.Duration // since the earliest row
	Task, Model  string        // "" when the trace does not say
	PromptTokens int
	OutputTokens int
	Stream       *bool // nil when the trace does not say
	MaxTokens    int   // 0 when the trace does not say
	CachedTokens int   // prompt tokens served from a cache; 0 when the trace does not say
	Tenant       string
	Session      string
}

// Error is something wrong with a trace.
type Error struct {
	Line    int // 1-based; 0 for the whole trace
	Message string
}

// Error returns the message behind the package's name and the line.
func (e *Error) Error() string {
	if e.Line == 0 {
		return "trace: " + e.Message
	}
	return fmt.Sprintf("trace: line %d: %s", e.Line, e.Message)
}

func fail(line int, format string, args ...any) error {
	return &Error{Line: line, Message: fmt.Sprintf(format, args...)}
}

// Formats lists the formats [Read] understands.
func Formats() []string { return []string{"azure", "mooncake", "csv"} }

// Read reads a whole trace. Its rows are sorted by instant, and At of the
// first is 0; offsets of a csv count from the scenario's start instead, unless
// they are too large for one and must be seconds since an epoch. A trace without rows, an unknown format and a line that cannot
// be understood are errors.
func Read(r io.Reader, format string) ([]Row, error) {
	var rows []Row
	var offsets bool
	var err error
	switch format {
	case "azure":
		rows, err = readAzure(r)
	case "mooncake":
		rows, err = readMooncake(r)
	case "csv":
		rows, offsets, err = readCSV(r)
	default:
		return nil, fail(0, "unknown format %.40q; one of %s", format, strings.Join(Formats(), ", "))
	}
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fail(0, "there are no rows")
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(a.At, b.At) })
	first, last := rows[0].At, rows[len(rows)-1].At
	// Stamps are within 100 years of their zero, so the difference cannot wrap.
	if last-first > maxSpan {
		return nil, fail(0, "the rows span %s; at most %s", last-first, maxSpan)
	}
	if offsets && first >= 0 && last <= maxSpan {
		return rows, nil
	}
	for i := range rows {
		rows[i].At -= first
	}
	return rows, nil
}

// tokens reads a number of tokens.
func tokens(line int, column, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fail(line, "%s: %.40q is not a whole number", column, s)
	}
	if n < 0 || n > maxTokens {
		return 0, fail(line, "%s: %d is not between 0 and %d", column, n, maxTokens)
	}
	return n, nil
}

// stampOf turns an instant into nanoseconds since 2000. Readers keep stamps on
// the trace's own scale in Row.At until all rows are known.
func stampOf(line int, t time.Time) (time.Duration, error) {
	if y := t.Year(); y < 1950 || y > 2099 {
		return 0, fail(line, "the year %d is not between 1950 and 2099", y)
	}
	return t.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)), nil
}

// readError turns an error of the reader underneath into one of this package.
func readError(line int, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("trace: line %d: %w", line, err)
}
