package report

import (
	"math"

	"github.com/routedrill/routedrill/report/stats"
	"github.com/routedrill/routedrill/sim/record"
)

// measure computes the figures of the requests a filter chooses. The filter's
// provider chooses answers and bills; figures that count unanswered requests
// are left out then.
func (j *joined) measure(f filter) *Part {
	if part := j.cache[f]; part != nil {
		return part
	}
	part := &Part{}
	if f.provider == record.None {
		part.Traffic = j.traffic(f)
	}
	j.answers(f, part)
	j.bills(f, part)
	part.Latency = j.distribution(f, j.latency)
	part.TTFT = j.distribution(f, j.ttft)
	part.TPOT = j.distribution(f, j.tpot)
	j.cache[f] = part
	return part
}

// chosen reports whether a filter chooses a request, its provider aside.
func (j *joined) chosen(f filter, i int32) bool {
	return (f.task == record.None || j.cell.Requests[i].Task == f.task) && j.rows[i].inPhase(f.phase)
}

// traffic counts the requests.
func (j *joined) traffic(f filter) *Traffic {
	t := &Traffic{ErrorLatency: j.distribution(f, j.errorLatency)}
	answered := 0
	for i := range j.rows {
		row := &j.rows[i]
		if !row.counted || !j.chosen(f, int32(i)) {
			continue
		}
		t.Requests++
		t.ClientTries += int(j.cell.Requests[i].Tries)
		if row.answered {
			answered++
		}
		if row.relayed {
			t.Relayed++
			t.Attempts += int(row.attempts)
		}
	}
	t.Availability = ratio(answered, t.Requests)
	t.ClientAmplification = ratio(t.ClientTries, t.Requests)
	if !j.hidden("retry_amplification") {
		t.RetryAmplification = ratio(t.Attempts, t.Relayed)
	}
	return t
}

// degraded is the factor that faults left on the quality of the answer that a
// request received; 1 where the journal knows nothing of it.
func (j *joined) degraded(row *row) float64 {
	if row.delivered == unknown {
		return 1
	}
	return float64(j.cell.Journal[row.delivered].Quality)
}

// answers counts the answers, who gave them and how good they were.
func (j *joined) answers(f filter, part *Part) {
	served := make([]int, len(j.cell.Providers)+1) // the last is for answers of unknown origin
	quality := 0.0
	for i := range j.rows {
		row := &j.rows[i]
		if !row.answered || !j.chosen(f, int32(i)) || f.provider != record.None && row.provider != f.provider {
			continue
		}
		part.Answered++
		place := len(served) - 1
		if row.provider >= 0 && int(row.provider) < place {
			place = int(row.provider)
		}
		served[place]++
		if row.target >= 0 && j.cell.Targets[row.target].Quality > 0 {
			part.Scored++
			quality += j.cell.Targets[row.target].Quality * j.degraded(row)
		}
	}
	if part.Scored > 0 {
		mean := Ratio(quality / float64(part.Scored))
		part.Quality = &mean
	}
	if part.Traffic == nil || part.Answered == 0 {
		return
	}
	part.ServedBy = make(map[string]Ratio)
	for i, n := range served {
		if n > 0 {
			part.ServedBy[providerName(j.cell, int16(i))] += *ratio(n, part.Answered)
		}
	}
}

// bills adds up the journal. What a request was billed belongs to the phase
// and task of the request; an entry without a request belongs to neither.
func (j *joined) bills(f filter, part *Part) {
	var cost, wasted int64
	whole := f.phase < 0 && f.task == record.None
	for i := range j.cell.Journal {
		entry, at := &j.cell.Journal[i], j.entryRow[i]
		if at == unknown && !whole || at != unknown && !j.chosen(f, at) {
			continue
		}
		if f.provider != record.None && targetProvider(j.cell, entry.Target) != f.provider {
			continue
		}
		part.Billed++
		cost += entry.BillMicroUSD
		if at == unknown || j.rows[at].delivered != int32(i) {
			wasted += entry.BillMicroUSD
		}
	}
	if part.Billed > 0 {
		part.Cost, part.Wasted = usd(cost), usd(wasted)
	}
	if part.Traffic != nil && part.Answered > 0 && part.Billed > 0 {
		perThousand := USD(float64(cost) / 1e3 / float64(part.Answered))
		part.CostPer1k = &perThousand
	}
}

// distribution summarises those of the samples, which are in order, that a
// filter chooses. Nil without any.
func (j *joined) distribution(f filter, samples []sample) *Distribution {
	values := make([]float64, 0, len(samples))
	for _, s := range samples {
		if j.chosen(f, s.row) && (f.provider == record.None || j.rows[s.row].provider == f.provider) {
			values = append(values, s.value)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return newDistribution(values)
}

// newDistribution summarises nanoseconds in ascending order.
func newDistribution(values []float64) *Distribution {
	s := stats.Of(values)
	return &Distribution{
		N: s.N, Mean: millis(s.Mean), Min: millis(s.Min), Max: millis(s.Max),
		P50: millis(s.P50), P90: millis(s.P90), P95: millis(s.P95), P99: millis(s.P99),
	}
}

// millis converts nanoseconds, nil for what is no number.
func millis(ns float64) *Millis {
	if math.IsNaN(ns) {
		return nil
	}
	m := Millis(math.Round(ns))
	return &m
}

func targetProvider(cell *record.Cell, target int16) int16 {
	if target >= 0 && int(target) < len(cell.Targets) {
		return cell.Targets[target].Provider
	}
	return record.None
}

// providerName names a provider, "unknown" when the index names none.
func providerName(cell *record.Cell, i int16) string {
	if name := nameAt(cell.Providers, i); name != "" {
		return name
	}
	return "unknown"
}
