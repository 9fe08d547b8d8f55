package timeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/sim/record"
)

// Version is the version of the format of [Timeline] as JSON. It changes when
// a field changes its meaning or goes away, not when one is added.
const Version = 1

// Timeline is what can be drawn of a run. It is made by [Of] or [Read] and not
// changed afterwards.
type Timeline struct {
	Version int            `json:"version"`
	Bucket  report.Seconds `json:"bucket_s"` // length of each stretch; the last may be shorter
	End     report.Seconds `json:"end_s"`    // of the scenario, or of the load where that is later
	Cells   []Cell         `json:"cells"`    // one for each policy, of its first seed
}

// Cell is the series of one policy. Each has one value for each stretch.
type Cell struct {
	Policy string `json:"policy"`
	Seed   uint64 `json:"seed"`

	Requests []int    `json:"requests"` // scheduled in the stretch; those cut short by an interruption and those of a warm-up left out
	Answered []int    `json:"answered"`
	Served   []Served `json:"served"` // the answers by provider: those that gave any, in the order of the world, then the cache

	// Latency and time to first token of answers; none where there are too few
	// samples, which is 1 for p50 and 20 for p95.
	P50     Values `json:"p50_ms"`
	P95     Values `json:"p95_ms"`
	TTFTP95 Values `json:"ttft_p95_ms"`

	Spend   Values `json:"spend_usd"`          // billed for what arrived at the providers in the stretch
	Calm    Values `json:"calm_usd,omitempty"` // the same of the run without faults; nil unless a threshold compares with it
	Waiting []int  `json:"waiting,omitempty"`  // most requests at once in the providers' queues; nil when none ever waited

	Lanes []Lane `json:"lanes"` // of the breakers that opened
	Lines []Line `json:"lines"` // thresholds that can be drawn

	Slowest []record.Story `json:"slowest"` // answered requests, the slowest first
	Failed  []record.Story `json:"failed"`  // a few of each outcome, in the order of time
}

// Served is how many answers one provider, or the cache, gave.
type Served struct {
	Provider string `json:"provider"`
	Answers  []int  `json:"answers"`
}

// Lane is one circuit breaker: when it was not closed.
type Lane struct {
	Target   string `json:"target"`
	Endpoint string `json:"endpoint"`
	Replica  int    `json:"replica,omitempty"` // from 1: the router whose breaker it is; 0 where there is one only
	Spans    []Span `json:"spans"`
}

// Span is one state of a breaker that is not closed.
type Span struct {
	From  report.Seconds `json:"from_s"`
	To    report.Seconds `json:"to_s"`
	State string         `json:"state"` // open or half-open
}

// Line is a threshold over time.
type Line struct {
	Source string         `json:"source"` // as written
	Metric string         `json:"metric"` // availability, latency or ttft
	Value  report.Number  `json:"value"`  // in the metric's unit
	From   report.Seconds `json:"from_s"` // the part of the run it is about
	To     report.Seconds `json:"to_s"`
}

// Values is a series of figures. What could not be measured is NaN, and null
// as JSON.
type Values []float64

// decimals is how exactly values are marshalled: a micro-dollar, and more than
// a microsecond.
const decimals = 6

// MarshalJSON implements [json.Marshaler].
func (v Values) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, x := range v {
		if i > 0 {
			out = append(out, ',')
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			out = append(out, "null"...)
			continue
		}
		scale := math.Pow10(decimals)
		out = strconv.AppendFloat(out, math.Round(x*scale)/scale, 'f', -1, 64)
	}
	return append(out, ']'), nil
}

// UnmarshalJSON implements [json.Unmarshaler].
func (v *Values) UnmarshalJSON(data []byte) error {
	var list []*float64
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("timeline: series: %w", err)
	}
	*v = make(Values, len(list))
	for i, x := range list {
		if (*v)[i] = math.NaN(); x != nil {
			(*v)[i] = *x
		}
	}
	return nil
}

// Of returns the cell of a policy, nil when there is none or no timeline.
func (t *Timeline) Of(policy string) *Cell {
	if t == nil {
		return nil
	}
	for i := range t.Cells {
		if t.Cells[i].Policy == policy {
			return &t.Cells[i]
		}
	}
	return nil
}

// Buckets is the number of stretches.
func (t *Timeline) Buckets() int {
	if t == nil || t.Bucket <= 0 || t.End <= 0 {
		return 0
	}
	return int((t.End + t.Bucket - 1) / t.Bucket)
}

// Write writes timeline.json.
func Write(w io.Writer, t *Timeline) error {
	if err := json.NewEncoder(w).Encode(t); err != nil {
		return fmt.Errorf("timeline: %w", err)
	}
	return nil
}

// ErrVersion means that a timeline.json is of a version this program does not
// know, and ErrInvalid that its series do not fit together.
var (
	ErrVersion = errors.New("timeline: version of the format is not known")
	ErrInvalid = errors.New("timeline: series of different lengths")
)

// maxBytes bounds what is read, far above what a run of a hundred policies has.
const maxBytes = 256 << 20

// Read reads timeline.json.
func Read(r io.Reader) (*Timeline, error) {
	t := new(Timeline)
	if err := json.NewDecoder(io.LimitReader(r, maxBytes)).Decode(t); err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	if t.Version != Version {
		return nil, fmt.Errorf("%w: %d", ErrVersion, t.Version)
	}
	n := t.Buckets()
	if n > maxBuckets {
		return nil, ErrInvalid
	}
	for i := range t.Cells {
		if !t.Cells[i].fits(n) {
			return nil, fmt.Errorf("%w: policy %q", ErrInvalid, t.Cells[i].Policy)
		}
	}
	return t, nil
}

// fits says whether every series has n values.
func (c *Cell) fits(n int) bool {
	for _, s := range c.Served {
		if len(s.Answers) != n {
			return false
		}
	}
	return len(c.Requests) == n && len(c.Answered) == n && len(c.P50) == n && len(c.P95) == n && len(c.TTFTP95) == n &&
		len(c.Spend) == n && (c.Calm == nil || len(c.Calm) == n) && (c.Waiting == nil || len(c.Waiting) == n)
}
