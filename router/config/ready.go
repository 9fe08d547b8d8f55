package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router"
)

// Check is one item of the list that says whether a router is ready for an outage. An
// item that fails in several places has a Check for each.
type Check struct {
	Item    string
	Verdict Readiness
	Reason  string // what was seen, and where it fails what would be right
	// Line of the file; of what failed for want of a key that of its nearest parent, or
	// of the file's first key. 0 where nothing failed and it is about no line.
	Line int
}

// Readiness is the verdict of a [Check].
type Readiness string

// The verdicts. What does not apply is neither good nor bad: a file without an
// embeddings route needs no second target for one.
const (
	Passed        Readiness = "pass"
	Failed        Readiness = "fail"
	NotApplicable Readiness = "n/a"
)

// MaxPriceAge is how old a price table may be and still count as current.
const MaxPriceAge = 90 * 24 * time.Hour

// Ready goes through what a router needs to stand an outage of a provider, as far as
// its file shows it. It checks beliefs and settings, not the world: whether they do
// is for a drill to show. now is the day that prices are held against.
func (f *File) Ready(now time.Time) []Check {
	all := slices.Concat(
		f.secondTarget(),
		f.sameSpace(),
		one(f.breakerOn()),
		f.roomForFallback(),
		one(f.healthProbes()),
		one(f.cacheForOutage()),
		one(f.queueForBatch()),
		f.budgetMargin(),
		one(f.incidentWords()),
		f.pricesCurrent(now),
	)
	for i := range all {
		if all[i].Verdict == Failed && all[i].Line == 0 {
			all[i].Line = max(1, f.lineOf("version"))
		}
	}
	return all
}

func one(c Check) []Check { return []Check{c} }

// orElse is what failed, or the given check if nothing did.
func orElse(failed []Check, otherwise Check) []Check {
	if len(failed) > 0 {
		return failed
	}
	return one(otherwise)
}

// lineOf is the line of the first of these keys that the file has; 0 if it has none.
func (f *File) lineOf(paths ...string) int {
	for _, path := range paths {
		if line := f.lines[path]; line > 0 {
			return line
		}
	}
	return 0
}

func passed(item, format string, args ...any) Check {
	return Check{Item: item, Verdict: Passed, Reason: fmt.Sprintf(format, args...)}
}

func failed(item string, line int, format string, args ...any) Check {
	return Check{Item: item, Verdict: Failed, Reason: fmt.Sprintf(format, args...), Line: line}
}

func notApplicable(item, reason string) Check {
	return Check{Item: item, Verdict: NotApplicable, Reason: reason}
}

// secondTarget wants each route to have somewhere else to go.
func (f *File) secondTarget() []Check {
	const item = "second target per route"
	if len(f.Routes) == 0 {
		return one(notApplicable(item, "the file has no routes; a drill takes them from its world"))
	}
	if f.Policy.Strategy == router.SingleProvider {
		return one(failed(item, f.lineOf("policy.strategy", "policy"), "strategy %s never goes to a second one; priority does", router.SingleProvider))
	}
	var bad []Check
	for _, r := range f.Routes {
		providers := map[string]bool{}
		for _, t := range r.Targets {
			provider, _, _ := strings.Cut(t, "/")
			providers[provider] = true
		}
		switch {
		case len(r.Targets) < 2:
			bad = append(bad, failed(item, r.Line, "route %s has one target, %s, and nowhere to go when it fails", r.Name, r.Targets[0]))
		case len(providers) < 2:
			bad = append(bad, failed(item, r.Line, "all targets of route %s are of one provider, which can be down as a whole", r.Name))
		}
	}
	return orElse(bad, passed(item, "routes: %d, each with targets of two providers or more", len(f.Routes)))
}

// sameSpace wants routes of embeddings to have a second target whose vectors can be
// compared with those of the first.
func (f *File) sameSpace() []Check {
	const item = "second embeddings target"
	seen, bad := 0, []Check(nil)
	for _, r := range f.Routes {
		if !slices.ContainsFunc(r.Targets, f.embeds) {
			continue
		}
		seen++
		space := f.space(r.Targets[0])
		if !slices.ContainsFunc(r.Targets[1:], func(t string) bool { return f.space(t) == space }) {
			bad = append(bad, failed(item, r.Line, "route %s has no second target in the embedding space %s of its first, %s", r.Name, space, r.Targets[0]))
		}
	}
	if seen == 0 {
		return one(notApplicable(item, "no target is known to embed, by an embedding_space or by its name"))
	}
	return orElse(bad, passed(item, "routes of embeddings: %d", seen))
}

// embeds tells a target that makes embeddings: it has a space, or its model is called so.
func (f *File) embeds(target string) bool {
	_, name, _ := strings.Cut(target, "/")
	m := f.model(target)
	return m != nil && m.EmbeddingSpace != "" || strings.Contains(strings.ToLower(name), "embed")
}

// space is the embedding space of a target; without one of its own the model's name.
func (f *File) space(target string) string {
	if m := f.model(target); m != nil && m.EmbeddingSpace != "" {
		return m.EmbeddingSpace
	}
	_, name, _ := strings.Cut(target, "/")
	return name
}

// model is what the file says of a target's model; nil for nothing.
func (f *File) model(target string) *Model {
	provider, name, _ := strings.Cut(target, "/")
	for i := range f.Providers {
		if f.Providers[i].Name != provider {
			continue
		}
		for k := range f.Providers[i].Models {
			if m := &f.Providers[i].Models[k]; m.Name == name {
				return m
			}
		}
	}
	return nil
}
