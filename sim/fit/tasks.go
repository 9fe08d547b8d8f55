package fit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// kind is what the requests of one task have in common.
type kind struct {
	task, endpoint, route string
	stream                bool
}

// fitTasks makes a task of all requests that have their task, endpoint, route
// and stream in common, and a route of the targets that served it. Each row is
// given the name of its task.
func (w *World) fitTasks() {
	w.fitRoutes()
	of := func(r *requestlog.Row) kind { return kind{r.Task, r.Endpoint, r.Route, r.Stream} }
	groups := map[kind][]int{}
	var order []kind
	for i := range w.rows {
		k := of(&w.rows[i])
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	slices.SortStableFunc(order, func(a, b kind) int { return len(groups[b]) - len(groups[a]) })
	if len(order) > maxParts {
		kept := map[kind]bool{}
		for _, k := range order[:maxParts] {
			kept[k] = true
		}
		w.drop(fmt.Sprintf("tasks beyond the %d most frequent ones", maxParts), func(r *requestlog.Row) bool { return !kept[of(r)] })
		w.fitTasks() // the rows have other places now
		return
	}
	taken := map[string]bool{}
	for _, k := range order {
		t := w.fitTask(k, groups[k])
		t.Name = unique(taskName(k, taken), taken)
		taken[t.Name] = true
		w.Tasks = append(w.Tasks, t)
		for _, i := range groups[k] {
			w.rows[i].Task = t.Name
		}
	}
}

func taskName(k kind, taken map[string]bool) string {
	name := k.task
	if name == "" {
		name = Name(k.endpoint + "-" + k.route)
	}
	if taken[name] && k.task != "" {
		name = Name(name + "-" + k.route)
	}
	if taken[name] && k.stream {
		name = Name(name + "-stream")
	}
	return name
}

func (w *World) fitTask(k kind, at []int) Task {
	t := Task{asked: k.task, Endpoint: k.endpoint, Route: k.route, Stream: k.stream, Requests: len(at)}
	t.MaxTokens = w.usualLimit(at)
	prompt := sample{whole: true, most: w.most}
	output := sample{whole: true, limit: float64(t.MaxTokens), most: w.most}
	for _, i := range at {
		r := &w.rows[i]
		if r.PromptTokens > 0 {
			prompt.values = append(prompt.values, float64(r.PromptTokens))
		}
		if r.OK() && r.OutputTokens > 0 {
			output.values = append(output.values, float64(r.OutputTokens))
		}
	}
	t.Prompt, t.Output = fitDist(prompt), fitDist(output)
	if t.Prompt.Kind == "" {
		t.Prompt = Dist{Dist: scenarios.Dist{Kind: scenarios.LogNormal, P50: 500, P95: 2000}, Assumed: true}
	}
	if k.endpoint == "embeddings" {
		t.Output = Dist{}
	} else if t.Output.Kind == "" {
		t.Output = Dist{Dist: scenarios.Dist{Kind: scenarios.LogNormal, P50: 150, P95: 600}, Assumed: true}
	}
	return t
}

// usualLimit is the max_tokens of nine in ten requests, if there is one.
func (w *World) usualLimit(at []int) int {
	n := map[int]int{}
	for _, i := range at {
		n[w.rows[i].MaxTokens]++
	}
	for limit, times := range n {
		if limit > 0 && 10*times >= 9*len(at) { // at most one can have that
			return limit
		}
	}
	return 0
}

// fitRoutes makes a route of every name that was asked for at an endpoint, with
// the targets that served it, the most used one first.
func (w *World) fitRoutes() {
	type asked struct{ route, endpoint string }
	served := map[asked]map[string]int{}
	sum := map[asked]int{}
	for i := range w.rows {
		r := &w.rows[i]
		key := asked{r.Route, r.Endpoint}
		if served[key] == nil {
			served[key] = map[string]int{}
		}
		served[key][r.Target()]++
		sum[key]++
	}
	keys := slices.SortedFunc(maps.Keys(sum), func(a, b asked) int {
		return cmp.Or(cmp.Compare(sum[b], sum[a]), cmp.Compare(a.route, b.route), cmp.Compare(a.endpoint, b.endpoint))
	})
	w.Routes = nil
	taken := map[string]bool{}
	to := map[asked]string{}
	for _, key := range keys {
		name := unique(key.route, taken)
		taken[name] = true
		to[key] = name
		n := served[key]
		targets := slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
		targets = targets[:min(len(targets), maxProviders)]
		if key.endpoint == "embeddings" {
			targets = w.oneSpace(name, targets)
		}
		w.Routes = append(w.Routes, scenarios.Route{Name: name, Targets: targets})
	}
	for i := range w.rows {
		r := &w.rows[i]
		r.Route = to[asked{r.Route, r.Endpoint}]
	}
}

// oneSpace keeps the targets of one embeddings model, the most used one: others
// cannot stand in for it.
func (w *World) oneSpace(route string, targets []string) []string {
	model := func(target string) string {
		_, name, _ := strings.Cut(target, "/") // names have no slash
		return name
	}
	first := model(targets[0])
	same := slices.DeleteFunc(slices.Clone(targets), func(t string) bool { return model(t) != first })
	if len(same) < len(targets) {
		w.note("the route %s had embeddings of several models, which cannot be compared: only %s is in it", route, first)
	}
	return same
}
