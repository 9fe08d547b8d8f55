package config

import (
	"regexp"
	"strconv"
	"strings"
)

// Whoever pastes a key into the wrong place must not find it in a log: text of
// the file stands in an error only where it can hardly be a secret.

// Bounds in bytes: of what an error repeats although it is not known, of a
// target an error repeats, and of a provider's name.
const (
	maxPlain        = 24
	maxTarget       = 128
	maxProviderName = 64
)

// plainWord tells whether s is a short word of small letters and underscores.
func plainWord(s string) bool {
	return len(s) <= maxPlain && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// secretName tells whether a name begins as keys do.
func secretName(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(s, " \t\"'"), "sk-")
}

// shown is a value of at most some bytes as errors show it.
func shown(s string, most int) string {
	if len(s) > most || secretName(s) {
		return "the value"
	}
	return strconv.Quote(s)
}

var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*" ?`)

// parserMessage is the first line of a message of the parser, without what it
// quotes from the file unless that is a plain word.
func parserMessage(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return quoted.ReplaceAllStringFunc(s, func(q string) string {
		if plainWord(strings.Trim(q, `" `)) {
			return q
		}
		return ""
	})
}
