package scenarios

import (
	"fmt"
	"slices"
	"time"
)

// Bounds of a load that is repeated.
const (
	maxCycled       = 4096 // stages, once neighbours of one constant rate are joined
	maxCycledSpikes = 1024
)

// fitLoad makes the load of a world that stands in a document of its own last
// as long as the scenario: such a world serves scenarios of any length. Its
// stages are repeated or cut, and spikes with them. A load that the scenario
// states itself, or that is part of it, has to fit by itself.
func (v *validator) fitLoad() {
	l, d := &v.s.World.Load, v.s.Duration
	if v.root.get("load") != nil || v.world.origin == v.root.origin || l.Trace != nil {
		return
	}
	whole := l.length()
	if whole == 0 { // a rate, which lasts for ever
		whole = d
	}
	levels, _, problem := l.burstLevels(max(whole, d))
	if whole != d {
		if problem := l.cycle(whole, d); problem != "" {
			v.fail(v.part("load"), "give the scenario a load of its own, such as --set load.rate=2/s", "%s", problem)
			return
		}
		what := "cut to"
		if whole < d {
			what = "repeated over"
		}
		v.s.note("the load of the world lasts %s and is %s the %s of the scenario", formatDuration(whole), what, formatDuration(d))
	}
	if n := len(l.Spikes); n > 0 {
		if l.cutSpikes(d); len(l.Spikes) < n {
			v.s.note("spikes of the world after the %s of the scenario are left out", formatDuration(d))
		}
	}
	if problem == "" && len(levels) > 0 {
		v.fitBursts(levels)
	}
}

// fitBursts keeps how far the rate swings. The dispersion that belongs to it
// follows from the rate, which is another one in a part of the load. Windows
// longer than the scenario say nothing about it.
func (v *validator) fitBursts(levels []BurstLevel) {
	l, d := &v.s.World.Load, v.s.Duration
	fit := slices.IndexFunc(levels, func(b BurstLevel) bool { return b.Window > d })
	if fit < 0 {
		fit = len(levels)
	} else {
		v.s.note("bursts over %s and more are left out: the scenario lasts %s", formatDuration(levels[fit].Window), formatDuration(d))
	}
	if _, rate := l.moments(d); rate > 0 {
		l.Burstiness = Dispersions(levels[:fit], rate)
	}
}

// length is how long the stages last together, 0 without stages.
func (l *Traffic) length() (sum time.Duration) {
	for _, s := range l.Stages {
		sum += s.For // at most 256 stages of 31 days: no overflow
	}
	return sum
}

// cycle repeats or cuts the stages, which last whole, so that they last d.
func (l *Traffic) cycle(whole, d time.Duration) (problem string) {
	var stages []Stage
	spikes := l.Spikes
	for at := time.Duration(0); at < d; at += whole {
		if at > 0 {
			for _, s := range spikes {
				l.Spikes = append(l.Spikes, Spike{At: at + s.At, For: s.For, Factor: s.Factor})
			}
		}
		left := d - at
		for _, s := range l.Stages {
			if left <= 0 {
				break
			}
			if s.For > left {
				s.To = s.From + (s.To-s.From)*float64(left)/float64(s.For)
				s.For = left
			}
			left -= s.For
			last := len(stages) - 1
			if last >= 0 && s.From == s.To && stages[last].From == s.From && stages[last].To == s.From {
				stages[last].For += s.For
				continue
			}
			stages = append(stages, s)
		}
		if len(stages) > maxCycled || len(l.Spikes) > maxCycledSpikes {
			return fmt.Sprintf("the load of the world lasts %s, too short to be repeated over the %s of the scenario",
				formatDuration(whole), formatDuration(d))
		}
	}
	l.Stages = stages
	return ""
}

// cutSpikes cuts off what lies after d.
func (l *Traffic) cutSpikes(d time.Duration) {
	l.Spikes = slices.DeleteFunc(slices.Clone(l.Spikes), func(s Spike) bool { return s.At >= d })
	for i := range l.Spikes {
		l.Spikes[i].For = min(l.Spikes[i].For, d-l.Spikes[i].At)
	}
}

func (s *Scenario) note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}
