package fit

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/optimize"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
	"github.com/routedrill/routedrill/sim/load"
)

// wholes are whole latencies of answers of one target, against the number of
// gaps k between their tokens. The model of them is latency = T + G·k: T to the
// first token and G from token to token are drawn for each answer, independently.
type wholes struct {
	k, y   []float64      // by group
	u, v   []float64      // draws of T and G: draws of them for each answer, evenly spread
	groups [][2]int       // answers of like length: from, to
	at     []quantile     // what is compared of each group
	shapes map[int]*table // of gamma distributions of mean 1, by step of their variation
}

// quantile is a quantile of a group's latencies.
type quantile struct {
	group    int // -1: of all
	share    float64
	observed float64
}

const (
	maxWholes = 1500 // answers that are looked at
	draws     = 3    // of times for each
	minGroup  = 60
	maxGroups = 5
)

// newWholes thins the answers out, evenly over their lengths and latencies.
func newWholes(rows []*requestlog.Row) *wholes {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b *requestlog.Row) int {
		return cmp.Or(cmp.Compare(a.OutputTokens, b.OutputTokens), cmp.Compare(a.Latency, b.Latency))
	})
	n := min(len(sorted), maxWholes)
	w := &wholes{shapes: map[int]*table{}}
	for i := range n {
		r := sorted[(2*i+1)*len(sorted)/(2*n)]
		w.k = append(w.k, float64(max(r.OutputTokens-1, 0)))
		w.y = append(w.y, float64(r.Latency))
	}
	// An additive recurrence fills the square evenly (Roberts' R2 sequence).
	for i := range n * draws {
		w.u = append(w.u, frac(0.5+float64(i+1)*0.7548776662466927))
		w.v = append(w.v, frac(0.5+float64(i+1)*0.5698402909980532))
	}
	groups := min(max(n/minGroup, 1), maxGroups)
	for g := range groups {
		w.groups = append(w.groups, [2]int{g * n / groups, (g + 1) * n / groups})
		w.compare(g, w.y[w.groups[g][0]:w.groups[g][1]], 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
	}
	w.compare(-1, w.y, 0.1, 0.5, 0.9, 0.95, 0.99)
	return w
}

func frac(v float64) float64 { return v - math.Floor(v) }

func (w *wholes) compare(group int, y []float64, shares ...float64) {
	y = slices.Sorted(slices.Values(y))
	for _, s := range shares {
		if float64(len(y))*min(s, 1-s) >= 2 || s == 0.5 {
			w.at = append(w.at, quantile{group, s, max(between(y, s), 1)})
		}
	}
}

// predicted are the latencies of the answers, by group, as T and G make them.
func (w *wholes) predicted(first, gap *table) []float64 {
	out := make([]float64, len(w.u))
	for i := range out {
		out[i] = first.at(w.u[i]) + gap.at(w.v[i])*w.k[i/draws]
	}
	return out
}

// off is how far the quantiles of T and G lie from those observed: the mean
// square of the logarithm of their ratio.
func (w *wholes) off(first, gap *table) float64 {
	y := w.predicted(first, gap)
	for _, r := range w.groups {
		slices.Sort(y[r[0]*draws : r[1]*draws])
	}
	all := slices.Sorted(slices.Values(y))
	sum := 0.0
	for _, q := range w.at {
		of := all
		if q.group >= 0 {
			of = y[w.groups[q.group][0]*draws : w.groups[q.group][1]*draws]
		}
		d := math.Log(max(between(of, q.share), 1) / q.observed)
		sum += d * d
	}
	return sum / float64(len(w.at))
}

// judged compares the whole latencies with what T and G make of them.
func (w *wholes) judged(t, g scenarios.Dist, n int) Whole {
	if len(w.y) == 0 {
		return Whole{}
	}
	observed := slices.Sorted(slices.Values(w.y))
	fitted := w.predicted(tabulate(t), tabulate(g))
	slices.Sort(fitted)
	of := func(sorted []float64, share float64) float64 {
		if len(observed) < stats.MinSamples(share) {
			return math.NaN()
		}
		return stats.Quantile(share, sorted)
	}
	out := Whole{
		N:        n,
		Observed: Quantiles{of(observed, 0.5), of(observed, 0.95), of(observed, 0.99)},
		Fitted:   Quantiles{of(fitted, 0.5), of(fitted, 0.95), of(fitted, 0.99)},
	}
	for i, y := range observed {
		below, _ := slices.BinarySearch(fitted, y)
		out.KS = max(out.KS, math.Abs((float64(i)+0.5)/float64(len(observed))-float64(below)/float64(len(fitted))))
	}
	return out
}

