package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// providers builds the fakes of the world, by name.
func (c *cell) providers(origin time.Time, col *collector) (map[string]*fakeproviders.Provider, error) {
	events, err := compile(c.scenario)
	if err != nil {
		return nil, err
	}
	list, err := c.fakes(events, origin).build(col.entry)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*fakeproviders.Provider, len(list))
	for i, p := range c.scenario.World.Providers {
		out[p.Name] = list[i]
	}
	return out, nil
}

func (c *cell) fakes(events []fakeproviders.Event, origin time.Time) *fakes {
	return &fakes{
		scenario: c.scenario, seed: c.seed, origin: origin, events: events, gap: c.eventGap(), demand: c.demand, past: c.past,
	}
}

// fakes builds the fakes of a scenario's world.
type fakes struct {
	scenario *scenarios.Scenario
	seed     uint64
	origin   time.Time
	events   []fakeproviders.Event
	gap      time.Duration // at most so far apart are the events of a stream; 0 = as a provider likes
	demand   func(requestID string) (fakeproviders.Demand, bool)
	identify func(id string, body []byte) string // see fakeproviders.Config; nil = by the id
	past     func(provider string) int           // input tokens per minute before the start; nil = none
	key      string
}

// build returns the fakes in the order of the file.
func (f *fakes) build(journal func(provider string) func(*fakeproviders.Entry)) ([]*fakeproviders.Provider, error) {
	out := make([]*fakeproviders.Provider, 0, len(f.scenario.World.Providers))
	accounts := map[string]*fakeproviders.QuotaGroup{}
	for _, p := range f.scenario.World.Providers {
		cfg, err := f.config(p)
		if err != nil {
			return nil, err
		}
		cfg.Journal = journal(p.Name)
		if name := p.Quotas.Group; name != "" { // its members state the same quotas
			if accounts[name] == nil {
				if accounts[name], err = fakeproviders.NewQuotaGroup(cfg.Quotas); err != nil {
					return nil, fmt.Errorf("sim: quota group %s: %w", name, err)
				}
			}
			cfg.Quotas, cfg.QuotaGroup = fakeproviders.Quotas{}, accounts[name]
		}
		fake, err := fakeproviders.New(cfg)
		if err != nil {
			return nil, fmt.Errorf("sim: provider %s: %w", p.Name, err)
		}
		out = append(out, fake)
	}
	return out, nil
}

// config is the truth about a provider, as its fake needs it.
func (f *fakes) config(p scenarios.Provider) (fakeproviders.Config, error) {
	out := fakeproviders.Config{
		Name: p.Name, Vendor: p.Vendor, Region: p.Region, API: api(p.Wire), APIKey: f.key, RTT: p.RTT,
		Capacity: fakeproviders.Capacity(p.Capacity), Quotas: f.quotas(&p),
		Weather: fakeproviders.Weather(p.Weather), RequestSigma: f.scenario.World.RequestSigma, CutBilling: p.CutBilling,
		Faults: f.events, Seed: f.seed, Start: f.origin, MaxEventGap: f.gap, Demand: f.demand,
		Identify: f.identify,
	}
	for _, m := range p.Models {
		model, err := fakeModel(m)
		if err != nil {
			return out, fmt.Errorf("sim: provider %s, model %s: %w", p.Name, m.Name, err)
		}
		out.Models = append(out.Models, model)
	}
	return out, nil
}

// quotas are the limits of a provider. Midnight is that of UTC.
func (f *fakes) quotas(p *scenarios.Provider) fakeproviders.Quotas {
	q := &p.Quotas
	day := f.scenario.Start.Truncate(24 * time.Hour).Add(24 * time.Hour)
	out := fakeproviders.Quotas{
		RPM: q.RPM, TPM: q.TPM, ITPM: q.ITPM, OTPM: q.OTPM, RPD: q.RPD, TPD: q.TPD, Concurrency: q.Concurrency,
		Window: q.Window, Charge: q.Charge, CountCached: q.CountCached, Background: q.Background, Midnight: day.Sub(f.scenario.Start),
	}
	if q.Acceleration > 0 {
		out.Acceleration = fakeproviders.Acceleration{Factor: q.Acceleration, Floor: cmp.Or(q.AccelerationFloor, 100_000)}
		if f.past != nil {
			out.Acceleration.Past = f.past(p.Name)
		}
	}
	return out
}

