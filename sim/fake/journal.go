package fake

import (
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
)

const (
	journalKept   = 10_000 // attempts kept for GET /admin/journal
	journalBehind = 4_096  // lines that a slow Options.Journal may be behind
	nameKept      = 128    // bytes kept of a name that a caller chose
)

// line is the journal of one attempt as it is shown.
type line struct {
	Seq       int64     `json:"seq"` // counts up from 1, also over a reset
	Time      time.Time `json:"time"`
	Provider  string    `json:"provider"`
	Model     string    `json:"model"`
	Endpoint  string    `json:"endpoint"`
	RequestID string    `json:"request_id"`
	Nth       int       `json:"nth"`
	Stream    bool      `json:"stream"`
	End       string    `json:"end"`
	Status    int       `json:"status"`
	Faults    []string  `json:"faults"`

	TTFTMillis     *float64 `json:"ttft_ms"`     // arrival to the first token; null without any
	DurationMillis float64  `json:"duration_ms"` // arrival to the end
	Prompt         int      `json:"prompt_tokens"`
	Cached         int      `json:"cached_tokens"`
	CacheWrite     int      `json:"cache_write_tokens"`
	Output         int      `json:"output_tokens"`
	Reasoning      int      `json:"reasoning_tokens"`
	BillUSD        float64  `json:"bill_usd"`
}

// ends are the words for how an attempt ended.
var ends = map[fakeproviders.End]string{
	fakeproviders.EndComplete: "complete", fakeproviders.EndError: "error", fakeproviders.EndReset: "reset",
	fakeproviders.EndCancelled: "cancelled", fakeproviders.EndCut: "cut",
}

// record is what is kept of an attempt; it becomes a line when somebody asks.
type record struct {
	seq      int64
	provider string
	faults   []string
	entry    fakeproviders.Entry
}

// journal keeps the last attempts in a ring and passes all of them on.
type journal struct {
	start   time.Time
	metrics *metrics

	mu   sync.Mutex // never held while waiting
	ring []record
	last int64 // seq of the latest record
	from int64 // records up to this one have been cleared

	out    chan record // nil without a writer
	closed bool
	ended  sync.WaitGroup
}

func newJournal(start time.Time, w io.Writer, m *metrics) *journal {
	j := &journal{start: start, metrics: m}
	if w != nil {
		j.out = make(chan record, journalBehind)
		j.ended.Go(func() { j.write(w) })
	}
	return j
}

// add keeps an attempt. It never waits.
func (j *journal) add(provider string, e *fakeproviders.Entry, hit []string) {
	r := record{provider: provider, faults: hit, entry: *e}
	r.entry.RequestID, r.entry.Model = kept(e.RequestID), kept(e.Model)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	r.seq = j.last
	if len(j.ring) < journalKept {
		j.ring = append(j.ring, r)
	} else {
		j.ring[(j.last-1)%journalKept] = r
	}
	if j.out == nil || j.closed {
		return
	}
	select {
	case j.out <- r:
	default:
		j.metrics.dropped.Inc()
	}
}

// kept bounds a name that a caller chose. A copy holds no larger text.
func kept(s string) string {
	if len(s) <= nameKept {
		return s
	}
	return strings.ToValidUTF8(s[:nameKept], "") + "..."
}

// since returns at most limit of the records after seq, the oldest first. What
// has left the ring is missing.
func (j *journal) since(seq int64, limit int) []record {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := max(seq, j.from, j.last-int64(len(j.ring))) + 1
	n := min(j.last-first+1, int64(limit))
	if n <= 0 {
		return nil
	}
	out := make([]record, n)
	for i := range out {
		out[i] = j.ring[(first-1+int64(i))%journalKept]
	}
	return out
}

// clear forgets the records; their numbers are not used again.
func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.from = j.last
}

// line is the record as it is shown.
func (j *journal) line(r *record) line {
	e := &r.entry
	l := line{
		Seq: r.seq, Time: j.start.Add(arrived(e)).UTC(), Provider: r.provider, Model: e.Model, Endpoint: e.Endpoint,
		RequestID: e.RequestID, Nth: e.Nth, Stream: e.Stream, End: ends[e.End], Status: e.Status, Faults: r.faults,
		DurationMillis: millis(e.Ended - arrived(e)), Prompt: e.PromptTokens, Cached: e.CachedTokens,
		CacheWrite: e.CacheWriteTokens, Output: e.OutputTokens, Reasoning: e.ReasoningTokens, BillUSD: float64(e.BillMicroUSD) / 1e6,
	}
	if e.FirstToken != fakeproviders.Never {
		t := millis(e.FirstToken - e.Arrived)
		l.TTFTMillis = &t
	}
	if l.Faults == nil {
		l.Faults = []string{}
	}
	return l
}

// arrived is when an attempt arrived, or else when its caller went away, which was
// still sending it.
func arrived(e *fakeproviders.Entry) time.Duration {
	if e.Arrived == fakeproviders.Never {
		return e.Ended
	}
	return e.Arrived
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// encode writes records as lines of JSON.
func (j *journal) encode(w io.Writer, records []record) error {
	enc := json.NewEncoder(w)
	for i := range records {
		if err := enc.Encode(j.line(&records[i])); err != nil {
			return err //nolint:wrapcheck // it is that of the writer
		}
	}
	return nil
}

// write passes records on until the journal is closed. Lines that cannot be
// written are counted, and the next is tried.
func (j *journal) write(w io.Writer) {
	for r := range j.out {
		if j.encode(w, []record{r}) != nil {
			j.metrics.dropped.Inc()
		}
	}
}

// close waits until all lines are written.
func (j *journal) close() {
	j.mu.Lock()
	already := j.closed
	j.closed = true
	if j.out != nil && !already {
		close(j.out)
	}
	j.mu.Unlock()
	j.ended.Wait()
}
