package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean returns the hint for a word that is not one of the valid ones:
// the nearest of them, or all of them when none is near and they are few.
func didYouMean(word string, valid []string) string {
	if near := nearest(word, valid); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	const few = 24
	if len(valid) == 0 || len(valid) > few {
		return ""
	}
	return "one of: " + strings.Join(valid, ", ")
}

// nearest returns the valid word within two edits, or one that the word
// begins or that begins the word; "" when there is none. Of equally near
// words the first one wins, so the answer depends on the order of valid.
func nearest(word string, valid []string) string {
	const maxEdits, minPrefix, maxWord = 2, 3, 64
	if word == "" || len(word) > maxWord {
		return ""
	}
	best, bestEdits := "", maxEdits+1
	lower := strings.ToLower(word)
	for _, v := range valid {
		edits := distance(lower, strings.ToLower(v))
		if edits < bestEdits && 2*edits <= max(len(word), len(v)) {
			best, bestEdits = v, edits
		}
	}
	if best != "" {
		return best
	}
	i := slices.IndexFunc(valid, func(v string) bool {
		return len(word) >= minPrefix && len(v) >= minPrefix &&
			(strings.HasPrefix(v, lower) || strings.HasPrefix(lower, v))
	})
	if i >= 0 {
		return valid[i]
	}
	return ""
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
