package audit

import (
	"strconv"
	"strings"
)

// The lists of a line, as a handler for people writes them; one that writes JSON
// takes their fields.
type (
	attemptLines []attemptLine
	candidates   []candidateLine
	skips        []skipLine
)

// String is "openai/gpt-4.1 server_error 503 in 45ms; azure/gpt-4.1 ok 200 in 620ms".
func (l attemptLines) String() string {
	return joined(l, func(b *strings.Builder, a *attemptLine) {
		b.WriteString(a.Target + " " + a.Reason)
		if a.Status > 0 {
			b.WriteString(" " + strconv.Itoa(a.Status))
		}
		b.WriteString(" in " + ms(a.DurationMS))
		for _, mark := range []struct {
			is   bool
			word string
		}{{a.Probe, "probe"}, {a.Retry, "retry"}, {a.Hedge, "hedge"}, {a.LastResort, "last resort"}} {
			if mark.is {
				b.WriteString(" (" + mark.word + ")")
			}
		}
	})
}

// String is "openai/gpt-4.1 0.25; azure/gpt-4.1 0.4", with what is out and why.
func (l candidates) String() string {
	return joined(l, func(b *strings.Builder, c *candidateLine) {
		b.WriteString(c.Target)
		switch {
		case c.Out != "":
			b.WriteString(" out: " + c.Out)
		default:
			b.WriteString(" " + strconv.FormatFloat(c.Score, 'g', 4, 64))
		}
		if c.Note != "" {
			b.WriteString(" (" + c.Note + ")")
		}
	})
}

// String is "openai/gpt-4.1 breaker_open at 0ms".
func (l skips) String() string {
	return joined(l, func(b *strings.Builder, s *skipLine) {
		b.WriteString(s.Target + " " + s.Reason + " at " + ms(s.AtMS))
	})
}

func joined[T any](list []T, one func(*strings.Builder, *T)) string {
	var b strings.Builder
	for i := range list {
		if i > 0 {
			b.WriteString("; ")
		}
		one(&b, &list[i])
	}
	return b.String()
}

// ms words milliseconds to the nearest.
func ms(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) + "ms" }
