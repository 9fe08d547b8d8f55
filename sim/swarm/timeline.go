package swarm

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/routedrill/routedrill/scenarios"
)

// drawTimeline draws up to six events, which overlap as they fall.
func (w *world) drawTimeline(d *draw, tasks []task, duration time.Duration, words *scenarios.Vocabulary) []string {
	var out []string
	for i := range d.within(1, 6) {
		out = append(out, "- "+w.event(d.of(fmt.Sprint("event", i)), i, tasks, duration, words).String())
	}
	return out
}

func (w *world) event(d *draw, i int, tasks []task, duration time.Duration, words *scenarios.Vocabulary) flow {
	at := d.part(duration, 0, 0.8)
	length := min(d.part(duration, 0.01, 0.7), duration-at)
	e := flow{}
	e.add("id", fmt.Sprint("e", i))
	e.add("at", at)
	e.add("for", length)
	e = append(e, w.selector(d, tasks)...)
	e.add("fault", drawFault(d, words))
	if d.chance(0.2) {
		ramp := flow{}
		if d.chance(0.7) {
			ramp.add("in", d.part(length, 0, 0.5))
		}
		if d.chance(0.7) && length > 2*time.Millisecond {
			ramp.add("out", d.part(length, 0, 0.5))
		}
		e.add("ramp", ramp)
	}
	if d.chance(0.2) && length >= 20*time.Millisecond {
		e.add("flap", fmt.Sprintf("{period: %s, duty: %s}",
			max(d.part(length, 0.05, 1), 20*time.Millisecond), text(rounded(0.01+0.98*d.uniform()))))
	}
	if d.chance(0.15) {
		e.add("every", max(d.part(duration, 0.05, 0.5), length))
	}
	return e
}

// selector picks a request that can come, and names some of what it is, so
// that the event can hit something.
func (w *world) selector(d *draw, tasks []task) flow {
	t := pick(d, tasks...)
	p, m := w.find(pick(d, t.targets...))
	s := flow{}
	switch d.below(4) {
	case 0, 1:
		s.add("provider", p.name)
	case 2:
		names := []string{p.name}
		if other := pick(d, w.providers...); other.name != p.name {
			names = append(names, other.name)
		}
		s.add("providers", names)
	}
	for _, part := range []struct {
		key   string
		value any
		there bool
	}{
		{"vendor", p.vendor, true},
		{"region", p.region, p.region != ""},
		{"model", `"` + m.name + `"`, true},
		{"endpoint", t.endpoint, true},
		{"task", t.name, true},
		{"stream", t.stream, true},
		{"tools", t.tools, true},
	} {
		if part.there && d.chance(0.08) {
			s.add(part.key, part.value)
		}
	}
	return s
}

// statuses are those that APIs and their edges answer.
var statuses = []int{400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 429, 500, 500, 502, 503, 503, 504, 520, 529}

// drawFault draws a kind and values for its parameters that fit together.
func drawFault(d *draw, words *scenarios.Vocabulary) flow {
	kind := pick(d, words.Faults...)
	f := flow{}
	for range 20 {
		f = flow{}
		f.add("kind", kind.Name)
		var values []scenarios.FaultValue
		for i := range kind.Params {
			if p := &kind.Params[i]; p.Required || d.chance(0.6) {
				shown, value := parameter(d, p)
				f.add(p.Name, shown)
				values = append(values, value)
			}
		}
		if words.CheckFault == nil || words.CheckFault(kind.Name, values) == nil {
			break
		}
	}
	if d.chance(0.5) {
		f.add("rate", max(rounded(d.uniform()), 0.001))
	}
	if d.chance(0.3) {
		f.add("sticky", pick(d, "attempt", "request", "tenant", "shard"))
	}
	if d.chance(0.15) {
		f.add("first", d.count(1, 200))
	}
	if d.chance(0.15) {
		f.add("nth", d.count(2, 20))
	}
	return f
}

// parameter draws a value: from where things happen as a rule, from all of the
// range now and then.
func parameter(d *draw, p *scenarios.ParamWord) (shown string, v scenarios.FaultValue) {
	v.Name = p.Name
	low, high := p.Min, p.Max
	usual := !d.chance(0.1)
	switch p.Type {
	case scenarios.TypeWord:
		v.Word = pick(d, p.Words...)
		return v.Word, v
	case scenarios.TypeText:
		v.Word = strings.Repeat("x", d.count(1, 128))
		return v.Word, v
	case scenarios.TypeDuration:
		if usual {
			low, high = max(low, float64(time.Millisecond)), min(high, float64(30*time.Second))
		}
		t := d.time(time.Duration(low), time.Duration(high))
		v.Num = float64(t)
		return text(t), v
	case scenarios.TypeCount:
		switch {
		case p.Name == "status" && usual:
			v.Num = float64(pick(d, statuses...))
		case usual: // tokens, as a rule
			v.Num = float64(d.count(int(low)+1, int(min(high, low+60))) - d.below(2))
		default:
			v.Num = math.Round(low + (high-low)*d.uniform())
		}
		return text(v.Num), v
	}
	if usual {
		low, high = max(low, 0.01), min(high, 20)
	}
	v.Num = min(max(rounded(d.spread(max(low, 0.001), high)), low), high)
	return text(v.Num), v
}
