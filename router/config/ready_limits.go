package config

import (
	"math"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router"
)

// A breaker that asks for more than this before it trips is off in all but name.
const (
	mostSamples     = 1000
	mostFailureRate = 0.9
)

// breakerOn wants breakers that trip in an outage.
func (f *File) breakerOn() Check {
	const item = "breaker on"
	b := f.Resilience.Breaker
	switch {
	case b.MinSamples > mostSamples:
		return failed(item, f.lineOf("resilience.breaker.min_samples", "resilience.breaker"),
			"min_samples %d: so many attempts hardly come within %v, so it stays closed; 10 is usual", b.MinSamples, short(b.Window))
	case b.FailureRate > mostFailureRate:
		return failed(item, f.lineOf("resilience.breaker.failure_rate", "resilience.breaker"),
			"failure_rate %v: a partial outage stays below it; 0.5 is usual", b.FailureRate)
	}
	return passed(item, "opens at %v failures of %d attempts or more within %v", b.FailureRate, b.MinSamples, short(b.Window))
}

// roomForFallback wants a first attempt that hangs to leave time for a second.
func (f *File) roomForFallback() []Check {
	const item = "room for a fallback"
	bad := f.room(item, "resilience", f.Resilience.Limits)
	for _, r := range f.Routes {
		if l := f.limits(r); l != nil {
			bad = append(bad, f.room(item, "routes."+r.Name+".resilience", *l)...)
		}
	}
	l := f.Resilience.Limits
	return orElse(bad, passed(item, "attempt_timeout %v fits twice into total_timeout %v; attempts: %d", short(l.AttemptTimeout), short(l.TotalTimeout), l.MaxAttempts))
}

// room checks the limits that stand at that path; what a route does not say itself
// is the file's.
func (f *File) room(item, at string, l router.Limits) (bad []Check) {
	fails := func(key, format string, args ...any) {
		line := f.lineOf(at+"."+key, at+".total_timeout", "resilience."+key, "resilience.total_timeout", at, "resilience")
		bad = append(bad, failed(item, line, at+": "+format, args...))
	}
	if l.MaxAttempts < 2 {
		fails("max_attempts", "max_attempts %d leaves none for a fallback", l.MaxAttempts)
	}
	if 2*l.AttemptTimeout > l.TotalTimeout {
		fails("attempt_timeout", "two attempts of attempt_timeout %v do not fit into total_timeout %v", short(l.AttemptTimeout), short(l.TotalTimeout))
	}
	if 2*l.TTFTTimeout > l.TotalTimeout {
		fails("ttft_timeout", "two waits of ttft_timeout %v do not fit into total_timeout %v", short(l.TTFTTimeout), short(l.TotalTimeout))
	}
	return bad
}

// healthProbes wants fallbacks to be known good before they are needed.
func (f *File) healthProbes() Check {
	const item = "health probes"
	if every := f.Health.Probes.Every; every > 0 {
		return passed(item, "of each target every %s", short(every))
	}
	return failed(item, f.lineOf("health.probes.every", "health"), "without health.probes nobody learns that an unused fallback is down until it is needed")
}

// cacheForOutage wants answers that can be given when nobody else can. Whether any task
// is asked the same twice is not for the file to know, so one without a cache is left alone.
func (f *File) cacheForOutage() Check {
	const item = "cache on hot tasks"
	switch {
	case len(f.Cache.TTL) == 0:
		return notApplicable(item, "no task is said to be cacheable: where questions repeat, cache.ttl with stale_if_error answers in an outage")
	case f.Cache.StaleIfError == 0:
		return failed(item, f.lineOf("cache"), "without cache.stale_if_error nothing that has expired stands in when no target serves")
	}
	return passed(item, "tasks with a ttl: %d, stale answers for up to %v in an outage", len(f.Cache.TTL), short(f.Cache.StaleIfError))
}

