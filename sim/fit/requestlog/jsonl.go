package requestlog

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// readJSONL reads one object a line. The format is found by the keys of the
// first one; later ones may have fewer. It calls read after each line.
func readJSONL(r io.Reader, b *builder, read func()) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine+2)
	for line := 1; lines.Scan(); line++ {
		read()
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil || object == nil {
			if lines.Err() != nil { // the line was cut there
				return readError(lines.Err())
			}
			return fail(line, "not a JSON object")
		}
		if b.format == nil {
			names := make([]string, 0, len(object))
			for name := range object {
				names = append(names, name)
			}
			slices.Sort(names)
			if len(names) > maxColumns {
				return fail(line, "more than %d keys", maxColumns)
			}
			if err := b.header(line, names); err != nil {
				return err
			}
		}
		var bad string
		err := b.row(line, func(c *column) string {
			v, ok := lookup(object, c.name)
			if !ok && bad == "" {
				bad = c.name
			}
			return v
		})
		if bad != "" {
			return fail(line, "%s: an object or a list where one value is expected", bad)
		}
		if err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return fail(0, "a line is longer than %d bytes", maxLine)
		}
		return readError(err)
	}
	return nil
}

// lookup finds a value by its name, or step by step where that has dots. What
// is not there, and null, is "". It is false for a value that is no scalar.
func lookup(object map[string]json.RawMessage, name string) (string, bool) {
	for {
		if raw, found := object[name]; found {
			return scalar(raw)
		}
		step, rest, dotted := strings.Cut(name, ".")
		raw, found := object[step]
		if !dotted || !found {
			return "", true
		}
		var text string
		if json.Unmarshal(raw, &text) == nil {
			raw = json.RawMessage(text) // an object written as a string
		}
		var inner map[string]json.RawMessage
		if json.Unmarshal(raw, &inner) != nil {
			return "", true // nothing to step into
		}
		object, name = inner, rest
	}
}

func scalar(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return "", false
	}
	if raw[0] == '"' {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			return "", false
		}
		return strings.TrimSpace(text), true
	}
	if string(raw) == "null" {
		return "", true
	}
	return string(raw), true
}
