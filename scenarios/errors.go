package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxErrors is how many errors of one file are reported.
const maxErrors = 20

// Error is one thing wrong with a scenario, a world or a --set. [Load] joins
// several; errors.As finds the first.
type Error struct {
	File    string // the file, or the --set as given; "" for a name that was not found
	Line    int    // 1-based; 0 where there is no line
	Column  int    // 1-based; 0 where there is no line
	Field   string // path of the field, as in timeline[2].fault.status; "" for the whole file
	Message string
	Hint    string // what to write instead; may be empty

	cause error
}

// Unwrap returns the error of Options.ReadFile behind it, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Error returns "file:line:column: field: message (hint)" without the parts
// that are not known, on one line, with what
// cannot be printed escaped and what may be a key cut short.
func (e *Error) Error() string {
	var b strings.Builder
	if file := e.File; file != "" {
		if strings.HasPrefix(file, setOrigin) {
			file = redact(file) // holds the value
		}
		b.WriteString(file)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
		b.WriteString(": ")
	}
	if e.Field != "" {
		b.WriteString(redact(e.Field) + ": ")
	}
	b.WriteString(redact(e.Message))
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return visible(b.String())
}

// visible escapes what a terminal would act on or not show: control
// characters, line ends, marks of the writing direction, bytes that are not
// UTF-8. Errors quote files and arguments that may hold anything.
func visible(s string) string {
	var b strings.Builder
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		if strconv.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.Quote(s[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// problems collects what is wrong, so that one run shows all of it.
type problems struct {
	found   []*Error
	dropped int // errors beyond maxKept, which nobody would read
}

// maxKept is how many errors are kept to sort and choose from.
const maxKept = 200

func (p *problems) add(e *Error) {
	if len(p.found) == maxKept {
		p.dropped++
		return
	}
	if !slices.ContainsFunc(p.found, func(o *Error) bool { return o.Error() == e.Error() }) {
		p.found = append(p.found, e)
	}
}

func (p *problems) any() bool { return len(p.found) > 0 }

// err joins the errors in the order of the file, at most maxErrors of them.
func (p *problems) err() error {
	if !p.any() {
		return nil
	}
	files := map[string]int{} // file → its place in order of appearance
	for _, e := range p.found {
		if _, seen := files[e.File]; !seen {
			files[e.File] = len(files)
		}
	}
	slices.SortStableFunc(p.found, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(files[a.File], files[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	shown := p.found[:min(len(p.found), maxErrors)]
	if len(shown) == 1 {
		return shown[0]
	}
	errs := make([]error, 0, len(shown)+1)
	for _, e := range shown {
		errs = append(errs, e)
	}
	if more := len(p.found) - len(shown) + p.dropped; more > 0 {
		errs = append(errs, fmt.Errorf("and %d more", more))
	}
	return errors.Join(errs...)
}
