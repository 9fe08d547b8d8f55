package report

// Measured is one figure in the unit of its metric (seconds, USD, a ratio or
// a count). The zero value is a figure that could not be measured.
type Measured struct {
	Value float64
	N     int  // samples it rests on, also where there are too few of them
	OK    bool // Value was measured
	Never bool // what should have taken that time did not happen

	Avoided bool // the faults meant hit other cells, not this one
	Hidden  bool // it cannot be seen from outside a gateway that is not ours
}

// Measured returns a metric of record.Metrics by its name, with the
// aggregation of a distribution (p50, p90, p95, p99, mean, min, max; others
// are not measured). The times to react to faults are not of a part; see
// [Cell.Measured].
func (p *Part) Measured(metric, agg string) Measured {
	switch metric {
	case "latency":
		return p.Latency.measured(agg)
	case "ttft":
		return p.TTFT.measured(agg)
	case "tpot":
		return p.TPOT.measured(agg)
	case "quality":
		return measured(p.Quality, p.Scored)
	case "cost":
		return measured(p.Cost, p.Billed)
	case "wasted_cost":
		return measured(p.Wasted, p.Billed)
	}
	t := p.Traffic
	if t == nil {
		return Measured{}
	}
	switch metric {
	case "availability":
		return measured(t.Availability, t.Requests)
	case "error_latency":
		return t.ErrorLatency.measured(agg)
	case "cost_per_1k":
		return measured(t.CostPer1k, p.Answered)
	case "retry_amplification":
		return measured(t.RetryAmplification, t.Relayed)
	case "cache_hit_ratio":
		if t.Cache == nil {
			return Measured{}
		}
		return measured(&t.Cache.HitRatio, t.Cache.Lookups)
	case "client_amplification":
		return measured(t.ClientAmplification, t.Requests)
	case "requests":
		return Measured{Value: float64(t.Requests), N: t.Requests, OK: true}
	}
	return Measured{}
}

// Measured returns a metric over the whole run, the times to react to faults
// included: those are the worst over all faults.
func (c *Cell) Measured(metric, agg string) Measured {
	return c.reaction(metric, "", func() Measured { return c.Part.Measured(metric, agg) })
}

// Reaction returns a time to react to one fault (time_to_detect, time_to_failover
// or time_to_failback); of any other metric nothing is measured.
func (c *Cell) Reaction(metric, fault string) Measured {
	return c.reaction(metric, fault, func() Measured { return Measured{} })
}

// reaction returns a time to react to one fault (empty: the worst of all),
// and what otherwise says for other metrics.
func (c *Cell) reaction(metric, fault string, otherwise func() Measured) Measured {
	var pick func(*FaultTimes) (*Seconds, bool)
	switch metric {
	case "time_to_detect":
		pick = pickDetect
	case "time_to_failover":
		pick = pickFailover
	case "time_to_failback":
		pick = pickFailback
	default:
		return otherwise()
	}
	var chosen []FaultTimes
	avoided := false
	for _, times := range c.Faults {
		if fault == "" || times.ID == fault {
			chosen = append(chosen, times)
			avoided = avoided || times.Avoided
		}
	}
	at, never, n := worst(chosen, pick)
	m := Measured{N: n, Never: never, Avoided: avoided && n == 0}
	if at != nil {
		m.Value, m.OK = float64(*at)/1e9, true
	}
	return m
}

// measured reads one figure of a distribution, which may be nil.
func (d *Distribution) measured(agg string) Measured {
	if d == nil {
		return Measured{}
	}
	v := d.At(agg)
	if v == nil {
		return Measured{N: d.N}
	}
	return Measured{Value: float64(*v) / 1e9, N: d.N, OK: true}
}

// At returns the figure of an aggregation, nil when it has none or
// rests on too few samples.
func (d *Distribution) At(agg string) *Millis {
	switch agg {
	case "mean":
		return d.Mean
	case "min":
		return d.Min
	case "max":
		return d.Max
	case "p50":
		return d.P50
	case "p90":
		return d.P90
	case "p95":
		return d.P95
	case "p99":
		return d.P99
	}
	return nil
}

func measured[T ~float64](v *T, n int) Measured {
	if v == nil {
		return Measured{N: n}
	}
	return Measured{Value: float64(*v), N: n, OK: true}
}
