package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/router/internal/nearest"
)

// Error is one thing wrong in a file, with its place. Several are joined; use
// errors.As for the first.
type Error struct {
	File    string
	Line    int // 1-based; 0 where there is none
	Column  int // 1-based; 0 when not known
	Field   string
	Message string
	Hint    string // "" when there is none
}

// Error is "file:line:column: field: message (hint)".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File + ":")
	if e.Line > 0 {
		fmt.Fprintf(&b, "%d:", e.Line)
	}
	if e.Column > 0 {
		fmt.Fprintf(&b, "%d:", e.Column)
	}
	b.WriteByte(' ')
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Locate gives each of the errors of [router.New] the place in the file of the nearest
// key that it is of; what is about a key the file lacks that of its version.
func (f *File) Locate(err error) error {
	var list interface{ Unwrap() []error }
	all := []error{err}
	if errors.As(err, &list) {
		all = list.Unwrap()
	}
	out := make([]error, 0, len(all))
	for _, one := range all {
		if one == nil {
			continue
		}
		e := &Error{File: f.Name, Message: strings.TrimPrefix(one.Error(), "router: ")}
		longest := 0
		at := func(prefix string, line int) {
			rest, is := strings.CutPrefix(e.Message, prefix)
			if is && len(prefix) > longest && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ":")) {
				longest, e.Line = len(prefix), line
			}
		}
		for _, p := range f.Providers {
			at("providers."+p.Name, p.Line)
		}
		for _, r := range f.Routes {
			at("routes."+r.Name, r.Line)
		}
		for path, line := range f.lines { // in any order: the longest that fits is one
			at(path, line)
		}
		if e.Line == 0 {
			e.Line = f.lineOf("version")
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// Unlisted says which targets of routes are no model that their provider lists. They
// are served, but may be misspelt, and count as free.
func (f *File) Unlisted() []string {
	var found []string
	for _, r := range f.Routes {
		for _, target := range r.Targets {
			provider, model, _ := strings.Cut(target, "/")
			i := slices.IndexFunc(f.Providers, func(p Provider) bool { return p.Name == provider })
			if i < 0 || len(f.Providers[i].Models) == 0 {
				continue
			}
			names := make([]string, len(f.Providers[i].Models))
			for k, m := range f.Providers[i].Models {
				names[k] = m.Name
			}
			if slices.Contains(names, model) {
				continue
			}
			text := fmt.Sprintf("routes.%s (line %d): %s does not list %q, whose answers serve counts as free", r.Name, r.Line, provider, model)
			if near := nearest.Word(model, names); near != "" {
				text += fmt.Sprintf(" (did you mean %q?)", near)
			}
			found = append(found, text)
		}
	}
	return found
}

// maxErrors is how many errors are reported at once.
const maxErrors = 20

// didYouMean is a hint naming the word nearest to got, or all when none is near.
func didYouMean(got string, words []string) string {
	best := nearest.Word(got, words)
	if best == "" {
		return "one of " + strings.Join(words, ", ")
	}
	return "did you mean " + strconv.Quote(best) + "?"
}
