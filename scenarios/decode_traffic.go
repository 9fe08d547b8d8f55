package scenarios

import (
	"path/filepath"
	"time"
)

func (d *decoder) load(l *Traffic) func(*node) {
	return func(n *node) {
		*l = Traffic{}
		if d.mapping(n, "load", d.loadFields(l)) {
			d.loadComplete(n, l)
		}
	}
}

func (d *decoder) loadFields(l *Traffic) []field {
	return []field{
		{"arrivals", d.word(&l.Arrivals, "kind of arrivals", []string{"poisson", "constant"})},
		{"rate", d.rate(&l.Rate, false)},
		{"stages", func(n *node) {
			d.list(n, "stages", maxStages, func(item *node) { l.Stages = append(l.Stages, d.stage(item)) })
			if n.kind == kindSequence && len(n.items) == 0 {
				d.fail(n, "", "the list is empty")
			}
		}},
		{"spikes", func(n *node) {
			d.list(n, "spikes", maxSpikes, func(item *node) { l.Spikes = append(l.Spikes, d.spike(item)) })
		}},
		{"burstiness", func(n *node) {
			d.list(n, "windows", maxBursts, func(item *node) { l.Burstiness = append(l.Burstiness, d.burst(item)) })
		}},
		{"trace", func(n *node) {
			l.Trace = &Trace{}
			if d.mapping(n, "trace", d.traceFields(l.Trace)) {
				d.need(n, "a trace", "format")
			}
		}},
	}
}

func (d *decoder) loadComplete(n *node, l *Traffic) {
	if n.probe != nil {
		n.probe.last().OneOf = oneOfKeys([]string{"rate"}, []string{"stages"}, []string{"trace"})
		return
	}
	given := 0
	for _, key := range []string{"rate", "stages", "trace"} {
		if n.get(key) != nil {
			given++
		}
	}
	if given != 1 {
		d.fail(n, "", "a load needs exactly one of rate, stages and trace, found %d", given)
	}
	if l.Trace == nil {
		if l.Arrivals == "" {
			l.Arrivals = "poisson"
		}
		d.burstsComplete(n, l)
		return
	}
	for _, key := range []string{"arrivals", "spikes", "burstiness"} {
		if n.get(key) != nil {
			d.failKey(n, key, "", "a trace says when requests arrive, so it takes no %q", key)
		}
	}
	d.traceComplete(n.get("trace"), l.Trace)
}

func (d *decoder) stage(n *node) Stage {
	s, rate := Stage{}, 0.0
	if !d.mapping(n, "stage", d.stageFields(&s, &rate)) {
		return s
	}
	d.need(n, "a stage", "for")
	if n.probe != nil {
		n.probe.last().OneOf = oneOfKeys([]string{"rate"}, []string{"from", "to"})
		return s
	}
	has := func(key string) bool { return n.get(key) != nil }
	switch {
	case has("rate") && !has("from") && !has("to"):
		s.From, s.To = rate, rate
	case !has("rate") && has("from") && has("to"):
	default:
		d.fail(n, "{for, rate} or {for, from, to}", "a stage needs either rate or both from and to")
	}
	return s
}

func (d *decoder) stageFields(s *Stage, rate *float64) []field {
	return []field{
		{"for", d.duration(&s.For, time.Millisecond, maxDuration)},
		{"rate", d.rate(rate, true)},
		{"from", d.rate(&s.From, true)},
		{"to", d.rate(&s.To, true)},
	}
}

func (d *decoder) spike(n *node) Spike {
	s := Spike{}
	if d.mapping(n, "spike", d.spikeFields(&s)) {
		d.need(n, "a spike", "at", "for", "factor")
	}
	return s
}

func (d *decoder) spikeFields(s *Spike) []field {
	return []field{
		{"at", d.duration(&s.At, 0, maxDuration)},
		{"for", d.duration(&s.For, time.Millisecond, maxDuration)},
		{"factor", d.positive(&s.Factor, 1000)},
	}
}

func (d *decoder) burst(n *node) Burst {
	b := Burst{}
	if d.mapping(n, "burst", d.burstFields(&b)) {
		d.need(n, "a window of burstiness", "window", "dispersion")
	}
	return b
}

func (d *decoder) burstFields(b *Burst) []field {
	return []field{
		{"window", d.duration(&b.Window, 100*time.Millisecond, maxDuration)},
		{"dispersion", d.number(&b.Dispersion, 1, 1e6)},
	}
}

// burstsComplete checks what the windows of a load's burstiness are to each other.
func (d *decoder) burstsComplete(n *node, l *Traffic) {
	if len(l.Burstiness) > 0 && l.Arrivals == "constant" {
		d.failKey(n, "burstiness", "arrivals: poisson", "constant arrivals have no bursts")
	}
	for i := 1; i < len(l.Burstiness); i++ {
		before, w := l.Burstiness[i-1].Window, l.Burstiness[i].Window
		if before > 0 && w > 0 && (w <= before || w%before != 0) {
			d.failKey(n.find("burstiness", i), "window", "", "%s is not a multiple of the window before, %s",
				formatDuration(w), formatDuration(before))
		}
	}
}

func (d *decoder) traceFields(t *Trace) []field {
	return []field{
		{"file", func(n *node) {
			if d.text(&t.File, 4096)(n); t.File != "" {
				t.File = n.origin.resolve(t.File)
			}
		}},
		{"format", d.word(&t.Format, "trace format", []string{"azure", "mooncake", "csv"})},
		{"task", d.name(&t.Task)},
	}
}

// resolve makes a path that stands in a file relative to that file's folder.
// One given by --set, or in the library, stays relative to the working directory.
func (o *origin) resolve(name string) string {
	if o.dir == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.dir, name)
}

// traceSources says where the public traces are to be had.
var traceSources = map[string]string{
	"azure": "AzureLLMInferenceTrace_conv.csv is in github.com/Azure/AzurePublicDataset under data/, " +
		"CC-BY 4.0; cite Patel et al., Splitwise, ISCA 2024",
	"mooncake": "conversation_trace.jsonl is in github.com/kvcache-ai/Mooncake under FAST25-release/traces/, " +
		"Apache-2.0; cite Mooncake, FAST 2025",
	"csv": "a table with the columns time, task, model, prompt_tokens, output_tokens",
}

func (d *decoder) traceComplete(n *node, t *Trace) {
	if n.kind != kindMapping {
		return
	}
	if n.get("file") == nil || t.File == "" && n.get("file").kind == kindNull {
		d.failKey(n, "file", traceSources[t.Format], "no trace file is given: add --set load.trace.file=PATH")
	}
}
