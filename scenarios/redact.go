package scenarios

import (
	"regexp"
	"slices"
	"strings"
)

// Whoever pastes a key into the wrong place must not find it in a log: what
// looks like one is cut short in errors.

var (
	longWord = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)
	// As vendors' keys begin, and as other keys are: hexadecimal, with or without dashes.
	keyStart = regexp.MustCompile(`^(?:(?:sk|pk|gsk|xai|hf|ghp)[-_]|AIza|eyJ)`)
	hexKey   = regexp.MustCompile(`^[0-9a-fA-F]{32,}$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// redact leaves of what looks like a key its first four letters.
func redact(text string) string {
	return longWord.ReplaceAllStringFunc(text, func(w string) string {
		if slices.ContainsFunc(strings.FieldsFunc(w, dash), random) || keyStart.MatchString(w) || hexKey.MatchString(w) {
			return w[:4] + "…"
		}
		return w
	})
}

func dash(r rune) bool { return r == '-' || r == '_' }

// random reports whether a word without dashes is none that anybody would write:
// names of models have dashes, or one case.
func random(w string) bool {
	return len(w) >= 24 && strings.ContainsAny(w, "0123456789") && strings.ToLower(w) != w && strings.ToUpper(w) != w
}
