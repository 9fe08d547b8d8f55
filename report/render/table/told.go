package table

import (
	"fmt"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/timeline"
)

const (
	toldStretches = 48 // into how many parts a run is told at most
	toldChanges   = 16 // how many changes of a policy are told
)

// told tells of a timeline in sentences: one for each change.
func (p *page) told(t *timeline.Timeline) {
	p.lines("Timeline in words: what changed, and when")
	for i := range t.Cells {
		c := &t.Cells[i]
		d := drawing{page: p, n: t.Buckets(), columns: min(toldStretches, t.Buckets())}
		p.lines(c.Policy + ":")
		last, changes := "", 0
		for column := range d.columns {
			from, to := d.stretches(column)
			now := situation(c, from, to)
			if now == "" || now == last {
				continue
			}
			if last = now; changes == toldChanges {
				p.lines("  and more changes")
				break
			}
			changes++
			p.lines(fmt.Sprintf("  from %s: %s", render.Duration(time.Duration(from)*time.Duration(t.Bucket)), now))
		}
	}
	p.blank()
}

// situation is in words how a part of the run was, coarse enough not to change with
// every request; "" where nothing was asked.
func situation(c *timeline.Cell, from, to int) string {
	all, answered := sum(c.Requests[from:to]), sum(c.Answered[from:to])
	if all == 0 {
		return ""
	}
	words := ""
	switch tenths := (answered*10 + all/2) / all; {
	case answered == 0:
		return "none answered"
	case answered*100 >= all*99:
		words = "99% or more answered"
	case tenths == 0:
		words = "under 5% answered"
	default:
		words = fmt.Sprintf("about %d0%% answered", tenths)
	}
	var names []string
	for _, s := range c.Served { // in one order, or the words would change too often
		if n := sum(s.Answers[from:to]); n*10 >= answered { // a tenth at least
			names = append(names, s.Provider)
		}
	}
	return words + ", by " + strings.Join(names, ", ")
}
