package sim

import (
	"net/http"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// WithEngine makes a run drill another engine than the one that ships.
func (o Options) WithEngine(e func(router.Config, http.RoundTripper, uint64, audit.Sink, router.Evaluator) (http.Handler, error)) Options {
	o.engine = e
	return o
}
