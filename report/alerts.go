package report

import "github.com/routedrill/routedrill/sim/record"

// Alert is one alert of the router, from its rise to its end.
type Alert struct {
	Replica  int      `json:"replica,omitempty"` // of the router, from 0
	Target   string   `json:"target"`
	Endpoint string   `json:"endpoint"`
	Signal   string   `json:"signal"`              // errors or latency
	Burn     string   `json:"burn"`                // fast or slow
	Raised   Seconds  `json:"raised_s"`            // since the start
	Cleared  *Seconds `json:"cleared_s,omitempty"` // nil when it still stood at the end
	Rate     float64  `json:"rate"`                // how fast the error budget burnt when it was raised; 1 is just as allowed
}

// alertsOf pairs the rises and ends of a cell's alerts.
func alertsOf(c *record.Cell) (list []Alert) {
	type key struct {
		replica          uint8
		target, endpoint int16
		signal, burn     string
	}
	standing := map[key]int{}
	for i := range c.Alerts {
		a := &c.Alerts[i]
		k := key{a.Replica, a.Target, a.Endpoint, a.Signal, a.Burn}
		if !a.Cleared {
			standing[k] = len(list)
			list = append(list, Alert{
				Replica: int(a.Replica), Target: c.TargetName(a.Target), Endpoint: nameAt(c.Endpoints, a.Endpoint),
				Signal: a.Signal, Burn: a.Burn, Raised: Seconds(a.At), Rate: a.Rate,
			})
		} else if n, ok := standing[k]; ok {
			at := Seconds(a.At)
			list[n].Cleared = &at
		}
	}
	return list
}
