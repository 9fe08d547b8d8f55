package router

import (
	"time"

	"github.com/routedrill/routedrill/router/internal/health"
)

// RegionStatus is how the targets of a region are together at an endpoint, over
// the last minute.
type RegionStatus struct {
	Region      string  `json:"region"`
	Endpoint    string  `json:"endpoint"`
	Health      string  `json:"health"`
	Targets     int     `json:"targets"` // asked there since the start
	Down        int     `json:"down"`
	Degraded    int     `json:"degraded"`
	Samples     int     `json:"samples"`
	FailureRate float64 `json:"failure_rate"`
}

// regions sums up the rows of targets, which are in the order of the config, by
// region and endpoint; those of which neither is known are in none.
func (r *Router) regions(rows []TargetStatus, now time.Time) []RegionStatus {
	type key struct{ region, endpoint string }
	at := map[key]int{}
	list, failed := []RegionStatus{}, []int{}
	for i := range rows {
		row := &rows[i]
		k := key{row.Region, row.Endpoint}
		if k.region == "" || k.endpoint == "" {
			continue
		}
		n, known := at[k]
		if !known {
			n = len(list)
			at[k] = n
			list, failed = append(list, RegionStatus{Region: k.region, Endpoint: k.endpoint}), append(failed, 0)
		}
		g, f := &list[n], row.monitor.Over(now, health.Middle)
		g.Targets++
		switch row.Health {
		case health.Down.String():
			g.Down++
		case health.Degraded.String():
			g.Degraded++
		}
		g.Samples += f.Samples
		failed[n] += f.Failed
	}
	for n := range list {
		g := &list[n]
		g.Health = together(g).String()
		if g.Samples > 0 {
			g.FailureRate = rounded(float64(failed[n]) / float64(g.Samples))
		}
	}
	return list
}

// together is a region's health: down where all its targets are.
func together(g *RegionStatus) health.State {
	switch {
	case g.Down == g.Targets:
		return health.Down
	case g.Down+g.Degraded > 0:
		return health.Degraded
	}
	return health.Healthy
}