// table is a distribution by its quantiles, which are quick to look up.
type table [257]float64

// tabulate returns the quantiles of a distribution, 0 of one that there is not.
func tabulate(d scenarios.Dist) *table {
	out := &table{}
	drawn, err := load.Distribution(d)
	if err != nil || drawn == nil {
		return out
	}
	for i := range out {
		out[i] = drawn.Quantile(out.share(i))
	}
	return out
}

// share is the share of values below entry i. The ends stand for what is beyond.
func (*table) share(i int) float64 { return min(max(float64(i)/256, 0.0005), 0.9995) }

func (t *table) at(u float64) float64 {
	x := u * 256
	i := min(int(x), 255)
	return t[i] + (t[i+1]-t[i])*(x-float64(i))
}

// fitPlain tells T and G apart where only whole latencies are known. That longer
// answers take longer gives a first guess (see regression); from there mean and
// deviation of both are moved until the quantiles of the latency of short and
// long answers are met best. T and G may be log-normal or gamma distributions. T
// may also be what is left of each latency, or of the short ones, after a gap that
// is always the same: such a T has any shape.
func (t *Target) fitPlain(rows []*requestlog.Row, most int) {
	w := newWholes(rows)
	r := regress(rows)
	s := sample{most: most}
	constant := s.rounded(scenarios.Dist{Kind: scenarios.Constant, Constant: r.gap})
	best := pair{t: left(rows, r.gap, most), g: constant}
	best.off = w.off(tabulate(best.t), tabulate(best.g))
	if len(rows) >= minGroup && r.gap > 0 {
		short := slices.Clone(rows)
		slices.SortStableFunc(short, func(a, b *requestlog.Row) int { return cmp.Compare(a.OutputTokens, b.OutputTokens) })
		free := w.fixed(left(short[:len(short)/4], r.gap, most))
		for _, first := range []family{w.logNormal, w.gamma, free} {
			for _, gap := range []family{w.logNormal, w.gamma} {
				if p := w.search(first, gap, r); p.off < best.off {
					best = p
				}
			}
		}
	}
	unseen := Quantiles{math.NaN(), math.NaN(), math.NaN()}
	fitted := func(d scenarios.Dist) Dist {
		d = s.rounded(d)
		return Dist{Dist: d, N: len(rows), Observed: unseen, Fitted: s.judge(d).Fitted, KS: math.NaN()}
	}
	t.TTFT, t.ITL = fitted(best.t), fitted(best.g)
	t.Method = r.method()
}

// left is the distribution of what is left of latencies after a constant gap.
func left(rows []*requestlog.Row, gap float64, most int) scenarios.Dist {
	s := sample{most: most}
	for _, r := range rows {
		s.values = append(s.values, max(float64(r.Latency)-gap*float64(max(r.OutputTokens-1, 0)), 1e3))
	}
	return fitDist(s).Dist
}

// family makes a distribution of a mean and a coefficient of variation, and its
// table.
type family func(mean, cv float64) (scenarios.Dist, *table)

func (w *wholes) logNormal(mean, cv float64) (scenarios.Dist, *table) {
	d := byMoments(mean, mean*mean*cv*cv)
	return d, tabulate(d)
}

// gamma looks the shape up between two steps of the coefficient of variation:
// quantiles of gamma distributions are slow to compute.
func (w *wholes) gamma(mean, cv float64) (scenarios.Dist, *table) {
	const steps = 10 // of the logarithm
	x := steps * math.Log(cv)
	i := math.Floor(x)
	low, high := w.shape(int(i), steps), w.shape(int(i)+1, steps)
	out := &table{}
	for k := range out {
		out[k] = mean * (low[k] + (high[k]-low[k])*(x-i))
	}
	return scenarios.Dist{Kind: scenarios.Gamma, Mean: mean, CV: cv}, out
}

func (w *wholes) shape(i, steps int) *table {
	out := w.shapes[i]
	if out == nil {
		alpha := math.Exp(-2 * float64(i) / float64(steps))
		out = &table{}
		for k := range out {
			out[k] = distuv.Gamma{Alpha: alpha, Beta: alpha}.Quantile(out.share(k))
		}
		w.shapes[i] = out
	}
	return out
}

