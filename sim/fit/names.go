package fit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// Bounds on a world's parts: those of the scenario language, and what fits into
// one file of it.
const (
	maxProviders = 64
	maxModels    = 64
	maxTargets   = 100
	maxParts     = 100
)

// rename gives providers, models, routes and tasks names of the scenario
// language, and drops the rows of those that are too many.
func (w *World) rename() {
	w.renameBy("provider", maxProviders, func(r *requestlog.Row) *string { return &r.Provider })
	providers := byUse(w.rows, func(r *requestlog.Row) string { return r.Provider })
	w.renameBy("model", 1<<20, func(r *requestlog.Row) *string { return &r.Model })
	for _, p := range providers {
		models := byUse(w.rows, func(r *requestlog.Row) string {
			if r.Provider != p {
				return ""
			}
			return r.Model
		})
		models = slices.DeleteFunc(models, func(m string) bool { return m == "" })
		if len(models) > maxModels {
			kept := models[:maxModels]
			w.drop(fmt.Sprintf("the models of %s beyond its %d most used ones", p, maxModels), func(r *requestlog.Row) bool {
				return r.Provider == p && !slices.Contains(kept, r.Model)
			})
		}
	}
	if targets := byUse(w.rows, (*requestlog.Row).Target); len(targets) > maxTargets {
		kept := map[string]bool{}
		for _, t := range targets[:maxTargets] {
			kept[t] = true
		}
		w.drop(fmt.Sprintf("targets beyond the %d most used ones", maxTargets), func(r *requestlog.Row) bool { return !kept[r.Target()] })
	}
	for i := range w.rows {
		if w.rows[i].Route == "" {
			w.rows[i].Route = w.rows[i].Model
		}
	}
	w.renameBy("route", maxParts/2, func(r *requestlog.Row) *string { return &r.Route })
	w.renameBy("task", maxParts, func(r *requestlog.Row) *string { return &r.Task })
}

// renameBy makes names of one kind valid and distinct. An empty one stays.
func (w *World) renameBy(kind string, most int, of func(*requestlog.Row) *string) {
	words := byUse(w.rows, func(r *requestlog.Row) string { return *of(r) })
	words = slices.DeleteFunc(words, func(s string) bool { return s == "" })
	if len(words) > most {
		kept := map[string]bool{"": true}
		for _, s := range words[:most] {
			kept[s] = true
		}
		w.drop(fmt.Sprintf("%ss beyond the %d most used ones", kind, most), func(r *requestlog.Row) bool { return !kept[*of(r)] })
		words = words[:most]
	}
	to := map[string]string{"": ""}
	taken := map[string]bool{}
	changed := 0
	for _, s := range words {
		name := unique(Name(s), taken)
		taken[name] = true
		to[s] = name
		if name != s {
			if changed++; changed <= 8 {
				w.note("the %s %.80q is called %s here", kind, s, name)
			}
		}
	}
	if changed > 8 {
		w.note("%d more %ss are called otherwise here: a name has letters, digits, dots, dashes and underscores", changed-8, kind)
	}
	for i := range w.rows {
		s := of(&w.rows[i])
		*s = to[*s]
	}
}

func (w *World) drop(what string, which func(*requestlog.Row) bool) {
	before := len(w.rows)
	w.rows = slices.DeleteFunc(w.rows, func(r requestlog.Row) bool { return which(&r) })
	w.note("left out: %s (%d requests)", what, before-len(w.rows))
}

// Name makes s a name of the scenario language: 1 to 64 letters, digits, dots,
// dashes and underscores, a letter or digit first.
func Name(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() == 0: // not first
		case r == '.' || r == '_' || r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		if b.Len() == 64 {
			break
		}
	}
	name := strings.TrimRight(b.String(), "-")
	if name == "" {
		return "unnamed"
	}
	return name
}

// unique appends a number to a name that is taken.
func unique(name string, taken map[string]bool) string {
	if !taken[name] {
		return name
	}
	for i := 2; ; i++ {
		suffix := fmt.Sprintf("-%d", i)
		if s := name[:min(len(name), 64-len(suffix))] + suffix; !taken[s] {
			return s
		}
	}
}
