package requestlog

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// readCSV reads a table with a header row and its columns in any order. It calls
// read after each row.
func readCSV(r io.Reader, b *builder, read func()) error {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	in.LazyQuotes = true // prompts and errors stand in some exports
	record, err := in.Read()
	if err != nil {
		return csvError(err)
	}
	if len(record) > maxColumns {
		return fail(1, "more than %d columns", maxColumns)
	}
	header := slices.Clone(record)
	for i := range header {
		header[i] = strings.TrimSpace(strings.TrimPrefix(strings.Clone(header[i]), "\ufeff"))
		if header[i] != "" && slices.Contains(header[:i], header[i]) {
			return fail(1, "the column %.40q stands there twice", header[i])
		}
	}
	if err := b.header(1, header); err != nil {
		return err
	}
	at := make(map[string]int, len(b.format.columns))
	for _, c := range b.format.columns {
		at[c.name] = slices.Index(header, c.name)
		if object, _, dotted := strings.Cut(c.name, "."); dotted && at[c.name] < 0 {
			at[c.name] = slices.Index(header, object)
		}
	}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvError(err)
		}
		read()
		line, _ := in.FieldPos(0)
		err = b.row(line, func(c *column) string {
			i := at[c.name]
			if i < 0 {
				return ""
			}
			v := strings.TrimSpace(record[i])
			if header[i] != c.name {
				return inside(v, c.name)
			}
			return v
		})
		if err != nil {
			return err
		}
	}
}

// inside looks up a dotted name in a cell that holds the first part as JSON. A
// cell that does not hold it says nothing.
func inside(cell, name string) string {
	_, path, _ := strings.Cut(name, ".")
	last := path[strings.LastIndex(path, ".")+1:]
	if !strings.Contains(cell, last) {
		return ""
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(cell), &object) != nil {
		return ""
	}
	v, _ := lookup(object, path)
	return v
}

func csvError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		var own *Error
		if errors.As(parse.Err, &own) {
			return own
		}
		return fail(parse.Line, "%v", parse.Err)
	}
	return readError(err)
}