// fixed is the family of one distribution.
func (w *wholes) fixed(d scenarios.Dist) family {
	t := tabulate(d)
	return func(float64, float64) (scenarios.Dist, *table) { return d, t }
}

// pair is a distribution of T and one of G, and how far off they are.
type pair struct {
	t, g scenarios.Dist
	off  float64
}

// search moves mean and deviation of T and G to where they are least off.
func (w *wholes) search(first, gap family, r regression) pair {
	cv := func(ln float64) float64 { return min(max(math.Exp(ln), 0.02), 5) }
	off := func(x []float64) float64 {
		for _, v := range x {
			if math.Abs(v) > 40 {
				return math.Inf(1)
			}
		}
		_, t := first(math.Exp(x[0]), cv(x[1]))
		_, g := gap(math.Exp(x[2]), cv(x[3]))
		return w.off(t, g)
	}
	start := []float64{math.Log(r.first), math.Log(max(r.firstCV, 0.05)), math.Log(r.gap), math.Log(max(r.gapCV, 0.05))}
	got, err := optimize.Minimize(optimize.Problem{Func: off}, start,
		&optimize.Settings{FuncEvaluations: 250, Converger: &optimize.FunctionConverge{Absolute: 1e-7, Iterations: 40}}, &optimize.NelderMead{})
	if got == nil || err != nil && got.F >= off(start) {
		return pair{off: math.Inf(1)}
	}
	p := pair{off: got.F}
	p.t, _ = first(math.Exp(got.X[0]), cv(got.X[1]))
	p.g, _ = gap(math.Exp(got.X[2]), cv(got.X[3]))
	return p
}

// regression is a first guess at T and G, in nanoseconds, and how sure G is.
type regression struct {
	first, firstCV, gap, gapCV float64
	gapError                   float64 // standard error of the gap's mean ÷ mean; infinite when lengths do not vary
}

// regress: the mean of the latency is a line over k, its variance a line over k².
// Least squares, weighted by how much a latency of that length varies, give
// means and variances.
func regress(rows []*requestlog.Row) regression {
	n := len(rows)
	k, y, squares, rest, weight := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i, r := range rows {
		k[i] = float64(max(r.OutputTokens-1, 0))
		squares[i] = k[i] * k[i]
		y[i] = float64(r.Latency)
		weight[i] = 1
	}
	var a, b, va, vb float64
	for range 4 { // the weights settle at once
		a, b = timesFrom(k, y, weight)
		for i := range k {
			rest[i] = (y[i] - a - b*k[i]) * (y[i] - a - b*k[i])
			weight[i] *= weight[i] // the square varies with the square of the variance
		}
		va, vb = line(squares, rest, weight)
		if vb < 0 {
			va, vb = meanOf(rest), 0
		}
		va = max(va, 0)
		for i := range weight {
			weight[i] = 1 / (va + vb*squares[i] + 1e6) // (1 µs)²: never divide by zero
		}
	}
	out := regression{first: max(a, 1e3), gap: b, gapError: math.Inf(1)}
	out.firstCV = math.Sqrt(va) / out.first
	varies := slices.Min(k) < slices.Max(k)
	switch {
	case b > 0:
		out.gapCV = math.Sqrt(vb) / b
		if varies {
			out.gapError = 1 / math.Sqrt(spreadOf(k, weight)) / b
		}
	case varies:
		out.gapError = 0 // longer answers were no slower
	}
	return out
}

// method says what is known and what is not.
func (r regression) method() string {
	const loose = 0.1
	switch {
	case r.gapError > loose:
		return "of whole answers of about one length: how the latency splits into first token and gaps is NOT IDENTIFIABLE, only its sum is"
	case r.gap <= 0:
		return "of whole answers, which took no longer for being longer: all of it is time to the first token"
	}
	return fmt.Sprintf("of whole answers: the latency is fitted, its split follows from their lengths (mean gap ± %.1f%%)", 100*r.gapError)
}

// spreadOf is the weighted sum of squares around the weighted mean.
func spreadOf(x, weight []float64) float64 {
	var w, mean, sum float64
	for i := range x {
		w += weight[i]
		mean += weight[i] * x[i]
	}
	mean /= w
	for i := range x {
		sum += weight[i] * (x[i] - mean) * (x[i] - mean)
	}
	return sum
}
