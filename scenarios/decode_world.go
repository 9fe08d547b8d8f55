package scenarios

// maxSigma bounds the spread of factors on times, as the fakes do: at 2, one
// request in a hundred already takes a hundred times as long as the median.
const maxSigma = 2

// maxTargetName is the length of a provider's name, a slash and a model's name.
const maxTargetName = 64 + 1 + maxModelName

func (d *decoder) worldFields(w *World) []field {
	version := 0
	ignored := ""
	return []field{
		{"version", d.version(&version)},
		{"name", d.name(&w.Name)},
		{"summary", d.text(&ignored, 500)},
		{"providers", func(n *node) {
			w.Providers = nil
			d.named(n, "providers", maxProviders, func(name string, _, value *node) {
				w.Providers = append(w.Providers, d.provider(name, value))
			})
		}},
		{"routes", func(n *node) {
			w.Routes = nil
			d.named(n, "routes", maxRoutes, func(name string, _, value *node) {
				w.Routes = append(w.Routes, d.route(name, value))
			})
		}},
		{"load", d.load(&w.Load)},
		{"tasks", d.tasks(&w.Tasks)},
		{"request_sigma", d.number(&w.RequestSigma, 0, maxSigma)},
	}
}

func (d *decoder) route(name string, n *node) Route {
	r := Route{Name: name}
	d.list(n, "targets", maxTargets, func(item *node) {
		target := ""
		if d.text(&target, maxTargetName)(item); target != "" {
			r.Targets = append(r.Targets, target)
		}
	})
	if n.kind == kindSequence && len(n.items) == 0 {
		d.fail(n, "", "a route has at least one target")
	}
	return r
}
