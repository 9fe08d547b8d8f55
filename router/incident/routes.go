package incident

// SetRoutes puts other routes in the place of those of the Config: those that clients
// ask for from now on. The list is the tracker's.
func (t *Tracker) SetRoutes(routes []Route) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.config.Routes = routes
}

func (t *Tracker) routes() []Route {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.config.Routes
}
