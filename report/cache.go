package report

import "github.com/routedrill/routedrill/sim/record"

// CacheUse is what the cache did for the requests that may be answered out of it,
// by the router's audit.
type CacheUse struct {
	Lookups      int   `json:"lookups"` // n of cache_hit_ratio and availability
	Hits         int   `json:"hits"`    // answered out of the cache
	Stale        int   `json:"stale"`   // of hits: past their TTL, where nobody could serve the request
	HitRatio     Ratio `json:"cache_hit_ratio"`
	Answered     int   `json:"answered"`
	Availability Ratio `json:"availability"`
}

// WarmUps is what an operator's warm-up of the cache took. Its requests are none of
// the load; their cost is part of cost_usd.
type WarmUps struct {
	Sent     int `json:"sent"`
	Answered int `json:"answered"`
	Cost     USD `json:"cost_usd"`
}

// load is the requests of the load, in the order in which they were scheduled; those
// of warm-ups stand behind them.
func (j *joined) load() []record.Request {
	n := len(j.cell.Requests)
	for n > 0 && j.cell.Requests[n-1].WarmUp {
		n--
	}
	return j.cell.Requests[:n]
}

// warmUps sums up a cell's warm-ups; nil without any.
func (j *joined) warmUps() *WarmUps {
	var w WarmUps
	var cost int64
	for i := range j.rows {
		if j.cell.Requests[i].WarmUp {
			w.Sent++
			if j.rows[i].answered {
				w.Answered++
			}
		}
	}
	if w.Sent == 0 {
		return nil
	}
	for i, at := range j.entryRow {
		if at != unknown && j.cell.Requests[at].WarmUp {
			cost += j.cell.Journal[i].BillMicroUSD
		}
	}
	w.Cost = *usd(cost)
	return &w
}

// servedByCache is what stands for a provider where the cache answered.
const servedByCache = "cache"

// cacheUse counts what the cache was asked; a part in which it never was has none.
func (j *joined) cacheUse(of []int32, parts []Part) {
	for i := range j.rows {
		row := &j.rows[i]
		if !row.counted || of[i] == nowhere || row.cache == record.NotAsked || row.cache == record.CacheRefresh {
			continue
		}
		t := parts[of[i]].Traffic
		if t.Cache == nil {
			t.Cache = &CacheUse{}
		}
		t.Cache.Lookups++
		if row.answered {
			t.Cache.Answered++
		}
		if row.cache.Cached() {
			t.Cache.Hits++
		}
		if row.cache == record.CacheStale {
			t.Cache.Stale++
		}
	}
	for k := range parts {
		if u := parts[k].Cache; u != nil {
			u.HitRatio, u.Availability = *ratio(u.Hits, u.Lookups), *ratio(u.Answered, u.Lookups)
		}
	}
}

// first is the row whose answer an answered request got: its own, or that which an
// answer out of the cache was made for.
func (j *joined) first(i int) *row {
	if origin := j.rows[i].origin; origin != unknown {
		return &j.rows[origin]
	}
	return &j.rows[i]
}
