package stats

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Methods of a [Paired].
const (
	MethodNone      = ""              // fewer than two differences, or one that is no number
	MethodConstant  = "constant"      // all differences are equal: there is no spread to estimate
	MethodT         = "t"             // Student's t
	MethodBootstrap = "t + bootstrap" // the wider of Student's t and the studentised bootstrap, because of skew
)

const (
	// MinBootstrap is the number of differences from which on a skewed set is
	// resampled. Fewer have too few distinct resamples to show a tail.
	MinBootstrap = 10
	// resamples of one bootstrap: the smallest p it can give is 1 in 20,000.
	resamples = 19_999
)

// Paired describes differences between two treatments of the same seeds. It is
// made by [NewPaired], not changed afterwards, and safe for concurrent use.
type Paired struct {
	N      int
	Mean   float64 // NaN when Method is MethodNone
	SD     float64 // of one difference; 0 for constant ones
	Method string
	ratios []float64 // of the bootstrap: (mean* − mean) ÷ its standard error, ascending; nil without
}

// NewPaired describes differences. The key seeds the bootstrap, so that equal
// input gives equal intervals.
func NewPaired(differences []float64, key uint64) Paired {
	p := Paired{N: len(differences), Mean: math.NaN(), SD: math.NaN()}
	if p.N < 2 || slices.ContainsFunc(differences, func(d float64) bool { return math.IsNaN(d) || math.IsInf(d, 0) }) {
		return p
	}
	p.Mean, p.SD = stat.MeanStdDev(differences, nil)
	// Equal differences of decimal fractions differ in their last bits.
	if p.SD <= 1e-9*math.Abs(p.Mean) || p.SD < 1e-15 {
		p.SD, p.Method = 0, MethodConstant
		return p
	}
	p.Method = MethodT
	if p.N >= MinBootstrap && skewed(differences) {
		p.ratios = studentised(differences, p.Mean, key)
		p.Method = MethodBootstrap
	}
	return p
}

// skewed says whether the sample skewness lies further from zero than that of
// 95 in 100 normal samples of this size would.
func skewed(x []float64) bool {
	n := float64(len(x))
	deviation := math.Sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))
	return math.Abs(stat.Skew(x, nil)) > 1.96*deviation
}

// studentised draws the bootstrap distribution of the t ratio. A resample of
// one value over and over has no spread to divide by and is left out.
func studentised(x []float64, mean float64, key uint64) []float64 {
	n := len(x)
	draw := make([]float64, n)
	ratios := make([]float64, 0, resamples)
	for range resamples {
		for i := range draw {
			key += 0x9e3779b97f4a7c15 // splitmix64
			h := key
			h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
			h = (h ^ h>>27) * 0x94d049bb133111eb
			draw[i] = x[(h^h>>31)%uint64(n)]
		}
		m, sd := stat.MeanStdDev(draw, nil)
		if sd > 1e-9*math.Abs(m) {
			ratios = append(ratios, (m-mean)/(sd/math.Sqrt(float64(n))))
		}
	}
	slices.Sort(ratios)
	return ratios
}

// Interval returns the two-sided interval of the mean at a level such as 0.95.
// Both ends are NaN when Method is MethodNone.
func (p *Paired) Interval(level float64) (low, high float64) {
	tail := (1 - level) / 2
	se := p.SD / math.Sqrt(float64(p.N))
	switch p.Method {
	case MethodNone:
		return math.NaN(), math.NaN()
	case MethodConstant:
		return p.Mean, p.Mean
	}
	t := distuv.StudentsT{Sigma: 1, Nu: float64(p.N - 1)}.Quantile(1 - tail)
	low, high = p.Mean-t*se, p.Mean+t*se
	if k := len(p.ratios); k > 0 {
		edge := int(tail * float64(k+1)) // so many ratios lie beyond either end
		if edge < 1 {
			return math.Inf(-1), math.Inf(1) // the resamples cannot tell
		}
		low = min(low, p.Mean-p.ratios[k-edge]*se)
		high = max(high, p.Mean-p.ratios[edge-1]*se)
	}
	return low, high
}

// Above returns the p-value of the mean being at most bound: small when the
// differences say that it is above. It is 1 when Method is MethodNone.
func (p *Paired) Above(bound float64) float64 {
	switch {
	case p.Method == MethodNone:
		return 1
	case p.Method == MethodConstant && p.Mean > bound:
		return 0
	case p.Method == MethodConstant:
		return 1
	}
	ratio := (p.Mean - bound) / (p.SD / math.Sqrt(float64(p.N)))
	v := distuv.StudentsT{Sigma: 1, Nu: float64(p.N - 1)}.Survival(ratio)
	if k := len(p.ratios); k > 0 {
		beyond := k - sort.SearchFloat64s(p.ratios, ratio)
		v = max(v, float64(beyond+1)/float64(k+1))
	}
	return v
}

// Negated returns the description of the differences with their signs turned.
func (p *Paired) Negated() Paired {
	out := *p
	out.Mean = -p.Mean
	out.ratios = slices.Clone(p.ratios)
	slices.Reverse(out.ratios)
	for i := range out.ratios {
		out.ratios[i] = -out.ratios[i]
	}
	return out
}

// Holm adjusts p-values of one family, so that rejecting those at or below a
// level rejects a true hypothesis in no more than that share of families.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return p[order[a]] < p[order[b]] })
	adjusted := make([]float64, len(p))
	running := 0.0
	for rank, i := range order {
		running = max(running, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = running
	}
	return adjusted
}
