package swarm

import (
	"fmt"
	"time"
)

// task is what the timeline may select.
type task struct {
	name, endpoint string
	stream, tools  bool
	targets        []string
}

// drawLoad writes a load of about n requests in the duration.
func drawLoad(d *draw, n int, duration time.Duration) flow {
	l := flow{}
	rate := float64(n) / duration.Seconds()
	constant := d.chance(0.3)
	if constant {
		l.add("arrivals", "constant")
	}
	if d.chance(0.6) {
		l.add("rate", perSecond(rate))
	} else {
		l.add("stages", stages(d, rate, duration))
	}
	if d.chance(0.3) {
		var spikes []string
		for range d.within(1, 2) {
			at := d.part(duration, 0, 0.9)
			s := flow{}
			s.add("at", at)
			s.add("for", min(d.part(duration, 0.01, 0.1), duration-at))
			s.add("factor", rounded(d.spread(0.1, 6)))
			spikes = append(spikes, s.String())
		}
		l.add("spikes", spikes)
	}
	if !constant && d.chance(0.3) {
		window := pick(d, time.Second, 2*time.Second, 5*time.Second)
		first := d.spread(1, 4)
		bursts := []string{fmt.Sprintf("{window: %s, dispersion: %s}", window, text(rounded(first)))}
		if d.chance(0.3) && window*4 < duration {
			// Four windows can be no wilder than all of them together.
			bursts = append(bursts, fmt.Sprintf("{window: %s, dispersion: %s}", 4*window, text(rounded(1+(first-1)*(1+2.9*d.uniform())))))
		}
		l.add("burstiness", bursts)
	}
	return l
}

// stages are up to four, the last of which takes what is left of the duration.
func stages(d *draw, rate float64, duration time.Duration) []string {
	var out []string
	left := duration
	for i := d.within(1, 4); i > 0; i-- {
		length := left
		if i > 1 {
			length = d.part(left, 0.1, 0.6)
		}
		left -= length
		s := flow{}
		s.add("for", length)
		switch {
		case d.chance(0.3):
			s.add("from", perSecond(rate*d.spread(0.1, 2)))
			s.add("to", perSecond(rate*d.spread(0.1, 2)))
		case i > 1 && d.chance(0.1):
			s.add("rate", 0)
		default:
			s.add("rate", perSecond(rate*d.spread(0.3, 2)))
		}
		out = append(out, s.String())
	}
	return out
}

// part is a share of a duration, to the millisecond and at least one.
func (d *draw) part(of time.Duration, low, high float64) time.Duration {
	t := time.Duration((low + (high-low)*d.uniform()) * float64(of))
	return max(t.Truncate(time.Millisecond), time.Millisecond)
}

func perSecond(rate float64) string { return text(max(rounded(rate), 0.001)) + "/s" }

func (w *world) drawTasks(d *draw, clients []string) (tasks []task, lines []string) {
	for i := range d.within(1, 4) {
		t, line := w.task(d.of(fmt.Sprint("task", i)), i, clients)
		tasks, lines = append(tasks, t), append(lines, "- "+line)
	}
	return tasks, lines
}

func (w *world) task(d *draw, i int, clients []string) (task, string) {
	r := pick(d, w.routes...)
	t := task{name: fmt.Sprint("t", i), endpoint: "chat", targets: r.targets}
	f := flow{}
	f.add("name", t.name)
	f.add("weight", d.within(1, 10))
	if d.chance(0.1) { // asks for one target by its name
		t.targets = []string{pick(d, r.targets...)}
		f.add("model", quoted(t.targets))
	} else {
		f.add("model", r.name)
	}
	f.add("prompt_tokens", sizes(d, 1, 1, 1500))
	if r.embed {
		t.endpoint = "embeddings"
		f.add("endpoint", t.endpoint)
		f.add("inputs", d.count(1, 40))
	} else {
		if w.completions && d.chance(0.5) {
			t.endpoint = "completions"
			f.add("endpoint", t.endpoint)
		}
		w.text(d, &t, &f)
	}
	if d.chance(0.3) {
		f.add("prompts", variety(d))
	}
	if d.chance(0.3) {
		f.add("tenants", variety(d))
	}
	if d.of("region").chance(0.3) {
		f.add("region", pick(d.of("which region"), "us-east", "eu-west"))
	}
	if d.chance(0.3) {
		f.add("deadline", d.time(time.Second, 2*time.Minute))
	}
	if d.chance(0.6) {
		f.add("client", client(d, clients))
	}
	if c := d.of("class"); !t.stream && c.chance(0.4) {
		f.add("class", "batch")
	}
	return t, f.String()
}

// text adds what requests for text may have.
func (w *world) text(d *draw, t *task, f *flow) {
	f.add("output_tokens", sizes(d, 1, 1, 300))
	if t.stream = d.chance(0.6); t.stream {
		f.add("stream", true)
	}
	if t.endpoint == "chat" && d.chance(0.2) {
		t.tools = true
		f.add("tools", true)
	}
	if d.chance(0.5) {
		f.add("max_tokens", d.count(1, 1000))
	}
	if d.chance(0.3) {
		f.add("shared_prefix", d.count(1, 1500))
	}
}

func variety(d *draw) flow {
	v := flow{}
	v.add("distinct", d.count(1, 1000))
	if d.chance(0.5) {
		v.add("zipf", rounded(d.spread(0.1, 3)))
	}
	return v
}

func client(d *draw, presets []string) flow {
	c := flow{}
	c.add("preset", pick(d, presets...))
	if d.chance(0.5) {
		c.add("timeout", d.time(500*time.Millisecond, 2*time.Minute))
	}
	if d.chance(0.4) {
		c.add("max_retries", d.within(0, 4))
	}
	if d.chance(0.4) {
		c.add("idempotency_key", d.chance(0.8))
	}
	if d.chance(0.3) {
		c.add("lose_answers", rounded(d.spread(0.01, 1)))
	}
	return c
}
