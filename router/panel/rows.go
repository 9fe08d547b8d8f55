package panel

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// leastForP95 is how many answers a p95 is of at the least.
const leastForP95 = 20

// providers are the targets, by provider, in the order of the config.
func (w *watch) providers(v *view, s *router.Status, spending *router.Spending, now time.Time) {
	spent := map[string]router.SpendingRow{}
	for _, r := range spending.Providers {
		spent[r.Name] = r
	}
	load := map[string]string{}
	for _, b := range s.Bulkheads {
		if b.Target == "" {
			load[b.Provider] = strconv.Itoa(b.InFlight) + " under way"
			if b.MaxConcurrent > 0 {
				load[b.Provider] += " of " + strconv.Itoa(b.MaxConcurrent)
			}
		}
	}
	by, all := w.served(now)
	for i := range s.Targets {
		t := &s.Targets[i]
		name, model, _ := strings.Cut(t.Target, "/")
		if n := len(v.Providers); n == 0 || v.Providers[n-1].Name != name {
			x := spent[name]
			v.Providers = append(v.Providers, providerView{Name: name, Region: t.Region, Load: load[name], Hour: dollars(x.HourUSD), Day: dollars(x.DayUSD)})
		}
		row := rowOf(t, now)
		row.Model = model
		p := at(t.Target, t.Endpoint)
		if of := all[p.endpoint]; of > 0 {
			share := float64(by[p]) / float64(of)
			row.Share, row.Bar = percent(share), int(math.Round(100*share))
		}
		if c := w.places[p]; c != nil {
			row.Spent = dollars(float64(c.spent) / 1e6)
		}
		g := &v.Providers[len(v.Providers)-1]
		g.Rows = append(g.Rows, row)
	}
}

func rowOf(t *router.TargetStatus, now time.Time) rowView {
	row := rowView{
		Key: t.Target + " " + t.Endpoint, Endpoint: t.Endpoint, Notes: notes(t, now), Share: none, Spent: dollars(0),
		Latency: times(nil), TTFT: times(nil), Errors: rateView{Minute: none, Five: none}, Timeouts: rateView{Minute: none, Five: none}, Speed: none,
	}
	row.Mark, row.State = stateOf(t)
	for i := range t.Spans {
		s := &t.Spans[i]
		switch time.Duration(s.Seconds) * time.Second {
		case time.Minute:
			row.Errors.Minute, row.Timeouts.Minute = percent(s.FailureRate), percent(s.TimeoutRate)
			row.Errors.High, row.Timeouts.High = s.FailureRate >= 0.05, s.TimeoutRate >= 0.05
		case span:
			row.Errors.Five, row.Timeouts.Five = percent(s.FailureRate), percent(s.TimeoutRate)
			row.Latency, row.TTFT = times(s.Latency), times(s.TTFT)
			if s.Latency != nil {
				row.Answers = count(s.Latency.Samples, "answer", "answers")
			}
			if s.TokensPerSecond > 0 {
				row.Speed = digits(s.TokensPerSecond)
			}
		}
	}
	return row
}

func times(t *router.Timing) timesView {
	switch {
	case t == nil:
		return timesView{none, none}
	case t.Samples < leastForP95:
		return timesView{millis(t.P50), none}
	}
	return timesView{millis(t.P50), millis(t.P95)}
}

// stateOf is a target's breaker in a word, and a mark that knows of the rest too.
func stateOf(t *router.TargetStatus) (mark, word string) {
	switch {
	case t.Endpoint == "" && t.State == audit.Closed.String():
		return idle, "not asked yet"
	case t.State != audit.Closed.String():
		return markOf(t.State), t.State
	case t.Health == "down":
		return bad, t.State
	case t.Health == "degraded", t.CoolingUntil != nil, len(t.Alerts) > 0, t.Share != nil && *t.Share < 1:
		return warn, t.State
	}
	return good, t.State
}

// markOf is the mark of a breaker's state.
func markOf(state string) string {
	switch state {
	case audit.Closed.String():
		return good
	case audit.HalfOpen.String():
		return warn
	}
	return bad
}

// notes say why a target is as it is, since when, and what comes next.
func notes(t *router.TargetStatus, now time.Time) (list []string) {
	if t.State != audit.Closed.String() {
		why := words(t.Reason)
		if t.Since != nil {
			why += ", for " + lasting(now.Sub(*t.Since))
		}
		list = append(list, why)
		switch {
		case t.Probing > 0:
			list = append(list, count(t.Probing, "probe", "probes")+" under way")
		case t.NextProbeAt != nil && t.NextProbeAt.Sub(now) >= time.Second:
			list = append(list, "may be probed in "+lasting(t.NextProbeAt.Sub(now)))
		case t.NextProbeAt != nil:
			list = append(list, "waits for a request to probe it")
		}
		return list
	}
	if t.Health != "healthy" && t.Health != "" {
		list = append(list, t.Health+": "+words(t.HealthReason))
	}
	if t.CoolingUntil != nil {
		list = append(list, "left alone for "+lasting(t.CoolingUntil.Sub(now)))
	}
	if t.Share != nil && *t.Share < 1 {
		list = append(list, "takes "+percent(*t.Share)+" of its traffic again")
	}
	for _, a := range t.Alerts {
		list = append(list, a.Burn+" burn of "+a.Signal)
	}
	return list
}
