package fit

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

// Load is when requests arrive.
type Load struct {
	Stages     []scenarios.Stage
	Burstiness []scenarios.Burst // none when the log is as regular as Poisson arrivals are
	Windows    []Window
}

// Window is the burstiness of the log over windows of one length: the index of
// dispersion, variance ÷ mean, of the requests per window.
type Window struct {
	Length   time.Duration
	N        int     // whole windows in the log
	Observed float64 // in the log
	Poisson  float64 // of Poisson arrivals with the rate of the stages: 1 if that never changed
	Fitted   float64 // of the world
}

// windows over which burstiness is measured and fitted, each a multiple of the
// one before.
var windows = []time.Duration{time.Second, 10 * time.Second, time.Minute}

// minWindows is how many windows a statement about their spread needs.
const minWindows = 30

// fitLoad fits the rate, and the bursts around it.
func fitLoad(rows []requestlog.Row, d time.Duration) Load {
	at := make([]time.Duration, len(rows))
	for i := range rows {
		at[i] = rows[i].At
	}
	l := Load{Stages: stages(at, d)}
	bursty := false
	for _, length := range windows {
		if int(d/length) < minWindows {
			break
		}
		w := Window{Length: length, N: int(d / length)}
		w.Observed = dispersion(counts(at, length, w.N))
		w.Poisson = 1 + dispersion(l.expected(length, w.N))
		w.Fitted = w.Poisson
		// Four standard deviations of the dispersion of Poisson counts.
		if w.Observed > w.Poisson*(1+4*math.Sqrt(2/float64(w.N-1))) {
			bursty = true
		}
		l.Windows = append(l.Windows, w)
	}
	if bursty {
		l.fitBursts()
	}
	return l
}

// stages cuts the log into hours, or finer pieces of a short log and longer
// ones of a long or sparse one, and takes the rate of each.
func stages(at []time.Duration, d time.Duration) []scenarios.Stage {
	length := stageLength(len(at), d)
	var out []scenarios.Stage
	i := 0
	for begin := time.Duration(0); begin < d; begin += length {
		end := min(begin+length, d)
		n := 0
		for ; i < len(at) && at[i] < end; i++ {
			n++
		}
		rate := float64(n) / (end - begin).Seconds()
		rate = math.Round(rate*1e9) / 1e9
		out = append(out, scenarios.Stage{For: end - begin, From: rate, To: rate})
	}
	return out
}

// stageLength is an hour, shorter where the log has fewer than ten of them and
// longer where it has more than 250 or where stages would hold too few requests
// for a rate. It is never less than five of the longest windows, or the stages
// would take bursts for their own.
func stageLength(n int, d time.Duration) time.Duration {
	const minPerStage, maxStages, goodStages = 30, 250, 10
	lengths := []time.Duration{
		5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
	choice := lengths[0]
	for _, l := range lengths {
		if l <= time.Hour && d/l >= goodStages {
			choice = l
		}
	}
	for _, l := range lengths {
		if l > choice && (d/choice > maxStages || float64(n)*choice.Seconds()/d.Seconds() < minPerStage) {
			choice = l
		}
	}
	return choice
}

// counts are the arrivals in each of n windows.
func counts(at []time.Duration, length time.Duration, n int) []float64 {
	out := make([]float64, n)
	for _, t := range at {
		if i := int(t / length); i < n {
			out[i]++
		}
	}
	return out
}

// expected are the arrivals that the stages expect in each of n windows.
func (l *Load) expected(length time.Duration, n int) []float64 {
	out := make([]float64, n)
	begin := time.Duration(0)
	for _, s := range l.Stages {
		end := begin + s.For
		for i := int(begin / length); i < n; i++ {
			from, to := max(begin, time.Duration(i)*length), min(end, time.Duration(i+1)*length)
			if to <= from {
				break
			}
			out[i] += s.From * (to - from).Seconds()
		}
		begin = end
	}
	return out
}

func dispersion(counts []float64) float64 {
	mean, variance := moments(counts)
	if mean == 0 {
		return 0
	}
	return variance / mean
}

// fitBursts finds the burstiness that, on top of the stages, has the observed
// dispersions: what the stages do not explain. The solution is the one of
// [scenarios.Traffic.BurstLevels]; where chance has made the observed values
// such that no process has them, it is the nearest one that exists.
func (l *Load) fitBursts() {
	rate := l.met()
	n := len(l.Windows)
	r := make([]float64, n+1) // 1 + the relative variance of the mean rate over the window
	r[n] = 1
	for i := n - 1; i >= 0; i-- {
		w := l.Windows[i]
		own := max(0, w.Observed-w.Poisson)
		r[i] = max(r[i+1], 1+own/(rate*w.Length.Seconds()))
	}
	levels := make([]scenarios.BurstLevel, n)
	inner := 1.0
	for i, w := range l.Windows {
		s, ratio := r[i], 1.0
		if i+1 < n {
			ratio = float64(l.Windows[i+1].Length / w.Length)
			rise := min(r[i]/r[i+1], 0.95*ratio)
			s = (ratio - 1) * rise / (ratio - rise)
		}
		g := min(max(s/inner, 1), 1+90) // a factor's cv is at most 10
		levels[i] = scenarios.BurstLevel{Window: w.Length, CV: math.Sqrt(g - 1)}
		inner = 1 + (g*inner-1)/ratio
	}
	l.Burstiness = scenarios.Dispersions(levels, rate)
	for i := range l.Burstiness {
		b := &l.Burstiness[i]
		b.Dispersion = significant(b.Dispersion, 6)
		l.Windows[i].Fitted = l.Windows[i].Poisson + b.Dispersion - 1
	}
}

// met is the mean rate a request meets.
func (l *Load) met() float64 {
	sum, squares := 0.0, 0.0
	for _, s := range l.Stages {
		sum += s.From * s.For.Seconds()
		squares += s.From * s.From * s.For.Seconds()
	}
	return squares / sum
}

// significant rounds to so many significant digits.
func significant(v float64, digits int) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	scale := math.Pow(10, float64(digits)-1-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
