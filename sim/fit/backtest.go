package fit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// maxBacktest bounds the requests of all seeds together.
const maxBacktest = 5_000_000

// confidence of the intervals.
const confidence = 0.95

// Options of a [World.Backtest].
type Options struct {
	Seeds    int           // how often the log is played back, with seeds 1, 2, …; at least 2
	Progress *sim.Progress // updated as it goes; nil is none
	Stop     *atomic.Bool  // set to end it early, with an error; nil never
}

// ErrStopped is the error of a back-test that [Options.Stop] ended.
var ErrStopped = errors.New("fit: the back-test was stopped")

// Backtest is a log held against what the world makes of its arrivals.
type Backtest struct {
	Seeds    int
	Requests int // of the log, in each seed
	Held     bool
	Figures  []Figure
	Notes    []string
}

// Figure is one figure of a back-test.
type Figure struct {
	Name      string
	Unit      string  // "ratio", "seconds" or "usd"
	Observed  float64 // in the log
	Predicted float64 // mean over the seeds
	Low, High float64 // interval around the prediction
	Inside    bool    // the observed lies in it
}

// Backtest plays the arrivals of a log back against the world, on the virtual
// clock: each row asks for the target it names, as the task it belongs to, with
// sizes, latencies and errors as fitted. There is one try and no breaker, since
// a row is one try. The log may be the one the world was fitted to, or another
// one of the same tasks and targets (then held is true, and rows of others are
// left out).
//
// A figure's interval is a 95 % prediction interval, mean ± t·s·√(1 + 1/seeds +
// n/fitted), where s is the standard deviation over the seeds: how far a log of
// n requests may lie off by chance, the mean over the seeds may, and what was
// fitted to a sample of its own may. That of the availability is at least the
// binomial one of what the world was fitted to. It does not cover what the world
// has no words for, such as a provider's slow hour.
func (w *World) Backtest(ctx context.Context, log *requestlog.Log, held bool, o Options) (*Backtest, error) {
	if o.Seeds < 2 {
		return nil, errors.New("fit: a back-test needs at least 2 seeds")
	}
	out := &Backtest{Seeds: o.Seeds, Held: held}
	rows, err := w.comparable(log, held, out)
	if err != nil {
		return nil, err
	}
	if most := maxBacktest / o.Seeds; len(rows) > most {
		out.Notes = append(out.Notes, fmt.Sprintf("only the first %d of %d requests are played back", most, len(rows)))
		rows = rows[:most]
	}
	out.Requests = len(rows)
	s, files, err := w.playback(rows)
	if err != nil {
		return nil, err
	}
	predicted := make([]figures, 0, o.Seeds)
	batch := runtime.GOMAXPROCS(0) // at a time: the records of a seed are large
	for first := 1; first <= o.Seeds; first += batch {
		var seeds []uint64
		for i := first; i < first+batch && i <= o.Seeds; i++ {
			seeds = append(seeds, uint64(i))
		}
		got, err := play(ctx, s, files, seeds, o)
		if err != nil {
			return nil, err
		}
		predicted = append(predicted, got...)
	}
	out.compare(observe(rows, w.cost && log.HasCost), predicted, float64(len(rows))/float64(w.Rows))
	return out, nil
}

// comparable gives the rows of a log the names of the world.
func (w *World) comparable(log *requestlog.Log, held bool, out *Backtest) ([]requestlog.Row, error) {
	if !log.HasLatency || !log.HasStatus {
		out.Notes = append(out.Notes, "the log does not say how long requests took or how they ended: only arrivals and costs compare")
	}
	if !held {
		return w.rows, nil
	}
	other := &World{rows: slices.Clone(log.Rows)}
	other.rename()
	other.fitRoutes()
	rows := other.rows[:0]
	for _, r := range other.rows {
		task := w.taskOf(&r)
		known := slices.ContainsFunc(w.Targets, func(t Target) bool { return t.Provider == r.Provider && t.Model == r.Model })
		if task == "" || !known {
			continue
		}
		r.Task = task
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		return nil, errors.New("fit: no row of that log has a task and a target of the world")
	}
	if n := len(log.Rows) - len(rows); n > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d rows of the other log have no task or target in the world and are left out", n))
	}
	return rows, nil
}

// taskOf finds the task of a row that has not been given one by the fit.
func (w *World) taskOf(r *requestlog.Row) string {
	for i := range w.Tasks {
		t := &w.Tasks[i]
		if t.Endpoint == r.Endpoint && t.Stream == r.Stream && t.Route == r.Route &&
			r.Task == t.asked {
			return t.Name
		}
	}
	return ""
}

// playback makes the scenario of a back-test, and the files it reads.
func (w *World) playback(rows []requestlog.Row) (*scenarios.Scenario, map[string][]byte, error) {
	var world, arrivals bytes.Buffer
	if err := w.WriteWorld(&world); err != nil {
		return nil, nil, err
	}
	first := rows[0].At
	arrivals.WriteString("time,task,model,prompt_tokens,output_tokens,stream\n")
	for i := range rows {
		r := &rows[i]
		fmt.Fprintf(&arrivals, "%s,%s,%s,0,0,%t\n",
			strconv.FormatFloat((r.At-first).Seconds(), 'f', 6, 64), r.Task, r.Target(), r.Stream)
	}
	y := &yaml{}
	p := short(w.patience())
	y.line("version: 1\nname: back-test\nworld: ./world.yaml")
	y.line("duration: %s", short(max(w.Duration, duration(rows))))
	y.line("load: {trace: {file: arrivals.csv, format: csv}}")
	w.timeline(y, true)
	y.line("policies:\n  - name: as-logged\n    from: single-provider\n    resilience:")
	y.line("      {total_timeout: %s, attempt_timeout: %s, ttft_timeout: %s, idle_timeout: %s, max_attempts: 1,", p, p, p, p)
	y.line("       cooldown: {default: 0s, max: 0s}, breaker: {min_samples: 1000000, failure_rate: 1}}")
	files := map[string][]byte{"back-test.yaml": []byte(y.b.String()), "world.yaml": world.Bytes(), "arrivals.csv": arrivals.Bytes()}
	s, err := scenarios.Load("back-test.yaml", scenarios.Options{ReadFile: func(name string) ([]byte, error) {
		return files[strings.TrimPrefix(name, "./")], nil
	}}, sim.Vocabulary())
	if err != nil {
		return nil, nil, fmt.Errorf("fit: the fitted world is not valid: %w", err)
	}
	return s, files, nil
}

