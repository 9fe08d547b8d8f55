package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
)

// metricsOfRun are the names of the metrics that `serve` has after a short run in which
// something of each kind happened, with those that Prometheus makes of histograms.
func metricsOfRun(t *testing.T) map[string]bool {
	t.Helper()
	hangs := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body) // or nobody sees that the client leaves
		<-q.Context().Done()
	}))
	t.Cleanup(hangs.Close)
	s := serve(t, `
version: 1
providers:
  down:  {base_url: `+upstream(t, "down", 503)+`, api_key: sk-secret-of-down, models: {m: {}}}
  hangs: {base_url: `+hangs.URL+`/v1, api_key: any, models: {m: {}}}
  well:  {base_url: `+upstream(t, "well", 0)+`, api_key: sk-secret-of-well, models: {m: {price: {input: 1, output: 2}}}}
routes: {smart: [down/m, hangs/m, well/m]}
resilience: {attempt_timeout: 50ms, ttft_timeout: 50ms}
budgets: {all: {limit: 100, per: day}}
cache: {ttl: 1m}
queue: {workers: 1}
`)
	for n := range 12 {
		status, body := s.ask("smart", fmt.Sprint("hello ", n))
		require.Equal(t, 200, status, body)
	}
	resp, err := http.Post(s.base+"/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"well/m","stream":true,"messages":[{"role":"user","content":"hello"}]}`))
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	names := map[string]bool{"up": true} // Prometheus' own, of everything it fetches
	for _, m := range regexp.MustCompile(`(?m)^([a-z_]+)[ {]`).FindAllStringSubmatch(page(t, s.admin+"/metrics"), -1) {
		names[m[1]] = true
	}
	s.stop()
	return names
}

// selected are the names of the metrics that an expression asks for.
func selected(t *testing.T, expr, where string) (names []string) {
	t.Helper()
	for _, v := range []string{"$__rate_interval", "$__range"} {
		expr = strings.ReplaceAll(expr, v, "5m")
	}
	tree, err := parser.ParseExpr(expr)
	require.NoError(t, err, "%s: %s", where, expr)
	parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			require.NotEmpty(t, v.Name, "%s: %s", where, expr)
			names = append(names, v.Name)
		}
		return nil
	})
	require.NotEmpty(t, names, "%s asks for nothing: %s", where, expr)
	return names
}

// TestDeploy: the alert rules are what Prometheus takes for rules, and they and the
// panels of the dashboard ask for nothing that does not exist.
func TestDeploy(t *testing.T) {
	exist := metricsOfRun(t)

	data, err := os.ReadFile("deploy/prometheus/rules.yaml")
	require.NoError(t, err)
	rules, errs := rulefmt.Parse(data, false, model.UTF8Validation)
	require.Empty(t, errs)
	alerts := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			for _, name := range selected(t, r.Expr, r.Alert+r.Record) {
				require.True(t, exist[name], "%s asks for %s, which does not exist", r.Alert+r.Record, name)
			}
			if exist[r.Record] = true; r.Alert == "" {
				continue
			}
			alerts++
			require.Contains(t, []string{"page", "ticket"}, r.Labels["severity"], r.Alert)
			require.NotEmpty(t, r.Annotations["summary"], r.Alert)
			require.NotEmpty(t, r.Annotations["description"], r.Alert)
		}
	}
	require.Greater(t, alerts, 10)

	data, err = os.ReadFile("deploy/grafana/routedrill.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			ID      int
			Title   string
			Type    string
			GridPos struct{ H, W, X, Y int }
			Targets []struct{ Expr string }
		}
		Templating struct {
			List []struct{ Name, Type, Definition string }
		}
		Annotations struct{ List []struct{ Expr string } }
	}
	require.NoError(t, json.Unmarshal(data, &dashboard))
	check := func(where, expr string) {
		for _, name := range selected(t, expr, where) {
			require.True(t, exist[name], "%s asks for %s, which does not exist", where, name)
		}
	}
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		require.False(t, ids[p.ID], "two panels have the id %d", p.ID)
		ids[p.ID] = true
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		require.Equal(t, p.Type == "row", len(p.Targets) == 0, p.Title)
		for _, q := range p.Targets {
			check(p.Title, q.Expr)
		}
	}
	require.Greater(t, len(ids), 15)
	for _, a := range dashboard.Annotations.List {
		check("an annotation", a.Expr)
	}
	for _, v := range dashboard.Templating.List {
		if v.Type == "query" {
			m := regexp.MustCompile(`^label_values\((\w+), \w+\)$`).FindStringSubmatch(v.Definition)
			require.NotNil(t, m, v.Definition)
			require.True(t, exist[m[1]], "the variable %s asks for %s, which does not exist", v.Name, m[1])
		}
	}
}