// queueForBatch wants work that can wait to wait, and not to fail with the rest. A file
// without a queue says that there is none.
func (f *File) queueForBatch() Check {
	const item = "queue for batch work"
	switch {
	case f.lineOf("queue") == 0:
		return notApplicable(item, "no work is said to be deferrable: where some can wait, queue.workers lets it outlast an outage")
	case f.Queue.Workers == 0:
		return failed(item, f.lineOf("queue.workers", "queue"), "without queue.workers what could wait for the end of an outage fails in it")
	case f.JobsDir == "":
		return passed(item, "workers: %d; jobs are kept in memory, and lost with the process: queue.dir keeps them", f.Queue.Workers)
	}
	return passed(item, "workers: %d", f.Queue.Workers)
}

// budgetMargin wants a budget to hold what a failover costs more: from soft on the
// operator knows, and at soft there has to be room for the dearest fallback.
func (f *File) budgetMargin() []Check {
	const item = "budgets: failover margin"
	if len(f.Budgets) == 0 {
		return one(notApplicable(item, "no budget stands in the way of a failover"))
	}
	var bad []Check
	for _, b := range f.Budgets {
		line := f.lineOf("budgets."+b.Name+".soft", "budgets."+b.Name)
		dearer, route := f.dearest(b)
		switch {
		case b.Soft == 0:
			bad = append(bad, failed(item, line, "budget %s has no soft, so nobody is told before it is spent and requests are refused", b.Name))
		case b.Soft*dearer > 1:
			bad = append(bad, failed(item, line, "budget %s: from soft %v on, a failover of route %s costs up to %.3g times as much and passes the limit; soft at most %.2g",
				b.Name, b.Soft, route, dearer, math.Floor(100/dearer)/100))
		}
	}
	return orElse(bad, passed(item, "budgets: %d, each with room at soft for its dearest fallback", len(f.Budgets)))
}

// dearest is how many times the first target's price the dearest target of a route
// has that the budget counts, and which route that is. Targets without a price are
// left out.
func (f *File) dearest(b router.Budget) (times float64, route string) {
	times = 1
	for _, r := range f.Routes {
		if b.Route != "" && b.Route != r.Name {
			continue
		}
		first := f.model(r.Targets[0])
		if first == nil || first.Price == nil {
			continue
		}
		for _, t := range r.Targets[1:] {
			m := f.model(t)
			provider, _, _ := strings.Cut(t, "/")
			if m == nil || m.Price == nil || b.Provider != "" && b.Provider != provider || b.Model != "" && b.Model != m.Name {
				continue
			}
			for _, part := range [][2]int64{{m.Price.InputNano, first.Price.InputNano}, {m.Price.OutputNano, first.Price.OutputNano}} {
				if part[1] > 0 && float64(part[0])/float64(part[1]) > times {
					times, route = float64(part[0])/float64(part[1]), r.Name
				}
			}
		}
	}
	return times, route
}

// pricesCurrent wants a price of every target of a route, and a date of the table.
func (f *File) pricesCurrent(now time.Time) []Check {
	const item = "price table current"
	var bad []Check
	for _, r := range f.Routes {
		for _, t := range r.Targets {
			if m := f.model(t); m == nil || m.Price == nil {
				bad = append(bad, failed(item, r.Line, "target %s of route %s has no price: what goes there counts as free", t, r.Name))
			}
		}
	}
	if len(f.Routes) == 0 {
		return one(notApplicable(item, "the file has no routes; a drill takes prices from its world"))
	}
	age := now.Sub(f.PricesAsOf)
	switch {
	case f.PricesAsOf.IsZero():
		bad = append(bad, failed(item, f.lineOf("providers"), "prices_as_of, the day the prices were read, is not given"))
	case age < 0:
		bad = append(bad, failed(item, f.lineOf("prices_as_of"), "prices_as_of %s is yet to come", f.PricesAsOf.Format(time.DateOnly)))
	case age > MaxPriceAge:
		bad = append(bad, failed(item, f.lineOf("prices_as_of"), "the prices are %d days old; up to %d are current", int(age.Hours()/24), int(MaxPriceAge.Hours()/24)))
	}
	return orElse(bad, passed(item, "as of %s", f.PricesAsOf.Format(time.DateOnly)))
}

// short writes a duration without the zeros at its end: 2m and not 2m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
