package incident

import (
	"slices"

	"github.com/routedrill/routedrill/router"
)

// Route is a name and its targets, "provider/model" each.
type Route struct {
	Name    string   `json:"name"`
	Targets []string `json:"targets"`
}

// RoutesOf are the routes of a router. The slices are the caller's.
func RoutesOf(c *router.Config) []Route {
	routes := make([]Route, 0, len(c.Routes))
	for _, r := range c.Routes {
		routes = append(routes, Route{Name: r.Name, Targets: slices.Clone(r.Targets)})
	}
	return routes
}
