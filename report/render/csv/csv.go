package csv

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// decimals is how exactly values are written, as in result.json.
const decimals = 6

// aggregations are the figures of a distribution, in the order of the lines.
var aggregations = [...]string{"mean", "min", "p50", "p90", "p95", "p99", "max"}

// Write renders a result. It returns the error of the writer, if any.
func Write(w io.Writer, r *report.Result) error {
	out := &lines{csv: csv.NewWriter(w)}
	out.write("policy", "seed", "phase", "task", "provider", "metric", "value", "unit", "n", "verdict")
	for i := range r.Cells {
		out.cell(&r.Cells[i])
	}
	for i := range r.Policies {
		out.thresholds(&r.Policies[i])
	}
	out.csv.Flush()
	if err := out.csv.Error(); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	return nil
}

// lines writes the lines.
type lines struct {
	csv          *csv.Writer
	policy, seed string // of the cell under way
}

// scope says which part of a cell a line speaks of.
type scope struct{ phase, task, provider string }

// write leaves errors to csv.Writer.Error, which keeps the first.
func (l *lines) write(fields ...string) { _ = l.csv.Write(fields) }

func (l *lines) cell(c *report.Cell) {
	l.policy, l.seed = guard(c.Policy), strconv.FormatUint(c.Seed, 10)
	l.part(scope{}, &c.Part)
	for i := range c.Phases {
		l.part(scope{phase: c.Phases[i].Name}, &c.Phases[i])
	}
	for i := range c.Tasks {
		l.part(scope{task: c.Tasks[i].Name}, &c.Tasks[i])
	}
	for i := range c.Providers {
		l.part(scope{provider: c.Providers[i].Name}, &c.Providers[i])
	}
	for i := range c.Faults {
		t := &c.Faults[i]
		l.reaction(t.ID, "time_to_detect", t.Detect, t.DetectNever)
		l.reaction(t.ID, "time_to_failover", t.Failover, t.FailoverNever)
		l.reaction(t.ID, "time_to_failback", t.Failback, t.FailbackNever)
	}
}

// part writes every metric of one part. Metrics that a part of that kind
// does not have are left out.
func (l *lines) part(s scope, p *report.Part) {
	for _, metric := range record.Metrics() {
		switch {
		case strings.HasPrefix(metric.Name, "time_to_"):
		case s.provider != "" && !slices.Contains(metric.Selectors, "provider"):
		case metric.Distribution:
			for _, agg := range aggregations {
				l.figure(s, metric.Name+"_"+agg, metric.Unit, p.Measured(metric.Name, agg))
			}
		default:
			l.figure(s, metric.Name, metric.Unit, p.Measured(metric.Name, ""))
		}
	}
	l.figure(s, "answered", "count", report.Measured{Value: float64(p.Answered), N: p.Answered, OK: true})
	if s.provider == "" && p.Traffic != nil {
		l.shares(s, p)
	}
}

// shares writes which part of the answers each provider gave.
func (l *lines) shares(s scope, p *report.Part) {
	names := make([]string, 0, len(p.ServedBy))
	for name := range p.ServedBy {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s.provider = name
		l.figure(s, "served_by", "ratio", report.Measured{Value: float64(p.ServedBy[name]), N: p.Answered, OK: true})
	}
}

func (l *lines) figure(s scope, metric, unit string, m report.Measured) {
	value := ""
	if m.OK {
		value = format(m.Value)
	}
	l.write(l.policy, l.seed, guard(s.phase), guard(s.task), guard(s.provider), metric, value, unit, strconv.Itoa(m.N), "")
}

func (l *lines) reaction(fault, metric string, at *report.Seconds, never bool) {
	value, n := "", "0"
	switch {
	case never:
		value, n = "never", "1"
	case at != nil:
		value, n = format(time.Duration(*at).Round(time.Millisecond).Seconds()), "1" // as in result.json
	}
	l.write(l.policy, l.seed, guard(fault), "", "", metric, value, "seconds", n, "")
}

// thresholds writes what a policy was judged by, over all its seeds: as metric the
// threshold as it is written.
func (l *lines) thresholds(p *report.PolicyResult) {
	for i := range p.Thresholds {
		t := &p.Thresholds[i]
		value := ""
		switch {
		case t.Never:
			value = "never"
		case t.Measured != nil:
			value = format(float64(*t.Measured))
		}
		l.write(guard(p.Policy), "", "", "", "", guard(t.Source), value, t.Unit, strconv.Itoa(t.N), string(t.Verdict))
	}
}

// format writes a value without trailing zeros.
func format(v float64) string {
	text := strings.TrimRight(strconv.FormatFloat(v, 'f', decimals, 64), "0")
	return strings.TrimSuffix(text, ".")
}

// guard keeps a spreadsheet from taking a name for a formula.
func guard(name string) string {
	if name != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(name[0])) {
		return "'" + name
	}
	return name
}
