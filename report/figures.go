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
	part := j.cache[f]
	if part == nil {
		part = &j.compute(f, j.place(f, 0), 1)[0]
		j.cache[f] = part
	}
	return part
}

// place says of each request which part it belongs to, nowhere for none: the
// only one, or that of its window of the given length.
func (j *joined) place(f filter, window record.Offset) []int32 {
	of := make([]int32, len(j.rows))
	for i := range j.rows {
		switch request := &j.cell.Requests[i]; {
		case f.task != record.None && request.Task != f.task || !j.rows[i].inTime(f):
			of[i] = nowhere
		case window > 0:
			of[i] = int32(request.Scheduled / window)
		}
	}
	return of
}

// nowhere is the place of what a filter does not choose.
const nowhere = int32(-1)

// compute computes the figures of n parts at once; of places the requests.
func (j *joined) compute(f filter, of []int32, n int) []Part {
	parts := make([]Part, n)
	if f.provider == record.None {
		j.traffic(of, parts)
	}
	j.answers(f, of, parts)
	j.bills(f, of, parts)
	latency, ttft, tpot := j.distributions(f, of, n, j.latency), j.distributions(f, of, n, j.ttft), j.distributions(f, of, n, j.tpot)
	for k := range parts {
		parts[k].Latency, parts[k].TTFT, parts[k].TPOT = latency[k], ttft[k], tpot[k]
	}
	return parts
}

// traffic counts the requests.
func (j *joined) traffic(of []int32, parts []Part) {
	failures := j.distributions(everything(), of, len(parts), j.errorLatency)
	answered := make([]int, len(parts))
	for k := range parts {
		parts[k].Traffic = &Traffic{ErrorLatency: failures[k]}
	}
	for i := range j.rows {
		row := &j.rows[i]
		if !row.counted || of[i] == nowhere {
			continue
		}
		t := parts[of[i]].Traffic
		t.Requests++
		t.ClientTries += int(j.cell.Requests[i].Tries)
		if row.answered {
			answered[of[i]]++
		}
		if row.relayed {
			t.Relayed++
			t.Attempts += int(row.attempts)
		}
	}
	for k := range parts {
		t := parts[k].Traffic
		t.Availability = ratio(answered[k], t.Requests)
		t.ClientAmplification = ratio(t.ClientTries, t.Requests)
		if !j.hidden("retry_amplification") {
			t.RetryAmplification = ratio(t.Attempts, t.Relayed)
		}
	}
	j.cacheUse(of, parts)
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
func (j *joined) answers(f filter, of []int32, parts []Part) {
	unnamed, cached := len(j.cell.Providers), len(j.cell.Providers)+1 // of unknown origin, and out of the cache
	providers := cached + 1
	served := make([]int, len(parts)*providers)
	quality := make([]float64, len(parts))
	for i := range j.rows {
		row := &j.rows[i]
		if !row.answered || !row.counted || of[i] == nowhere || f.provider != record.None && row.provider != f.provider {
			continue
		}
		part := &parts[of[i]]
		part.Answered++
		place := unnamed
		switch {
		case row.origin != unknown:
			place, row = cached, j.first(i)
		case row.provider >= 0 && int(row.provider) < unnamed:
			place = int(row.provider)
		}
		served[int(of[i])*providers+place]++
		if row.target >= 0 && j.cell.Targets[row.target].Quality > 0 {
			part.Scored++
			quality[of[i]] += j.cell.Targets[row.target].Quality * j.degraded(row)
		}
	}
	for k := range parts {
		part := &parts[k]
		if part.Scored > 0 {
			mean := Ratio(quality[k] / float64(part.Scored))
			part.Quality = &mean
		}
		if part.Traffic == nil || part.Answered == 0 {
			continue
		}
		part.ServedBy = make(map[string]Ratio)
		for i, n := range served[k*providers : (k+1)*providers] {
			name := servedByCache
			if i != cached {
				name = providerName(j.cell, int16(i))
			}
			if n > 0 {
				part.ServedBy[name] += *ratio(n, part.Answered)
			}
		}
	}
}

// bills adds up the journal. What a request was billed belongs to the phase
// and task of the request; an entry without a request belongs to neither, nor does
// that of an active probe.
func (j *joined) bills(f filter, of []int32, parts []Part) {
	cost, wasted := make([]int64, len(parts)), make([]int64, len(parts))
	whole := f.phase < 0 && f.task == record.None && f.settle == 0 && len(parts) == 1
	for i := range j.cell.Journal {
		entry, at := &j.cell.Journal[i], j.entryRow[i]
		if f.provider != record.None && targetProvider(j.cell, entry.Target) != f.provider {
			continue
		}
		k := int32(0)
		if at != unknown {
			k = of[at]
		} else if !whole {
			k = nowhere
		}
		if k == nowhere {
			continue
		}
		parts[k].Billed++
		cost[k] += entry.BillMicroUSD
		if at == unknown || j.rows[at].delivered != int32(i) {
			wasted[k] += entry.BillMicroUSD
		}
	}
	for i := range j.cell.ProbeEntries { // no request's: they are the router's own
		entry := &j.cell.ProbeEntries[i]
		if whole && (f.provider == record.None || targetProvider(j.cell, entry.Target) == f.provider) {
			parts[0].Billed++
			cost[0] += entry.BillMicroUSD
			wasted[0] += entry.BillMicroUSD
		}
	}
	for k := range parts {
		part := &parts[k]
		if part.Billed == 0 {
			continue
		}
		part.Cost, part.Wasted = usd(cost[k]), usd(wasted[k])
		if part.Traffic != nil && part.Answered > 0 {
			perThousand := USD(float64(cost[k]) / 1e3 / float64(part.Answered))
			part.CostPer1k = &perThousand
		}
	}
}

// distributions summarises, for each of n parts, those of the samples, which are
// in order, that belong to it. Nil where there are none.
func (j *joined) distributions(f filter, of []int32, n int, samples []sample) []*Distribution {
	values := make([][]float64, n)
	if n == 1 {
		values[0] = make([]float64, 0, len(samples))
	}
	for _, s := range samples {
		if k := of[s.row]; k != nowhere && (f.provider == record.None || j.rows[s.row].provider == f.provider) {
			values[k] = append(values[k], s.value)
		}
	}
	out := make([]*Distribution, n)
	for k := range values {
		if len(values[k]) > 0 {
			out[k] = newDistribution(values[k])
		}
	}
	return out
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
