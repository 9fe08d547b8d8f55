package report

import (
	"cmp"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// unknown is the index of what could not be found.
const unknown = int32(-1)

// joined is a cell with everything that is said of a request in other logs
// found once, so that each part of the report is one pass over flat slices.
type joined struct {
	run  *record.Run
	cell *record.Cell

	rows     []row   // one for each request
	entryRow []int32 // for each journal entry its request, or unknown
	hits     [maxFaults]hits

	// Samples in ascending order, each with its request.
	latency, errorLatency, ttft, tpot []sample

	cache map[filter]*Part
}

// row is one request joined with the other logs.
type row struct {
	faults    uint64        // the faults it was scheduled in
	since     record.Offset // the latest start of a fault; Never before any
	quiet     quiet         // which phase it is in outside all faults
	counted   bool          // it is of the load and has an outcome of its own: not interrupted
	answered  bool
	relayed   bool
	delivered int32 // the journal entry whose answer the client received, or unknown
	target    int16 // that served an answered request, or record.None
	provider  int16 // that served an answered request, or record.None
	attempts  int32
	cache     record.CacheState // of its last relay
	origin    int32             // of an answered one, out of the cache: the row it was made for; else unknown
}

// sample is one measured duration of a request, in nanoseconds.
type sample struct {
	value float64
	row   int32
}

func join(run *record.Run, cell *record.Cell) *joined {
	j := &joined{run: run, cell: cell, cache: make(map[filter]*Part)}
	j.rows = make([]row, len(cell.Requests))
	j.joinRouter()
	j.joinJournal()
	j.takeSamples()
	return j
}

// Servers returns for each request of a cell who answered it, as in
// [Traffic].ServedBy: a provider, the cache, or "unknown" where nobody says who
// did. It is empty where nobody answered, and for requests that do not count.
func Servers(run *record.Run, cell *record.Cell) []string {
	j := &joined{run: run, cell: cell, rows: make([]row, len(cell.Requests))}
	j.joinRouter()
	j.joinJournal()
	servers := make([]string, len(j.rows))
	for i := range j.rows {
		switch row := &j.rows[i]; {
		case !row.counted || !row.answered:
		case row.origin != unknown:
			servers[i] = servedByCache
		default:
			servers[i] = providerName(cell, row.provider)
		}
	}
	return servers
}

// joinRouter finds the phase of each request, and what the router's audit
// says of it.
func (j *joined) joinRouter() {
	relays, attempts := j.cell.Relays, j.cell.Attempts
	clock := newPhaseClock(j.run)
	for i := range j.cell.Requests {
		request, row := &j.cell.Requests[i], &j.rows[i]
		row.faults, row.quiet = clock.at(request.Scheduled)
		row.since = clock.since(request.Scheduled)
		row.counted = request.Outcome != record.Interrupted && !request.WarmUp
		row.answered = request.Outcome == record.OK
		row.delivered, row.origin, row.target, row.provider = unknown, unknown, record.None, record.None
		for len(relays) > 0 && relays[0].Seq <= request.Seq {
			if r := &relays[0]; r.Seq == request.Seq {
				row.relayed, row.cache = true, r.Cache
				if row.origin = unknown; row.answered && r.Outcome == record.RelayCached {
					row.origin = j.rowOf(r.Origin)
				}
			}
			relays = relays[1:]
		}
		for len(attempts) > 0 && attempts[0].Seq <= request.Seq {
			if attempts[0].Seq == request.Seq {
				row.attempts++
				if attempts[0].Served { // the last try that has one counts
					row.target = attempts[0].Target
				}
			}
			attempts = attempts[1:]
		}
		switch {
		case j.cell.Outside:
			row.relayed = request.Tries > 0
		case row.answered && row.origin == unknown:
			j.nameServer(request, row)
		default: // nobody, or the cache
			row.target = record.None
		}
	}
}

// rowOf is the row of a request; unknown where there is none.
func (j *joined) rowOf(seq uint32) int32 {
	i, ok := slices.BinarySearchFunc(j.cell.Requests, seq, func(r record.Request, seq uint32) int { return cmp.Compare(r.Seq, seq) })
	if !ok {
		return unknown
	}
	return int32(i)
}

// nameServer settles who answered a request: the audit's word, else that of
// the router's headers.
func (j *joined) nameServer(request *record.Request, row *row) {
	if row.target < 0 || int(row.target) >= len(j.cell.Targets) {
		row.target = record.None
		row.provider = request.Provider
		for i := range j.cell.Targets {
			t := &j.cell.Targets[i]
			if request.Provider >= 0 && t.Provider == request.Provider && t.Model == request.Model {
				row.target = int16(i)
				break
			}
		}
		return
	}
	row.provider = j.cell.Targets[row.target].Provider
}

// joinJournal finds the request of each entry, and the entry each answered
// request received: of those that completed, the latest at the target that
// served it, or the latest of all when that target has none.
func (j *joined) joinJournal() {
	journal := j.cell.Journal
	j.entryRow = make([]int32, len(journal))
	next := 0
	for i := range j.rows {
		seq, row := j.cell.Requests[i].Seq, &j.rows[i]
		atTarget := false
		for ; next < len(journal) && journal[next].Seq <= seq; next++ {
			entry := &journal[next]
			if entry.Seq != seq {
				j.entryRow[next] = unknown
				continue
			}
			j.entryRow[next] = int32(i)
			if j.cell.Outside {
				row.attempts++
			}
			if !row.answered || entry.Shadow || entry.End != record.EndComplete {
				continue
			}
			if same := entry.Target == row.target; same || !atTarget {
				row.delivered, atTarget = int32(next), atTarget || same
			}
		}
		if j.cell.Outside && row.delivered != unknown {
			row.target = journal[row.delivered].Target
			row.provider = targetProvider(j.cell, row.target)
		}
	}
	for ; next < len(journal); next++ {
		j.entryRow[next] = unknown
	}
	j.hits = countHits(j.run, j.cell)
}

// takeSamples collects the durations and sorts each kind once.
func (j *joined) takeSamples() {
	answered := 0
	for i := range j.rows {
		if j.rows[i].answered {
			answered++
		}
	}
	j.latency = make([]sample, 0, answered)
	j.ttft = make([]sample, 0, answered)
	j.tpot = make([]sample, 0, answered)
	for i := range j.rows {
		request, row := &j.cell.Requests[i], &j.rows[i]
		if request.WarmUp {
			continue
		}
		elapsed := sample{float64(request.Done - request.Scheduled), int32(i)}
		switch {
		case elapsed.value < 0 || request.Accepted > 0: // no end was recorded, or see Deferred
		case row.answered:
			j.latency = append(j.latency, elapsed)
		case row.counted && request.Outcome != record.Dropped:
			j.errorLatency = append(j.errorLatency, elapsed)
		}
		if row.answered && request.Stream && request.FirstToken != record.Never {
			j.ttft = append(j.ttft, sample{float64(request.FirstToken - request.Scheduled), int32(i)})
		}
		if row.delivered != unknown && j.cell.Journal[row.delivered].TPOT > 0 {
			j.tpot = append(j.tpot, sample{float64(j.cell.Journal[row.delivered].TPOT), int32(i)})
		}
	}
	for _, samples := range [][]sample{j.latency, j.errorLatency, j.ttft, j.tpot} {
		slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.value, b.value) })
	}
}
