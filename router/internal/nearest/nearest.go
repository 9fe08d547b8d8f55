// Package nearest finds the word that somebody who mistyped another may have
// meant.
package nearest

// maxWord is the longest word, in bytes, for which one is looked for.
const maxWord = 64

// Word is the word nearest to got, the first of several; "" when none is near.
func Word(got string, words []string) string {
	best, least := "", 1+max(len(got)/2, 2)
	for _, w := range words {
		if d := distance(got, w); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out or changed to make b
// of a.
func distance(a, b string) int {
	if len(a) > maxWord || len(b) > 2*maxWord {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