// past is the input tokens per minute that a provider has been serving when the
// scenario starts: those of its first minute where the provider comes first in a
// route, none elsewhere.
func (c *cell) past(provider string) int {
	if c.plan == nil || !slices.ContainsFunc(c.scenario.World.Routes, func(r scenarios.Route) bool {
		return strings.HasPrefix(r.Targets[0], provider+"/")
	}) {
		return 0
	}
	tokens := 0
	for i, at := range c.plan.Arrivals {
		if at >= time.Minute {
			break
		}
		tokens += int(c.plan.Specs[i].PromptTokens)
	}
	return tokens
}

// compile turns the timeline into what the fakes understand.
func compile(s *scenarios.Scenario) ([]fakeproviders.Event, error) {
	out := make([]fakeproviders.Event, 0, len(s.Timeline))
	for i, e := range s.Timeline {
		event, err := FakeEvent(e, i)
		if err != nil {
			return nil, err
		}
		out = append(out, event)
	}
	return out, nil
}

// FakeEvent turns an event of the scenario language into what fakes understand.
// The index, 0 to 63, is its bit in their journal.
func FakeEvent(e scenarios.Event, index int) (fakeproviders.Event, error) {
	f, err := fault.New(e.Fault.Kind, faultValues(e.Fault.Values))
	if err != nil {
		return fakeproviders.Event{}, fmt.Errorf("sim: event %s: %w", e.ID, err)
	}
	return fakeproviders.Event{
		ID: e.ID, Index: index, Start: e.At, End: e.At + e.For, Select: fakeproviders.Selector(e.Select),
		Rate: e.Fault.Rate, RampIn: e.Ramp.In, RampOut: e.Ramp.Out,
		FlapPeriod: e.Flap.Period, FlapDuty: e.Flap.Duty, Every: e.Every,
		Sticky: e.Fault.Sticky, First: e.Fault.First, Nth: e.Fault.Nth, Fault: f,
	}, nil
}

// fakeModel is the truth about a model, as a fake needs it.
func fakeModel(m scenarios.Model) (fakeproviders.Model, error) {
	out := fakeproviders.Model{
		Name: m.Name, Endpoints: m.Endpoints, Price: truePrice(m.Price), Context: m.Context, MaxOutput: m.MaxOutput,
		Prefill: m.Prefill, Slowdown: m.Slowdown, Tokenizer: m.Tokenizer, Verbosity: m.Verbosity,
		Cache: fakeproviders.Cache(m.Cache),
	}
	for _, e := range []struct {
		what string
		from scenarios.Dist
		into *latency.Dist
	}{
		{"ttft", m.TTFT, &out.TTFT}, {"itl", m.ITL, &out.ITL}, {"reasoning", m.Reasoning, &out.Reasoning},
	} {
		dist, err := load.Distribution(e.from)
		if err != nil {
			return out, fmt.Errorf("%s: %w", e.what, err)
		}
		*e.into = dist
	}
	return out, nil
}

// truePrice is what a fake bills.
func truePrice(p scenarios.Price) fakeproviders.Price {
	out := fakeproviders.Price{
		InputNano: p.InputNano, CachedInputNano: p.CachedInputNano, CacheWriteNano: p.CacheWriteNano, OutputNano: p.OutputNano,
	}
	if p.Long != nil {
		long := fakeproviders.LongPrice(*p.Long)
		out.Long = &long
	}
	return out
}
