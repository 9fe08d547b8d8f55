package html

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/report/timeline"
)

// chartData is what the script reads to show values: the series themselves.
type chartData struct {
	Start  int64      `json:"start"`  // of the scenario, Unix seconds
	Bucket float64    `json:"bucket"` // seconds
	N      int        `json:"n"`
	Cells  []cellData `json:"cells"`
}

type cellData struct {
	Requests []int           `json:"requests"`
	Answered []int           `json:"answered"`
	Served   []servedData    `json:"served"`
	P50      timeline.Values `json:"p50"` // milliseconds
	P95      timeline.Values `json:"p95"`
	TTFT     timeline.Values `json:"ttft"`
	Spend    timeline.Values `json:"spend"` // USD
	Calm     timeline.Values `json:"calm,omitempty"`
	Waiting  []int           `json:"waiting,omitempty"`
	Lanes    []laneData      `json:"lanes"`
}

type servedData struct {
	Name    string `json:"name"`
	Answers []int  `json:"answers"`
}

type laneData struct {
	Name   string `json:"name"`
	States string `json:"states"` // a letter for each stretch: open, half-open or closed, the worst within it
}

func dataOf(c *timeline.Cell, s *scale) cellData {
	d := cellData{
		Requests: c.Requests, Answered: c.Answered, Served: []servedData{}, Waiting: c.Waiting, Lanes: []laneData{},
		P50: rounded(c.P50, 1), P95: rounded(c.P95, 1), TTFT: rounded(c.TTFTP95, 1), Spend: rounded(c.Spend, 1e4),
	}
	if c.Calm != nil {
		d.Calm = rounded(c.Calm, 1e4)
	}
	for _, served := range c.Served {
		d.Served = append(d.Served, servedData{Clean(served.Provider), served.Answers})
	}
	names := laneNames(c.Lanes)
	for i, lane := range c.Lanes {
		d.Lanes = append(d.Lanes, laneData{Clean(names[i]), states(lane, s)})
	}
	return d
}

func rounded(values timeline.Values, scale float64) timeline.Values {
	out := make(timeline.Values, len(values))
	for i, v := range values {
		out[i] = math.Round(v*scale) / scale
	}
	return out
}

func states(lane timeline.Lane, s *scale) string {
	letters := make([]byte, s.n)
	for i := range letters {
		letters[i] = 'c'
	}
	for _, span := range lane.Spans {
		from := int(time.Duration(span.From) / s.length)
		to := int((time.Duration(span.To) - 1) / s.length)
		for b := max(from, 0); b <= min(to, s.n-1); b++ {
			switch {
			case span.State == "open":
				letters[b] = 'o'
			case letters[b] == 'c':
				letters[b] = 'h'
			}
		}
	}
	return string(letters)
}
