package latency

// tableSize is the number of steps of a tabulated quantile function.
const tableSize = 2048

// tabulated is a quantile function whose inside is interpolated from a table.
// Solving for a quantile takes several microseconds, more than everything else
// a provider does for a request.
type tabulated struct {
	Dist                        // exact
	at   [tableSize + 1]float64 // at[i] = Quantile(i/tableSize); the ends are not used
	slow [tableSize]bool        // steps too high to interpolate in
}

// Steps higher than this share of their value are not interpolated, unless
// they are no more than a negligible part of the largest value of the table:
// the lower end of a wide gamma distribution falls to zero through all powers
// of ten, which no one can tell from zero.
const (
	maxStep    = 0.02
	negligible = 1e-6
)

func tabulate(d Dist) Dist {
	t := &tabulated{Dist: d}
	for i := 1; i < tableSize; i++ {
		t.at[i] = d.Quantile(float64(i) / tableSize)
	}
	small := negligible * t.at[tableSize-1]
	for i := range t.slow {
		outermost := i == 0 || i == tableSize-1 // where the function bends without bound
		step := t.at[i+1] - t.at[i]
		t.slow[i] = outermost || step > maxStep*t.at[i] && step > small
	}
	return t
}

// Quantile interpolates linearly within the steps of the table. The function
// rises, so the error is less than the height of the step.
func (t *tabulated) Quantile(u float64) float64 {
	x := u * tableSize
	i := min(max(int(x), 0), tableSize-1)
	if t.slow[i] {
		return t.Dist.Quantile(u)
	}
	return t.at[i] + (x-float64(i))*(t.at[i+1]-t.at[i])
}
