package config

import (
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router"
)

// InferModels adds the models that routes name and their providers do not list,
// with nothing known of them: no price, no context, every capability. A drill
// takes them from its world; in production a route is all there is.
func InferModels(c *router.Config) {
	for _, route := range c.Routes {
		targets := route.Targets
		if route.Shadow != nil {
			targets = append(slices.Clone(targets), route.Shadow.Target)
		}
		for _, target := range targets {
			provider, model, ok := strings.Cut(target, "/")
			i := slices.IndexFunc(c.Providers, func(p router.Provider) bool { return p.Name == provider })
			if !ok || i < 0 {
				continue // router.New says what is wrong
			}
			p := &c.Providers[i]
			if !slices.ContainsFunc(p.Models, func(m router.Model) bool { return m.Name == model }) {
				p.Models = append(p.Models, router.Model{Name: model})
			}
		}
	}
}
