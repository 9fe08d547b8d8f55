package load

import (
	"cmp"
	"slices"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/scenarios"
)

// warmEvery is the distance between the requests of a warm-up.
const warmEvery = 100 * time.Millisecond

// Warmed is the plan with a warm-up behind it: what has been asked most often until
// then is asked once more, at each of so many replicas, ten requests a second. Of
// texts that nobody repeats none is asked again. The plan itself stays as it is.
func (p *Plan) Warmed(w scenarios.Warm, replicas int, seed uint64) *Plan {
	out := *p
	out.Arrivals, out.Specs = slices.Clone(p.Arrivals), slices.Clone(p.Specs)
	at := w.At
	for _, spec := range p.top(w) {
		for range replicas { // in a row, so that each gets one
			jitter := keyed.Hash(seed, "warm", "", "", len(out.Specs)) % uint64(warmEvery/2)
			out.Arrivals, out.Specs = append(out.Arrivals, at+time.Duration(jitter)), append(out.Specs, spec)
			at += warmEvery
		}
	}
	out.WarmUps = len(out.Specs) - len(p.Specs)
	return &out
}

// top are the requests asked most often before a warm-up, of equals those asked
// first.
func (p *Plan) top(w scenarios.Warm) []Spec {
	at := map[Spec]int{}
	var specs []Spec
	var times []int
	for i, spec := range p.Specs {
		if p.Arrivals[i] >= w.At {
			break
		}
		if spec.Space == SpaceArrivals {
			continue
		}
		same := spec
		same.OutputTokens = 0 // how long an answer is does not make it another question
		k, known := at[same]
		if !known {
			k = len(specs)
			at[same] = k
			specs, times = append(specs, spec), append(times, 0)
		}
		times[k]++
	}
	order := make([]int, len(specs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(times[b], times[a]) })
	order = order[:min(len(order), w.Top)]
	top := make([]Spec, len(order))
	for i, k := range order {
		top[i] = specs[k]
	}
	return top
}
