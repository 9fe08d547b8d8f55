package config

import (
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/routedrill/routedrill/router"
)

// maxTTL is the longest an answer is fresh, and the longest it may stand in after.
const maxTTL = 30 * 24 * time.Hour

// cache reads what is cached and for how long.
func (d *decoder) cache(n ast.Node, path string, c *router.Cache) {
	d.mapping(n, path,
		field{"ttl", func(n ast.Node, path string) { c.TTL = d.ttls(n, path) }},
		field{"stale_if_error", d.upTo(&c.StaleIfError, 0, maxTTL)},
		field{"entries", d.whole(&c.Entries, 1, 1_000_000)},
		field{"max_bytes", d.whole(&c.MaxBytes, 8<<10, 4<<30)},
		field{"version", d.text(&c.Version)},
	)
	if len(c.TTL) == 0 && d.valueOf(n, "ttl") == nil {
		d.fail(n, path, "such as ttl: {faq: 1h}", "it needs ttl, by task")
	}
}

// ttls reads a duration for all tasks, or a mapping of tasks; it replaces what was
// there.
func (d *decoder) ttls(n ast.Node, path string) map[string]time.Duration {
	out := map[string]time.Duration{}
	if _, ok := d.scalar(n); ok {
		var ttl time.Duration
		d.upTo(&ttl, time.Second, maxTTL)(n, path)
		out[router.AnyTask] = ttl
		return out
	}
	d.each(n, path, func(task string, _, value ast.Node) {
		var ttl time.Duration
		d.upTo(&ttl, time.Second, maxTTL)(value, join(path, task))
		out[task] = ttl
	})
	return out
}
