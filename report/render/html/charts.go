package html

import (
	"math"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
)

// maxPanels is how many policies are drawn. More make a page nobody reads, and
// too large to mail.
const maxPanels = 16

// charts is the timelines of a page.
type charts struct {
	Panels  []panel
	Windows []window // of the faults, behind every panel
	Lanes   [][]window
	Hours   []hour
	Note    string // what a stretch is
	Data    chartData
}

// panel is the timeline of one policy.
type panel struct {
	Policy  string
	Index   int
	Verdict badge
	Facts   []fact
	Rows    []row
}

// window is a stretch of time on the shared axis, in percent of its width.
type window struct {
	Left, Width float64
	Name        string
	Title       string
	Kind        int // of the fault, for its shade
}

// hour is a mark of the time axis.
type hour struct {
	Left        float64
	Side        string // first or last: its words stay within the page
	After, Hour string
}

// row is one chart of a panel.
type row struct {
	Kind, Name, Unit string
	Height           int // in CSS pixels
	Marks            []mark
	Paths            []path
	Keys             []legend
	ViewBox          string
	Lines            []limitLine
}

// mark is a value of the vertical axis, in percent from the top.
type mark struct {
	Top  float64
	Text string
}

// path is one shape. Its class says which colour and which line it has.
type path struct{ Class, D string }

// legend names a shape.
type legend struct{ Class, Name string }

// limitLine is a threshold, in percent.
type limitLine struct {
	Top, Left, Width float64
	Text             string
	Under            bool // its words stand below it
}

// scale is what all panels share, so that they can be compared at a glance.
type scale struct {
	n         int
	length    time.Duration // of a stretch
	end       time.Duration
	rate      float64 // requests per second at the top of the traffic
	low, high float64 // milliseconds, as one or three times powers of ten
	spend     float64 // USD per minute at the top
	waiting   int
}

// percent is where an instant lies on the axis.
func (s *scale) percent(at time.Duration) float64 {
	whole := time.Duration(s.n) * s.length
	return round(100 * math.Min(1, math.Max(0, float64(at)/float64(whole))))
}

// round keeps the page small.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }

// draw makes the timelines, and says how many policies are not drawn.
func draw(r *report.Result, t *timeline.Timeline, groups []policyCells) (*charts, int) {
	s := scaleOf(t)
	c := &charts{
		Hours: hours(s, clockOf(r)),
		Note:  "Each step is " + render.Duration(s.length) + ".",
	}
	c.Windows, c.Lanes = windows(r, s)
	c.Data = chartData{Bucket: s.length.Seconds(), N: s.n, Start: clockOf(r).start.Unix(), Cells: []cellData{}}
	providers := providerOrder(r, t)
	missing := 0
	for i := range groups {
		g := &groups[i]
		cell := t.Of(g.policy)
		if cell == nil || len(c.Panels) == maxPanels {
			missing++
			continue
		}
		c.Panels = append(c.Panels, panel{
			Policy: g.policy, Index: i, Verdict: verdictBadge(g.verdict), Facts: panelFacts(g),
			Rows: rows(cell, s, providers),
		})
		c.Data.Cells = append(c.Data.Cells, dataOf(cell, s))
	}
	return c, missing
}

// panelFacts is the figures in the head of a panel.
func panelFacts(g *policyCells) []fact {
	get := func(metric, agg string) value {
		return g.over(func(c *report.Cell) report.Measured { return c.Measured(metric, agg) })
	}
	return []fact{
		{"avail", get("availability", "").word(share)}, {"p95", get("latency", "p95").word(seconds)},
		{"$/1k", get("cost_per_1k", "").word(dollars)}, {"detect", get("time_to_detect", "").word(seconds)},
	}
}

