package latency

// tableSize is the number of steps of a tabulated quantile function.
const tableSize = 2048

// tabulated is a quantile function whose inside is interpolated from a table.
// The gamma quantile is an iteration of several microseconds, more than
// everything else a provider does for a request.
type tabulated struct {
	exact Dist
	at    [tableSize + 1]float64 // at[i] = Quantile(i/tableSize); the ends are not used
}

func tabulate(d Dist) Dist {
	t := &tabulated{exact: d}
	for i := 1; i < tableSize; i++ {
		t.at[i] = d.Quantile(float64(i) / tableSize)
	}
	return t
}

// Quantile interpolates linearly within the table. In the outermost steps,
// where the function bends without bound, it is exact.
func (t *tabulated) Quantile(u float64) float64 {
	const tail = 4
	x := u * tableSize
	i := int(x)
	if i < tail || i >= tableSize-tail {
		return t.exact.Quantile(u)
	}
	return t.at[i] + (x-float64(i))*(t.at[i+1]-t.at[i])
}
