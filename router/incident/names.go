package incident

// Names is what clients are shown in place of names of the config. What is not in it
// is shown as it is. Each may be nil.
type Names struct {
	Providers, Routes, Tasks map[string]string
}

func (n *Names) provider(name string) string { return shownAs(n.Providers, name) }

func shownAs(names map[string]string, name string) string {
	if shown := names[name]; shown != "" {
		return shown
	}
	return name
}

func allShownAs(names map[string]string, list []string) []string {
	out := make([]string, len(list))
	for i, name := range list {
		out[i] = shownAs(names, name)
	}
	return out
}
