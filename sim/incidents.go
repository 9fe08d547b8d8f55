package sim

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/sim/record"
)

// incidents is what a tracker of them goes by under the policy. It has the words that
// are shipped: nobody reads others in a drill.
func (p *Policy) incidents(c *router.Config) incident.Config {
	i := p.File.IncidentConfig(c, nil)
	i.Language = ""
	return i
}

// incidents is what the routers would tell of their incidents at an instant, from the
// first on.
func (c *collector) incidents(now time.Time) (list []record.Incident, err error) {
	happened := func(t *time.Time) record.Offset {
		if t == nil {
			return record.Never
		}
		return c.offset(*t)
	}
	for n, tracker := range c.trackers {
		for _, i := range tracker.Incidents(now) {
			told, err := json.Marshal(&i)
			if err != nil {
				return nil, err
			}
			list = append(list, record.Incident{
				Replica: uint8(n), Provider: i.Provider, Follows: i.Follows != "", Full: i.WasFull, Started: c.offset(i.Started), Detected: c.offset(i.Detected),
				Mitigated: happened(i.Mitigated), Ended: happened(i.Ended), Told: told,
			})
		}
	}
	slices.SortStableFunc(list, func(a, b record.Incident) int {
		return cmp.Or(cmp.Compare(a.Started, b.Started), cmp.Compare(a.Replica, b.Replica), cmp.Compare(a.Provider, b.Provider))
	})
	return list, nil
}
