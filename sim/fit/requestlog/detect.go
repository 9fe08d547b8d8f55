package requestlog

import (
	"fmt"
	"slices"
	"strings"
)

// detect finds the format of a log by the names of its columns.
func detect(line int, want string, header []string) (*format, error) {
	if want != Auto {
		for i := range formats {
			if f := &formats[i]; f.name == want {
				if missing := f.missing(header); len(missing) > 0 {
					return nil, fail(line, "the format %s needs %s", f.name, lacks(missing, header))
				}
				return f, nil
			}
		}
		return nil, fail(0, "unknown format %.40q; one of %s, %s", want, Auto, strings.Join(Formats(), ", "))
	}
	var nearest *format
	most := -1
	for i := range formats {
		f := &formats[i]
		missing := f.missing(header)
		if len(missing) == 0 {
			return f, nil
		}
		// Columns that are there and those that are almost there speak for a format.
		score := 0
		for _, c := range f.columns {
			if has(header, c.name) {
				score += 2
			} else if c.needed && almost(c.name, header) != "" {
				score++
			}
		}
		if score > most {
			nearest, most = f, score
		}
	}
	if most <= 0 {
		return nil, fail(line, "none of the columns is known; the own format needs %s (other formats: %s)",
			strings.Join(ownFormat.missing(nil), ", "), strings.Join(Formats()[1:], ", "))
	}
	return nil, fail(line, "no format has these columns; nearest is %s, which needs %s",
		nearest.name, lacks(nearest.missing(header), header))
}

// missing lists the needed columns that a header does not have.
func (f *format) missing(header []string) []string {
	var out []string
	for _, c := range f.columns {
		if c.needed && !has(header, c.name) {
			out = append(out, c.name)
		}
	}
	return out
}

// has says whether a header has a column: by its name, or as the object it is in.
func has(header []string, name string) bool {
	if slices.Contains(header, name) {
		return true
	}
	object, _, dotted := strings.Cut(name, ".")
	return dotted && slices.Contains(header, object)
}

// lacks names what is missing, each with the column that may have been meant.
// Other columns are not named: the file may be anything.
func lacks(missing, header []string) string {
	words := make([]string, len(missing))
	for i, name := range missing {
		words[i] = name
		if near := almost(name, header); near != "" {
			words[i] = fmt.Sprintf("%s (there is %q: was that meant?)", name, near)
		}
	}
	return strings.Join(words, ", ")
}

// almost returns the column of a header that is written like name, or within
// two edits of it, or that it begins; "" when there is none.
func almost(name string, header []string) string {
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(s))
	}
	best, bestEdits := "", 3
	for _, h := range header {
		if len(h) > 64 {
			continue
		}
		a, b := plain(name), plain(h)
		edits := distance(a, b)
		if len(b) >= 4 && strings.HasPrefix(a, b) {
			edits = min(edits, 2)
		}
		if edits < bestEdits && 2*edits < len(a) {
			best, bestEdits = h, edits
		}
	}
	return best
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
