package requestlog

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"slices"
	"time"
)

// Read reads a whole log in a format of [Formats], or the one that [Auto] finds.
func Read(r io.Reader, formatName string) (*Log, error) {
	g := &guard{r: r}
	in := bufio.NewReaderSize(g, 64<<10)
	json, err := isJSON(in)
	if err != nil {
		return nil, err
	}
	b := &builder{want: formatName, log: &Log{}, words: map[string]string{}}
	if json {
		err = readJSONL(in, b, g.record)
	} else {
		err = readCSV(in, b, g.record)
	}
	if err != nil {
		return nil, err
	}
	return b.finish()
}

// isJSON says whether the first byte that is no space opens an object.
func isJSON(in *bufio.Reader) (bool, error) {
	for {
		c, err := in.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return false, fail(0, "the log is empty")
		case err != nil:
			return false, readError(err)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		case c == '[':
			return false, fail(1, "a JSON array; write one object a line instead (jq -c '.[]' does)")
		}
		return c == '{', in.UnreadByte()
	}
}

// builder collects rows.
type builder struct {
	want   string
	format *format
	log    *Log
	starts []stamp
	words  map[string]string // each name once: rows share them
	last   entry             // reused
}

// header settles the format by the columns of the log.
func (b *builder) header(line int, names []string) error {
	f, err := detect(line, b.want, names)
	if err != nil {
		return err
	}
	b.format = f
	b.log.Format, b.log.Notes = f.name, f.notes
	for _, name := range names {
		known := slices.ContainsFunc(f.columns, func(c column) bool { return has([]string{name}, c.name) })
		if !known && !slices.Contains(b.log.Unused, name) {
			b.log.Unused = append(b.log.Unused, name)
		}
	}
	return nil
}

// row adds a row, whose columns value looks up: "" is an empty or absent one.
func (b *builder) row(line int, value func(c *column) string) error {
	if len(b.log.Rows)+b.log.Skipped == maxRows {
		return fail(line, "more than %d rows: cut the log, or take every n-th tenant of it", maxRows)
	}
	e := &b.last
	*e = entry{}
	for i := range b.format.columns {
		c := &b.format.columns[i]
		v := value(c)
		if v == "" {
			if c.filled {
				return fail(line, "%s is empty", c.name)
			}
			continue
		}
		if err := c.set(e, v); err != nil {
			return fail(line, "%s: %s", c.name, err)
		}
	}
	if e.skip {
		b.log.Skipped++
		return nil
	}
	if err := e.finish(); err != nil {
		return fail(line, "%s", err)
	}
	e.outcome()
	if len(b.starts) > 0 && b.starts[0].instant != e.start.instant {
		return fail(line, "the rows before give their time in another way: instants and offsets do not mix")
	}
	for _, word := range []*string{&e.row.Provider, &e.row.Model, &e.row.Route, &e.row.Task, &e.row.Endpoint, &e.row.Tenant, &e.row.Prompt} {
		*word = b.shared(*word)
	}
	b.log.HasLatency = b.log.HasLatency || e.hasLatency
	b.log.HasCost = b.log.HasCost || e.hasCost
	b.log.Rows = append(b.log.Rows, e.row)
	b.starts = append(b.starts, e.start)
	return nil
}

// shared returns one copy of a word, apart from the line it was read from.
func (b *builder) shared(s string) string {
	if s == "" {
		return ""
	}
	known, ok := b.words[s]
	if !ok {
		known = string([]byte(s))
		b.words[known] = known
	}
	return known
}

// finish sorts the rows and counts their time from the first one.
func (b *builder) finish() (*Log, error) {
	if len(b.log.Rows) == 0 {
		if b.log.Skipped > 0 {
			return nil, fail(0, "none of the %d rows is a request to a provider", b.log.Skipped)
		}
		return nil, fail(0, "the log has no rows")
	}
	b.log.HasStatus = b.format.status
	first := slices.MinFunc(b.starts, func(x, y stamp) int { return cmp.Or(x.at.Compare(y.at), cmp.Compare(x.offset, y.offset)) })
	if first.instant {
		b.log.Start = first.at
	}
	var latest time.Duration
	for i := range b.log.Rows {
		b.log.Rows[i].At, _ = first.since(b.starts[i])
		latest = max(latest, b.log.Rows[i].At)
	}
	if latest > maxSpan {
		return nil, fail(0, "the rows span %s; a world lasts at most %s: cut the log", latest.Round(time.Hour), maxSpan)
	}
	slices.SortStableFunc(b.log.Rows, func(x, y Row) int { return cmp.Compare(x.At, y.At) })
	return b.log, nil
}

// guard passes a stream through and fails where a line or the whole grows too
// long, so that no reader behind it can be made to collect endlessly.
type guard struct {
	r     io.Reader
	total int64
	line  int // lines ended so far
	run   int // bytes of the present line
	since int // bytes since the last record ended
	err   error
}

// Read implements io.Reader.
func (g *guard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.r.Read(p)
	if g.total += int64(n); g.total > maxBytes {
		g.err = fail(0, "larger than %d bytes", int64(maxBytes))
		return 0, g.err
	}
	if g.since += n; g.since > 2*maxLine {
		g.err = fail(g.line+1, "a row of more than %d bytes ends here: is a closing quote missing?", 2*maxLine)
		return 0, g.err
	}
	for i, c := range p[:n] {
		if c == '\n' {
			g.line++
			g.run = 0
			continue
		}
		if g.run++; g.run > maxLine {
			g.err = fail(g.line+1, "longer than %d bytes", maxLine)
			return i, g.err
		}
	}
	return n, err
}

// record notes that a record was read.
func (g *guard) record() { g.since = 0 }

// readError passes our own errors on and names others.
func readError(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	return fail(0, "cannot read: %v", err)
}
