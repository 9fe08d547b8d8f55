package policy

// Before reports whether a is to be tried before b. Those that are out have no
// part in it.
func Before(a, b *Candidate) bool {
	switch {
	case a.Place != b.Place:
		return a.Place < b.Place
	case a.Score != b.Score:
		return a.Score < b.Score
	}
	return a.Index < b.Index
}
