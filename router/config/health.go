package config

import (
	"math"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
)

func (d *decoder) health(n ast.Node, path string, h *router.Health) {
	d.mapping(n, path, field{"probes", func(n ast.Node, path string) { d.probes(n, path, &h.Probes) }})
}

// probes reads the settings of probes, which are on once they are named; an
// `every` of 0s turns them off.
func (d *decoder) probes(n ast.Node, path string, p *router.Probes) {
	if *p == (router.Probes{}) {
		*p = router.DefaultProbes()
	}
	d.mapping(n, path,
		field{"every", func(n ast.Node, path string) {
			if probed(n, func() *jsonschema.Schema { return durationForm(0) }) {
				return
			}
			before := len(d.errs)
			d.upTo(&p.Every, 0, 24*time.Hour)(n, path)
			if len(d.errs) == before && p.Every != 0 && p.Every < time.Second {
				d.fail(n, path, "0s is no probes", "%v is below 1s", p.Every)
			}
		}},
		field{"budget", d.budget(&p.BudgetMicroUSD)},
	)
}

// budget reads USD per hour, to the millionth.
func (d *decoder) budget(microUSD *int64) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return ratioForm(router.MaxShadowBudget/1e6, false) }) {
			return
		}
		var usd float64
		before := len(d.errs)
		d.ratio(&usd, router.MaxShadowBudget/1e6, false)(n, path)
		if *microUSD = int64(math.Floor(usd * 1e6)); len(d.errs) == before && *microUSD == 0 {
			d.fail(n, path, "", "must be at least a millionth of a USD per hour")
		}
	}
}