// providerOrder gives every provider its colour, the same in all panels: by the
// order of the world.
func providerOrder(r *report.Result, t *timeline.Timeline) map[string]int {
	order := make(map[string]int)
	add := func(name string) {
		if _, known := order[name]; !known {
			order[name] = len(order)
		}
	}
	for i := range r.Cells {
		for k := range r.Cells[i].Providers {
			add(r.Cells[i].Providers[k].Name)
		}
	}
	for i := range t.Cells {
		for _, s := range t.Cells[i].Served {
			add(s.Provider)
		}
	}
	return order
}

// providerClass is the colour of a provider. Those beyond the palette share the
// last one.
func providerClass(i int) string { return "p" + strconv.Itoa(min(i, palette-1)) }

// palette is how many providers have a colour of their own in style.css.
const palette = 8

func scaleOf(t *timeline.Timeline) *scale {
	s := &scale{n: t.Buckets(), length: time.Duration(t.Bucket), end: time.Duration(t.End), low: math.Inf(1)}
	most, money := 0, 0.0
	for i := range t.Cells {
		c := &t.Cells[i]
		for b := range c.Requests {
			most = max(most, c.Requests[b])
			if c.Waiting != nil {
				s.waiting = max(s.waiting, c.Waiting[b])
			}
			if money = math.Max(money, c.Spend[b]); c.Calm != nil {
				money = math.Max(money, c.Calm[b])
			}
			for _, v := range []float64{c.P50[b], c.P95[b], c.TTFTP95[b]} {
				if v > 0 {
					s.low, s.high = math.Min(s.low, v), math.Max(s.high, v)
				}
			}
		}
	}
	s.rate = nice(float64(most) / s.length.Seconds())
	s.spend = nice(money / s.length.Minutes())
	if s.high > 0 {
		s.low, s.high = logEdge(s.low, false), logEdge(s.high, true)
	}
	return s
}

// logEdge is the nearest one or three times a power of ten that is no higher than
// v, or no lower.
func logEdge(v float64, up bool) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	switch {
	case up && v > 3*power:
		return 10 * power
	case up && v > power, !up && v >= 3*power:
		return 3 * power
	}
	return power
}

// nice is the round number at or above v.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if m*power >= v {
			return m * power
		}
	}
	return 10 * power
}

// mostHours is how many marks the time axis has at most.
const mostHours = 7

func hours(s *scale, clock wallClock) []hour {
	step := render.AxisStep(s.end, mostHours)
	var list []hour
	for at := time.Duration(0); at <= s.end && step > 0; at += step {
		h := hour{Left: s.percent(at), After: render.AxisMark(at), Hour: clock.hour(at)}
		switch {
		case at == 0:
			h.Side = "first"
		case h.Left > 97:
			h.Side = "last"
		}
		list = append(list, h)
	}
	return list
}

// maxWindows bounds how often a fault that comes again is drawn.
const maxWindows = 200

// windows are the windows of the faults, and the same in lanes in which none
// overlap, for their names.
func windows(r *report.Result, s *scale) (all []window, lanes [][]window) {
	var ends []time.Duration // of each lane
	for k := range r.Faults {
		f := &r.Faults[k]
		lane := -1
		last := time.Duration(f.End)
		if f.Every > 0 {
			last = s.end
		}
		for i, end := range ends {
			if end <= time.Duration(f.Start) {
				lane = i
				break
			}
		}
		if lane < 0 {
			lane = len(ends)
			ends, lanes = append(ends, 0), append(lanes, nil)
		}
		ends[lane] = last
		for n, from, to := 0, f.Start, f.End; time.Duration(from) < s.end && n < maxWindows; n++ {
			left := s.percent(time.Duration(from))
			w := window{Left: left, Width: round(s.percent(time.Duration(to)) - left), Kind: k % 2}
			all = append(all, w)
			w.Title = f.ID + ": " + faultWords(f)
			if n == 0 {
				w.Name = f.ID
			}
			lanes[lane] = append(lanes[lane], w)
			if f.Every <= 0 {
				break
			}
			from, to = from+f.Every, to+f.Every
		}
	}
	return all, lanes
}
