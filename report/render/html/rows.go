package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
)

// fine is how many units of a drawing are one CSS pixel of its height. Its
// width is a unit for each stretch.
const fine = 10

// rows are the charts of one policy.
func rows(c *timeline.Cell, s *scale, providers map[string]int) []row {
	list := []row{trafficRow(c, s, providers), successRow(c, s)}
	if s.high > 0 {
		list = append(list, latencyRow(c, s))
	}
	if len(c.Lanes) > 0 {
		list = append(list, laneRow(c, s))
	}
	if s.waiting > 0 {
		list = append(list, waitingRow(c, s))
	}
	return append(list, spendRow(c, s))
}

func newRow(kind, name, unit string, height int, s *scale) row {
	return row{Kind: kind, Name: name, Unit: unit, Height: height, ViewBox: fmt.Sprintf("0 0 %d %d", s.n, height*fine)}
}

// trafficRow is the answers by provider on top of each other, and above them
// the requests that nobody answered.
func trafficRow(c *timeline.Cell, s *scale, providers map[string]int) row {
	r := newRow("traffic", "requests", "a second", 96, s)
	r.Marks = []mark{{0, number(s.rate)}, {50, number(s.rate / 2)}, {100, "0"}}
	top := s.rate * s.length.Seconds()
	failed := make([]float64, s.n)
	for b := range failed {
		failed[b] = float64(c.Requests[b])
	}
	sum := make([]float64, s.n)
	var areas []path
	for _, served := range c.Served {
		for b, n := range served.Answers {
			sum[b] += float64(n)
		}
		class := providerClass(providers[served.Provider])
		areas = append(areas, path{"area " + class, area(sum, top, r.Height)})
		r.Keys = append(r.Keys, legend{class, served.Provider})
	}
	// The tallest first: each covers what is below it.
	if some(c.Requests, c.Answered) {
		r.Paths = append(r.Paths, path{"area lost", area(failed, top, r.Height)})
	}
	for i := len(areas) - 1; i >= 0; i-- {
		r.Paths = append(r.Paths, areas[i])
	}
	if some(c.Requests, c.Answered) {
		r.Keys = append(r.Keys, legend{"lost", "failed"})
	}
	return r
}

func some(requests, answered []int) bool {
	for b := range requests {
		if requests[b] > answered[b] {
			return true
		}
	}
	return false
}

func successRow(c *timeline.Cell, s *scale) row {
	r := newRow("success", "answered", "share", 44, s)
	r.Marks = []mark{{0, "100%"}, {100, "0%"}}
	shares := make([]float64, s.n)
	for b := range shares {
		shares[b] = math.NaN()
		if c.Requests[b] > 0 {
			shares[b] = float64(c.Answered[b]) / float64(c.Requests[b])
		}
	}
	r.Paths = []path{{"line success", stairs(shares, func(v float64) float64 { return 1 - v }, r.Height)}}
	for _, l := range c.Lines {
		if l.Metric == "availability" {
			r.Lines = append(r.Lines, threshold(s, l, 100*(1-float64(l.Value))))
		}
	}
	return r
}

// threshold is a line at a height in percent from the top.
func threshold(s *scale, l timeline.Line, top float64) limitLine {
	left := s.percent(time.Duration(l.From))
	return limitLine{Under: top < 50, Top: round(math.Min(100, math.Max(0, top))), Left: left, Width: round(s.percent(time.Duration(l.To)) - left), Text: l.Source}
}

// latencyRow has a logarithmic axis: a timeout would flatten everything else.
func latencyRow(c *timeline.Cell, s *scale) row {
	r := newRow("latency", "latency", "log scale", 84, s)
	decades := math.Log10(s.high) - math.Log10(s.low)
	from := func(v float64) float64 { return (math.Log10(s.high) - math.Log10(v)) / decades }
	for v := math.Pow(10, math.Floor(math.Log10(s.high*1.01))); v >= s.low*0.99; v /= 10 {
		r.Marks = append(r.Marks, mark{round(100 * from(v)), axisDuration(v)})
	}
	r.Paths = []path{
		{"line p95", trace(c.P95, from, r.Height)},
		{"line ttft", trace(c.TTFTP95, from, r.Height)},
		{"line p50", trace(c.P50, from, r.Height)},
	}
	r.Keys = []legend{{"p95", "p95"}, {"p50", "p50"}, {"ttft", "TTFT p95"}}
	for _, l := range c.Lines {
		if l.Metric != "availability" && l.Value > 0 {
			r.Lines = append(r.Lines, threshold(s, l, 100*from(float64(l.Value)*1000)))
		}
	}
	return r
}

// laneHeight is the height of one breaker, in CSS pixels.
const laneHeight = 14