// play runs the back-test for some seeds.
func play(ctx context.Context, s *scenarios.Scenario, files map[string][]byte, seeds []uint64, o Options) ([]figures, error) {
	policies, err := sim.Policies(s, nil, nil)
	if err != nil {
		return nil, err
	}
	run, err := sim.Run(ctx, sim.Options{
		Scenario: s, Policies: policies, Seeds: seeds, Progress: o.Progress, Stop: o.Stop,
		OpenFile: func(name string) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(files[strings.TrimPrefix(name, "./")])), nil
		},
	})
	if err != nil {
		return nil, err
	}
	if o.Stop != nil && o.Stop.Load() {
		return nil, ErrStopped
	}
	result := report.Compute(run, nil)
	out := make([]figures, 0, len(result.Cells))
	for i := range result.Cells {
		out = append(out, ofCell(&result.Cells[i]))
	}
	return out, nil
}

// figures are what is compared; NaN is unknown. Times are seconds.
type figures struct {
	availability                         float64
	latency50, latency95, ttft50, ttft95 float64
	cost                                 float64
}

func ofCell(c *report.Cell) figures {
	f := figures{availability: math.NaN(), cost: math.NaN()}
	if c.Availability != nil {
		f.availability = float64(*c.Availability)
	}
	if c.Cost != nil {
		f.cost = float64(*c.Cost)
	}
	f.latency50, f.latency95 = percentiles(c.Latency)
	f.ttft50, f.ttft95 = percentiles(c.TTFT)
	return f
}

func percentiles(d *report.Distribution) (p50, p95 float64) {
	seconds := func(agg string) float64 {
		if d == nil || d.At(agg) == nil {
			return math.NaN()
		}
		return float64(*d.At(agg)) / 1e9
	}
	return seconds("p50"), seconds("p95")
}

// observe computes the figures of a log as a report would.
func observe(rows []requestlog.Row, cost bool) figures {
	var latency, ttft []float64
	f := figures{}
	ok := 0
	for i := range rows {
		r := &rows[i]
		f.cost += r.CostUSD
		if !r.OK() {
			continue
		}
		ok++
		if r.Latency > 0 {
			latency = append(latency, r.Latency.Seconds())
		}
		if r.Stream && r.TTFT > 0 {
			ttft = append(ttft, r.TTFT.Seconds())
		}
	}
	slices.Sort(latency)
	slices.Sort(ttft)
	f.availability = float64(ok) / float64(len(rows))
	f.latency50, f.latency95 = stats.Quantile(0.5, latency), stats.Quantile(0.95, latency)
	f.ttft50, f.ttft95 = stats.Quantile(0.5, ttft), stats.Quantile(0.95, ttft)
	if !cost {
		f.cost = math.NaN()
	}
	return f
}

// compare sets predictions against what was observed.
func (b *Backtest) compare(observed figures, predicted []figures, share float64) {
	for _, row := range []struct {
		name, unit string
		of         func(*figures) float64
	}{
		{"availability", "ratio", func(f *figures) float64 { return f.availability }},
		{"latency p50", "seconds", func(f *figures) float64 { return f.latency50 }},
		{"latency p95", "seconds", func(f *figures) float64 { return f.latency95 }},
		{"ttft p50", "seconds", func(f *figures) float64 { return f.ttft50 }},
		{"ttft p95", "seconds", func(f *figures) float64 { return f.ttft95 }},
		{"cost", "usd", func(f *figures) float64 { return f.cost }},
	} {
		values := make([]float64, len(predicted))
		for i := range predicted {
			values[i] = row.of(&predicted[i])
		}
		mean, variance := moments(values)
		f := Figure{Name: row.name, Unit: row.unit, Observed: row.of(&observed), Predicted: mean}
		if math.IsNaN(f.Observed) || math.IsNaN(mean) {
			continue
		}
		n := float64(len(values))
		if row.unit == "ratio" { // few seeds may agree, and chance is there all the same
			variance = max(variance, binomial(mean, float64(b.Requests), share))
		}
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + confidence) / 2)
		half := t * math.Sqrt(variance*(1+1/n+share))
		f.Low, f.High = mean-half, mean+half
		if row.unit == "ratio" {
			f.High = min(f.High, 1)
		}
		f.Low = max(f.Low, 0)
		const dust = 1e-9 // of a mean of equal values
		f.Inside = f.Observed >= f.Low-dust && f.Observed <= f.High+dust
		b.Figures = append(b.Figures, f)
	}
}

// binomial is the variance that a share of so many requests has by chance. It is
// not 0 for a share of 0 or 1: the world was fitted to requests ÷ share of them,
// and none of those is no proof of never (half a request is added on either side).
func binomial(mean, requests, share float64) float64 {
	fitted := requests / share
	p := (mean*fitted + 0.5) / (fitted + 1)
	return p * (1 - p) / requests
}
