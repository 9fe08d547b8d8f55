package timeline

import (
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// lanes is when each breaker was not closed, in the order of the targets.
func (s *series) lanes() []Lane {
	type key struct {
		target, endpoint int16
		replica          uint8
	}
	open := make(map[key][]Span)
	since := make(map[key]record.Transition)
	end := func(k key, at time.Duration) {
		if t, ok := since[k]; ok && t.To != record.Closed && at > t.At {
			open[k] = append(open[k], Span{stored(t.At), stored(at), t.To.String()})
		}
	}
	for _, t := range s.cell.Transitions {
		k := key{t.Target, t.Endpoint, t.Replica}
		end(k, t.At)
		since[k] = t
	}
	lanes := []Lane{}
	for t := range s.cell.Targets {
		for e := range int16(len(s.cell.Endpoints)) {
			for replica := range max(s.run.Replicas, 1) {
				k := key{int16(t), e, uint8(replica)}
				end(k, s.end)
				if len(open[k]) == 0 {
					continue
				}
				lane := Lane{Target: s.cell.Targets[t].Name, Endpoint: s.cell.Endpoints[e], Spans: open[k]}
				if s.run.Replicas > 1 {
					lane.Replica = replica + 1
				}
				lanes = append(lanes, lane)
			}
		}
	}
	return lanes
}

// stored is an instant as exactly as a file has it, so that a stored run is
// drawn as it was at first.
func stored(at time.Duration) report.Seconds { return report.Seconds(at.Round(time.Millisecond)) }

// lines is the thresholds that can be drawn over the series. One on a single
// task is drawn too, since its source says so.
func (s *series) lines() []Line {
	lines := []Line{}
	for i := range s.run.Thresholds {
		t := &s.run.Thresholds[i]
		drawn := t.Metric == "availability" || (t.Metric == "latency" || t.Metric == "ttft") && (t.Agg == "p95" || t.Agg == "p50")
		if !s.cell.Gated || t.Absent != "" || t.Than != "" || !drawn {
			continue // what another run decides is no line
		}
		line := Line{Source: t.Source, Metric: t.Metric, Value: report.Number(t.Value), To: report.Seconds(s.end)}
		for _, sel := range t.Select {
			if sel.Key != "phase" {
				continue
			}
			from, to, ok := s.phase(sel.Value)
			if drawn = ok; ok {
				line.From, line.To = report.Seconds(from), report.Seconds(to)
			}
		}
		if drawn {
			lines = append(lines, line)
		}
	}
	return lines
}

// phase is the stretch of time of a phase that has one.
func (s *series) phase(name string) (from, to time.Duration, ok bool) {
	first := s.end
	for i := range s.run.Faults {
		f := &s.run.Faults[i]
		if first = min(first, f.Start); f.ID == name {
			return f.Start, min(f.End, s.end), f.Every == 0
		}
	}
	return 0, first, name == report.PhaseBefore
}
