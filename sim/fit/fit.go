package fit

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// World is what a log says about a world. It is made by [New] and not changed
// afterwards.
type World struct {
	Name     string // of the world and the scenario
	Format   string // of the log
	Rows     int    // requests it was fitted to
	Start    time.Time
	Duration time.Duration
	Load     Load
	Tasks    []Task
	Routes   []scenarios.Route
	Targets  []Target // by provider, then model, in the order of their requests
	Events   []Event
	Notes    []string // what is unknown, assumed or left out

	rows []requestlog.Row // with the names of the world
	cost bool
	most int // values of an empirical distribution
}

// Task is one kind of request and how well it was fitted.
type Task struct {
	Name, Endpoint, Route string
	Stream                bool
	Requests              int
	Prompt, Output        Dist // Output is absent for embeddings
	MaxTokens             int  // 0 when no limit is the usual one

	asked string // the log's name of it, "" when it has none
}

// Target is one model at one provider and how well it was fitted.
type Target struct {
	Provider, Model string
	Endpoints       []string
	Requests        int
	Failed          int
	TTFT, ITL       Dist
	Method          string // how TTFT and ITL were told apart
	Whole           Whole  // the latency of whole answers, which both make together
	Price           Price
	Peak            Peak
}

// Whole is how well the latency of whole answers is met: TTFT and ITL drawn
// independently, with the log's lengths. N is 0 where that is not known.
type Whole struct {
	N                int
	KS               float64
	Observed, Fitted Quantiles // nanoseconds; NaN as for a [Dist]
}

// Name is "provider/model".
func (t *Target) Name() string { return t.Provider + "/" + t.Model }

// New fits a world to a log. The name has to be one of the scenario language.
// Only a log that leaves nothing to fit is an error.
func New(log *requestlog.Log, name string) (*World, error) {
	w := &World{Name: name, Format: log.Format, Start: log.Start, Notes: slices.Clone(log.Notes), cost: log.HasCost}
	w.rows = slices.Clone(log.Rows)
	w.rename()
	if len(w.rows) < 2 {
		return nil, fmt.Errorf("fit: the log has one request: nothing can be fitted to that")
	}
	w.Rows = len(w.rows)
	w.Duration = duration(w.rows)
	w.Load = fitLoad(w.rows, w.Duration)
	w.budget()
	w.fitTasks()
	w.fitTargets(log)
	w.Events = w.fitEvents()
	if log.Skipped > 0 {
		w.note("%d rows are no requests to a provider (such as hits of the gateway's cache) and were left out", log.Skipped)
	}
	w.noteTenants()
	return w, nil
}

// budget shares out how many values fit into a world file.
func (w *World) budget() {
	const allValues, maxValues, minValues = 8000, 200, 20
	targets := byUse(w.rows, (*requestlog.Row).Target)
	tasks := byUse(w.rows, func(r *requestlog.Row) string {
		return fmt.Sprint(kind{r.Task, r.Endpoint, r.Route, r.Stream})
	})
	w.most = min(max(allValues/(2*(len(targets)+len(tasks))), minValues), maxValues)
}

func (w *World) note(format string, args ...any) {
	w.Notes = append(w.Notes, fmt.Sprintf(format, args...))
}

// duration is how long the log lasts: up to its last request and one mean gap
// more, in whole seconds.
func duration(rows []requestlog.Row) time.Duration {
	last := rows[len(rows)-1].At
	d := last + last/time.Duration(len(rows)-1)
	whole := time.Duration(math.Ceil(d.Seconds()+1e-9)) * time.Second
	return min(max(whole, time.Second), 31*24*time.Hour)
}

// noteTenants says what the language has no words for yet.
func (w *World) noteTenants() {
	tenants, prompts := map[string]int{}, map[string]bool{}
	known, repeated := 0, 0
	for i := range w.rows {
		if t := w.rows[i].Tenant; t != "" {
			tenants[t]++
		}
		if p := w.rows[i].Prompt; p != "" {
			known++
			if prompts[p] {
				repeated++
			}
			prompts[p] = true
		}
	}
	if len(tenants) > 0 {
		most, all := 0, 0
		for _, n := range tenants {
			most, all = max(most, n), all+n
		}
		w.note("%d tenants; the largest made %.1f%% of the requests that name one", len(tenants), 100*float64(most)/float64(all))
	}
	if known > 0 {
		w.note("%.1f%% of the prompts were asked before (%d of %d, %d distinct)",
			100*float64(repeated)/float64(known), repeated, known, len(prompts))
	}
}

// byUse returns the words of rows, the most frequent first.
func byUse(rows []requestlog.Row, word func(*requestlog.Row) string) []string {
	n := map[string]int{}
	for i := range rows {
		n[word(&rows[i])]++
	}
	return slices.SortedFunc(maps.Keys(n), func(a, b string) int { return cmp.Or(cmp.Compare(n[b], n[a]), cmp.Compare(a, b)) })
}
