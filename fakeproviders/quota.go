package fakeproviders

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// QuotaGroup is the quotas of one account. Providers that share the account
// share the group. It is safe for concurrent use.
type QuotaGroup struct{ group *quota.Group }

// NewQuotaGroup returns a group that has used nothing yet. The error names the
// field that is wrong.
func NewQuotaGroup(q Quotas) (*QuotaGroup, error) {
	if q.limitsNothing() {
		return &QuotaGroup{}, nil
	}
	c := quota.Config{
		Limits: quota.Limits{
			RPM: q.RPM, TPM: q.TPM, ITPM: q.ITPM, OTPM: q.OTPM, RPD: q.RPD, TPD: q.TPD, Concurrency: q.Concurrency,
		},
		RequestWindow: quota.Window(q.Window), TokenWindow: quota.Window(q.Window),
		Charge: quota.Charge(q.Charge), CountCached: q.CountCached,
		Background: quota.Background{Share: q.Background},
		Midnight:   q.Midnight,
	}
	if q.Charge == "" {
		c.Charge = quota.Estimated
	}
	if a := q.Acceleration; a.Factor > 0 {
		c.Limits.Acceleration = quota.Acceleration{
			Percent: int(math.Round(a.Factor * 100)), Floor: a.Floor, Over: a.Over, Past: a.Past,
		}
	}
	g, err := quota.New(c)
	if err != nil {
		return nil, err
	}
	return &QuotaGroup{g}, nil
}

func (q Quotas) limitsNothing() bool {
	return q.RPM|q.TPM|q.ITPM|q.OTPM|q.RPD|q.TPD|q.Concurrency == 0 && q.Acceleration.Factor == 0
}

// admit takes the attempt into the quotas, or tells why not. Who is admitted
// must be settled.
func (a *attempt) admit(now time.Duration) *wire.Problem {
	g := a.provider.quota.group
	if g == nil {
		return nil
	}
	ask := quota.Ask{
		Input: a.req.Prompt.Tokens, Cached: a.entry.CachedTokens, PlannedOutput: a.hidden + a.planned,
		MaxOutput: a.req.MaxTokens, Squeeze: int(math.Round((1 - a.arrival.Squeeze) * 1e6)),
	}
	handle, state, refused := g.Admit(now, ask)
	a.charge = handle
	a.rates = wire.Rates{
		Requests: rate(state.Requests), Tokens: rate(state.Tokens), Input: rate(state.Input), Output: rate(state.Output),
	}
	if refused == nil {
		return nil
	}
	p := &wire.Problem{
		Kind: wire.RateLimited, Unit: string(refused.Unit), Wait: refused.Wait,
		Limit: refused.Limit, Used: refused.Used, Asked: refused.Asked,
	}
	switch refused.Kind {
	case quota.Exhausted:
		p.Kind = wire.Exhausted
	case quota.SlowDown:
		p.Kind = wire.SlowDown
	case quota.Concurrency:
		p.Unit = wire.UnitConcurrency
	case quota.Rate, quota.TooLarge:
	}
	return p
}

func rate(m quota.Meter) wire.Rate {
	return wire.Rate{Limit: m.Limit, Remaining: m.Remaining, Reset: m.Reset}
}
