package report

import (
	"encoding/json"
	"slices"

	"github.com/routedrill/routedrill/sim/record"
)

// Incident is one disturbance of a provider as the router saw it, with its relapses.
type Incident struct {
	Replica   int      `json:"replica,omitempty"` // of the router, from 0
	Provider  string   `json:"provider"`
	Full      bool     `json:"full"`      // a route had no target left for some of the time
	Started   Seconds  `json:"started_s"` // first failure, since the start of the scenario
	Detected  Seconds  `json:"detected_s"`
	Mitigated *Seconds `json:"mitigated_s,omitempty"` // first answer from elsewhere; nil without one
	Ended     *Seconds `json:"ended_s,omitempty"`     // of the last relapse; nil when it still went on at the end
	// What clients saw meanwhile, of each policy that ran with the same seed, in the
	// order of the cells.
	Under []Under `json:"under"`
	// As the router tells it, the incident and then each relapse: what `GET /incidents`
	// of a router has.
	Told []json.RawMessage `json:"told"`
}

// Under is what became of the requests of an incident's time under one policy.
type Under struct {
	Policy       string        `json:"policy"`
	Requests     int           `json:"requests"` // scheduled within it; n of availability
	Answered     int           `json:"answered"` // n of latency
	Availability *Ratio        `json:"availability,omitempty"`
	Latency      *Distribution `json:"latency_ms,omitempty"`
	Cost         *USD          `json:"cost_usd,omitempty"` // what the providers billed for these requests
}

// incidentsOf puts a cell's incidents together with their relapses, and with what they
// were under the other policies.
func incidentsOf(run *record.Run, cell *record.Cell) (list []Incident) {
	for i := range cell.Incidents {
		x := &cell.Incidents[i]
		if n := lastOf(list, x); x.Follows && n >= 0 {
			list[n].Full = list[n].Full || x.Full
			list[n].Ended, list[n].Told = since(x.Ended), append(list[n].Told, x.Told)
			continue
		}
		list = append(list, Incident{
			Replica: int(x.Replica), Provider: x.Provider, Full: x.Full, Started: Seconds(x.Started), Detected: Seconds(x.Detected),
			Mitigated: since(x.Mitigated), Ended: since(x.Ended), Under: []Under{}, Told: []json.RawMessage{x.Told},
		})
	}
	for i := range list {
		until := run.Duration
		if list[i].Ended != nil {
			until = record.Offset(*list[i].Ended)
		}
		for k := range run.Cells {
			if other := &run.Cells[k]; other.Seed == cell.Seed {
				list[i].Under = append(list[i].Under, underOf(other, record.Offset(list[i].Started), until))
			}
		}
	}
	return list
}

// lastOf is the latest incident of the provider at the router; -1 without one.
func lastOf(list []Incident, x *record.Incident) int {
	for n := len(list) - 1; n >= 0; n-- {
		if list[n].Provider == x.Provider && list[n].Replica == int(x.Replica) {
			return n
		}
	}
	return -1
}

func since(t record.Offset) *Seconds {
	if t == record.Never {
		return nil
	}
	s := Seconds(t)
	return &s
}

// underOf is what became of a cell's requests that were scheduled in a time, both ends
// included.
func underOf(cell *record.Cell, from, to record.Offset) Under {
	u := Under{Policy: cell.Policy}
	var took []float64
	var billed int64
	entries := cell.Journal
	for i := range cell.Requests {
		r := &cell.Requests[i]
		counted := !r.WarmUp && r.Outcome != record.Interrupted && r.Scheduled >= from && r.Scheduled <= to
		for ; len(entries) > 0 && entries[0].Seq <= r.Seq; entries = entries[1:] {
			if counted && entries[0].Seq == r.Seq {
				billed += entries[0].BillMicroUSD
			}
		}
		if !counted {
			continue
		}
		u.Requests++
		if r.Outcome == record.OK {
			u.Answered++
			took = append(took, float64(r.Done-r.Scheduled))
		}
	}
	u.Availability, u.Cost = ratio(u.Answered, u.Requests), usd(billed)
	if len(took) > 0 {
		slices.Sort(took)
		u.Latency = newDistribution(took)
	}
	return u
}