// laneRow is a lane for each breaker that opened, below one for the name and the
// legend.
func laneRow(c *timeline.Cell, s *scale) row {
	lanes := len(c.Lanes) + 1
	r := newRow("lanes", "breakers", "", laneHeight*lanes, s)
	var open, half strings.Builder
	whole := float64(s.length) * float64(s.n)
	names := laneNames(c.Lanes)
	for i, lane := range c.Lanes {
		top := (i + 1) * laneHeight
		r.Marks = append(r.Marks, mark{round((float64(top) + laneHeight/2) * 100 / float64(r.Height)), names[i]})
		for _, span := range lane.Spans {
			b := &open
			if span.State == "half-open" {
				b = &half
			}
			x := float64(span.From) / whole * float64(s.n)
			width := math.Max(float64(span.To-span.From)/whole*float64(s.n), 0.02)
			fmt.Fprintf(b, "M%s %dh%sv%dh-%sz", decimal(x), (top+2)*fine, decimal(width), (laneHeight-4)*fine, decimal(width))
		}
	}
	r.Paths = []path{{"open", open.String()}, {"half", half.String()}}
	r.Keys = []legend{{"open", "open"}, {"half", "half-open"}}
	return r
}

// laneNames names lanes by their targets, and by endpoint and replica where one
// target has several.
func laneNames(lanes []timeline.Lane) []string {
	endpoints := make(map[string]map[string]bool)
	for _, l := range lanes {
		if endpoints[l.Target] == nil {
			endpoints[l.Target] = make(map[string]bool)
		}
		endpoints[l.Target][l.Endpoint] = true
	}
	names := make([]string, len(lanes))
	for i, l := range lanes {
		if names[i] = l.Target; len(endpoints[l.Target]) > 1 {
			names[i] += " " + l.Endpoint
		}
		if l.Replica > 0 {
			names[i] += ", replica " + strconv.Itoa(l.Replica)
		}
	}
	return names
}

func waitingRow(c *timeline.Cell, s *scale) row {
	r := newRow("waiting", "waiting", "at providers", 32, s)
	values := make([]float64, s.n)
	for b, n := range c.Waiting {
		values[b] = float64(n)
	}
	r.Marks = []mark{{0, strconv.Itoa(s.waiting)}, {100, "0"}}
	r.Paths = []path{{"area waits", area(values, float64(s.waiting), r.Height)}}
	return r
}

func spendRow(c *timeline.Cell, s *scale) row {
	r := newRow("spend", "spend", "$ a minute", 44, s)
	r.Marks = []mark{{0, number(s.spend)}, {100, "0"}}
	top := s.spend * s.length.Minutes()
	r.Paths = []path{{"area money", area(c.Spend, top, r.Height)}}
	if c.Calm != nil {
		r.Paths = append(r.Paths, path{"line calm", stairs(c.Calm, func(v float64) float64 { return 1 - v/top }, r.Height)})
		r.Keys = []legend{{"money", "this run"}, {"calm", "without faults"}}
	}
	return r
}

// area is the shape below a series in steps, of which top is the upper edge.
func area(values []float64, top float64, height int) string {
	b := pen{height: height * fine}
	b.move(0, b.height)
	last := b.height
	for _, v := range values {
		y := b.height
		if v > 0 && top > 0 {
			y = b.height - int(math.Round(math.Min(1, v/top)*float64(b.height)))
		}
		b.up(y - last)
		b.right()
		last = y
	}
	b.up(b.height - last)
	b.flush()
	return b.String() + "z"
}

// stairs is a line in steps. The function says how far from the top a value
// lies, as a share of the height. Where there is no value there is no line.
func stairs(values []float64, from func(float64) float64, height int) string {
	b := pen{height: height * fine}
	last, drawn := 0, false
	for i, v := range values {
		if math.IsNaN(v) {
			b.flush()
			drawn = false
			continue
		}
		y := b.level(from(v))
		if drawn {
			b.up(y - last)
		} else {
			b.move(i, y)
		}
		b.right()
		last, drawn = y, true
	}
	b.flush()
	return b.String()
}

// trace is a line from the middle of one stretch to that of the next. One
// between two without a value is a dash.
func trace(values []float64, from func(float64) float64, height int) string {
	b := pen{height: height * fine}
	last, drawn := 0, false
	for i, v := range values {
		if math.IsNaN(v) || v <= 0 {
			drawn = false
			continue
		}
		y := b.level(from(v))
		switch {
		case drawn:
			b.add("l1 %d", y-last)
		case i+1 < len(values) && !math.IsNaN(values[i+1]):
			b.add("M%d.5 %d", i, y)
		default:
			b.add("M%d %dh1", i, y)
		}
		last, drawn = y, true
	}
	return b.String()
}

// pen writes the commands of a path. Steps of one height become one.
type pen struct {
	strings.Builder
	height int // in units
	run    int // stretches to the right that are not written yet
}

func (p *pen) add(format string, args ...any) { fmt.Fprintf(&p.Builder, format, args...) }

func (p *pen) level(share float64) int {
	return int(math.Round(math.Min(1, math.Max(0, share)) * float64(p.height)))
}

func (p *pen) move(x, y int) {
	p.flush()
	p.add("M%d %d", x, y)
}

func (p *pen) right() { p.run++ }

func (p *pen) up(delta int) {
	if delta != 0 {
		p.flush()
		p.add("v%d", delta)
	}
}

func (p *pen) flush() {
	if p.run > 0 {
		p.add("h%d", p.run)
	}
	p.run = 0
}

// decimal writes a number with at most two decimals.
func decimal(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}

// number writes a mark of an axis.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

func axisDuration(ms float64) string {
	if ms >= 1000 {
		return number(ms/1000) + "s"
	}
	return render.Duration(time.Duration(math.Round(ms * 1e6)))
}
