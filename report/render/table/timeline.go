package table

import (
	"fmt"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
)

const (
	maxDrawn  = 12 // policies that are drawn
	lastWords = 12 // width of what stands behind a line
)

// bars are the glyphs of a share: nothing was asked, none, more and more of it,
// all. The last is for all alone, so that a single failure is seen.
type bars struct {
	asked, none, all string
	some             []string
	fault, calm      string
}

var (
	blocks = bars{" ", "·", "█", []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇"}, "━", "─"}
	plain  = bars{" ", "_", "#", []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, "=", "."}
)

// timeline draws how much of the requests every policy answered, and who answered
// them, with the faults above.
func (p *page) timeline(r *report.Result, t *timeline.Timeline) {
	n := t.Buckets()
	if n == 0 || len(t.Cells) == 0 {
		return
	}
	if p.options.Plain {
		p.told(t)
		return
	}
	g := blocks
	if p.options.ASCII {
		g = plain
	}
	names := 0
	for i := range r.Faults {
		names = max(names, width(render.Clean(r.Faults[i].ID)))
	}
	for i := range t.Cells {
		for _, s := range t.Cells[i].Served {
			names = max(names, width(render.Clean(s.Provider))+2)
		}
	}
	names = min(max(names, len("  answered")), maxName)
	d := drawing{page: p, glyphs: g, names: names, n: n, columns: min(p.options.Width-names-gutter-lastWords, n)}
	column := time.Duration(t.Bucket) * time.Duration(n) / time.Duration(d.columns)
	title := fmt.Sprintf("Timeline: %s, %s a column; %s all, %s none, and between them a share of the requests", render.Duration(time.Duration(t.End)),
		render.Duration(column), g.all, g.none)
	if len(r.Seeds) > 1 {
		title += fmt.Sprintf("; of seed %d", t.Cells[0].Seed)
	}
	p.lines(title)
	p.blank()
	d.axis(time.Duration(t.Bucket) * time.Duration(n))
	for i := range r.Faults {
		d.fault(&r.Faults[i], time.Duration(t.Bucket)*time.Duration(n))
	}
	for i := range t.Cells {
		if i == maxDrawn {
			p.lines(fmt.Sprintf("and %d more policies", len(t.Cells)-i))
			break
		}
		d.cell(&t.Cells[i])
	}
	p.blank()
}

// drawing is the lines of a timeline.
type drawing struct {
	*page
	glyphs         bars
	names, columns int
	n              int // stretches
}

// line writes a name, a glyph for each column and what is said of them.
func (d *drawing) line(name, glyphs, words string) {
	mark := "…"
	if d.options.ASCII {
		mark = "~"
	}
	name = shorten(render.Clean(name), d.names, mark)
	text := name + strings.Repeat(" ", d.names-width(name)+gutter) + glyphs + strings.Repeat(" ", gutter) + words
	d.out.WriteString(strings.TrimRight(text, " ") + "\n")
}

// stretches is the part of the series that a column shows.
func (d *drawing) stretches(column int) (from, to int) {
	from = column * d.n / d.columns
	return from, max(from+1, (column+1)*d.n/d.columns)
}

// apart is how many columns two marks of the axis lie apart at least.
const apart = 9

// axis marks the time above the columns: each mark begins at its column.
func (d *drawing) axis(whole time.Duration) {
	step := render.AxisStep(whole, d.columns/apart)
	var b strings.Builder
	for at := time.Duration(0); at < whole && step > 0; at += step {
		column := int(int64(d.columns) * int64(at/time.Millisecond) / int64(whole/time.Millisecond))
		if mark := render.AxisMark(at); column+len(mark) <= d.columns {
			b.WriteString(strings.Repeat(" ", max(0, column-b.Len())) + mark)
		}
	}
	d.line("", b.String(), "")
}

// fault marks when a fault is active: in every column that it touches.
func (d *drawing) fault(f *report.FaultInfo, whole time.Duration) {
	var b strings.Builder
	for c := range d.columns {
		from := whole * time.Duration(c) / time.Duration(d.columns)
		to := whole * time.Duration(c+1) / time.Duration(d.columns)
		glyph := d.glyphs.calm
		if touches(f, from, to) {
			glyph = d.glyphs.fault
		}
		b.WriteString(glyph)
	}
	d.line(f.ID, b.String(), "fault")
}

// touches says whether a fault is active at some instant of [from, to).
func touches(f *report.FaultInfo, from, to time.Duration) bool {
	start, length := time.Duration(f.Start), time.Duration(f.End-f.Start)
	if every := time.Duration(f.Every); every > 0 && from > start {
		start += (from - start) / every * every // the latest window that began by then
		if start+length <= from {
			start += every
		}
	}
	return start < to && from < start+length
}

func (d *drawing) cell(c *timeline.Cell) {
	d.lines(c.Policy)
	answered, low := d.shares(c.Answered, c.Requests)
	words := ""
	if low < 1 {
		share := report.Ratio(low)
		words = "low " + render.Share(&share)
	}
	d.line("  answered", answered, words)
	all, served := 0, make([]int, len(c.Served))
	for b := range d.n {
		all += c.Answered[b]
		for k := range c.Served {
			served[k] += c.Served[k].Answers[b]
		}
	}
	for k := range c.Served {
		glyphs, _ := d.shares(c.Served[k].Answers, c.Requests)
		d.line("  "+c.Served[k].Provider, glyphs, render.WholePercent(float64(served[k])/float64(max(all, 1))))
	}
}

// shares draws a part of the requests, and returns the lowest share of a column.
func (d *drawing) shares(part, whole []int) (glyphs string, low float64) {
	var b strings.Builder
	low = 1
	for c := range d.columns {
		from, to := d.stretches(c)
		of, all := sum(part[from:to]), sum(whole[from:to])
		b.WriteString(d.glyphs.of(of, all))
		if all > 0 {
			low = min(low, float64(of)/float64(all))
		}
	}
	return b.String(), low
}

// of is the glyph of a share.
func (g *bars) of(part, all int) string {
	switch {
	case all == 0:
		return g.asked
	case part == 0:
		return g.none
	case part == all:
		return g.all
	}
	return g.some[min(part*len(g.some)/all, len(g.some)-1)]
}

func sum(list []int) (n int) {
	for _, v := range list {
		n += v
	}
	return n
}
