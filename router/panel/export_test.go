package panel

// Held is how much the panel remembers, and the length of its longest name.
func (p *Panel) Held() (places, kinds, changes, longest int) {
	w := &p.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	for q := range w.places {
		longest = max(longest, len(q.target), len(q.endpoint))
	}
	for k := range w.failovers {
		longest = max(longest, len(k.route), len(k.from), len(k.to), len(k.reason))
	}
	for _, c := range w.changes {
		longest = max(longest, len(c.Target), len(c.Endpoint))
	}
	return len(w.places), len(w.failovers), len(w.changes), longest
}

// Clients is how many event streams there are.
func (p *Panel) Clients() int { return len(p.places) }
