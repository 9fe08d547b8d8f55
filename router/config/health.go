package config

import (
	"math"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
)

// Health is how the file has targets watched.
type Health struct {
	router.Health
	Webhook *Webhook // nil when not given
}

// Webhook is where messages are sent.
type Webhook struct {
	URL    string        // may hold ${NAME}
	Secret router.Secret // the key of its signatures; may hold ${NAME}
	Line   int           // in the file
}

func (d *decoder) health(n ast.Node, path string, h *Health) {
	d.mapping(n, path,
		field{"probes", func(n ast.Node, path string) { d.probes(n, path, &h.Probes) }},
		field{"alerts", func(n ast.Node, path string) { d.alerts(n, path, h) }},
	)
}

// alerts reads the settings of alerts, which are on once they are named.
func (d *decoder) alerts(n ast.Node, path string, h *Health) {
	a := &h.Alerts
	if *a == (router.Alerts{}) {
		*a = router.DefaultAlerts()
	}
	before := len(d.errs)
	var objective, window ast.Node
	at := func(n *ast.Node, read reader) reader {
		return func(x ast.Node, path string) { *n = x; read(x, path) }
	}
	d.mapping(n, path,
		field{"objective", at(&objective, d.ratio(&a.Objective, 0.9999, true))},
		field{"p95", d.upTo(&a.P95, 0, time.Hour)},
		field{"window", at(&window, d.upTo(&a.Window, time.Minute, 4*time.Hour))},
		field{"raise", d.upTo(&a.Raise, 0, 24*time.Hour)},
		field{"clear", d.upTo(&a.Clear, 0, 24*time.Hour)},
		field{"hold", d.upTo(&a.Hold, 0, 24*time.Hour)},
		field{"webhook", func(n ast.Node, path string) { h.Webhook = d.webhook(n, path) }},
	)
	if len(d.errs) == before && a.Objective != 0 && a.Objective < 0.95 {
		d.fail(objective, join(path, "objective"), "0 is no alerts", "%v is below 0.95", a.Objective)
	}
}

// webhook reads where messages are sent. ${NAME} in both is looked up later.
func (d *decoder) webhook(n ast.Node, path string) *Webhook {
	w := &Webhook{}
	w.Line, _ = d.at(n)
	before := len(d.errs)
	d.mapping(n, path, field{"url", d.baseURL(&w.URL)}, field{"secret", d.text((*string)(&w.Secret))})
	if len(d.errs) == before && (w.URL == "" || w.Secret == "") {
		d.fail(n, path, "such as {url: \"https://ops.example.com/hook\", secret: ${ALERT_SECRET}}", "url and secret are both needed")
	}
	return w
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
