// Package prometheus makes metrics of what a router tells and of how it is:
//
//	m := prometheus.New(prometheus.Sources{Router: func() *router.Router { return engine }})
//	m.Know(&config)
//	engine, err := router.New(config, router.WithAudit(m))
//	mux.Handle("GET /metrics", m.Handler())
//
// README.md lists the metrics. What happens is counted as it happens, by a
// [Metrics] in its part as an audit sink; what is (breakers, queue, budgets) is asked
// of the sources when the metrics are fetched.
//
// # Cardinality
//
// A label is a word of the router's own or a name of its config, never one of a
// client's: a model that is asked for and does not exist counts for the route
// "other". A name that has left the config keeps its series until the process ends.
package prometheus
