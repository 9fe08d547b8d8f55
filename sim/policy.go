package sim

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// ErrInput marks errors that the user's files or flags caused.
var ErrInput = errors.New("invalid input")

// inputError is an error with ErrInput behind it whose text stays its own.
type inputError struct{ error }

func (e inputError) Unwrap() []error { return []error{e.error, ErrInput} }

func invalid(format string, args ...any) error {
	return inputError{fmt.Errorf(format, args...)}
}

// Policy is one router configuration under test.
type Policy struct {
	Name   string       // unique in a run
	File   *config.File // what it says; providers and routes it lacks come from the world
	Gated  bool         // the thresholds judge it
	Source string       // the file it was read from; empty for a built-in one

	// Target is a gateway that runs by itself in the router's place, of which File,
	// which is nil, says nothing; nil is our router. It takes the wall clock.
	Target *Target
}

// Policies resolves what a run compares: the scenario's own policies, or those
// of overrides, each a built-in name, a policy of the scenario, or a file
// (it has a slash or ends in .yaml or .yml).
func Policies(s *scenarios.Scenario, overrides []string, readFile func(string) ([]byte, error)) ([]Policy, error) {
	var out []Policy
	add := func(p Policy, err error) error {
		if err != nil {
			return err
		}
		if slices.ContainsFunc(out, func(q Policy) bool { return q.Name == p.Name }) {
			return invalid("policy %s is named twice", p.Name)
		}
		out = append(out, p)
		return nil
	}
	for _, name := range overrides {
		if err := add(policyNamed(s, name, readFile)); err != nil {
			return nil, err
		}
	}
	if len(overrides) > 0 {
		return out, nil
	}
	for i := range s.Policies {
		if err := add(scenarioPolicy(s, &s.Policies[i])); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		// A scenario that names none is run under every built-in policy.
		for _, name := range config.Builtins() {
			if err := add(policyNamed(s, name, readFile)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// WithReferences returns the policies and, ungated, those that the thresholds
// compare with and that are not among them.
func WithReferences(s *scenarios.Scenario, policies []Policy) ([]Policy, error) {
	out := slices.Clone(policies)
	for i := range s.Thresholds {
		than := s.Thresholds[i].Than
		if than == "" || than == scenarios.Steady || slices.ContainsFunc(out, func(p Policy) bool { return p.Name == than }) {
			continue
		}
		p, err := policyNamed(s, than, nil)
		if err != nil {
			return nil, err
		}
		p.Gated = false
		out = append(out, p)
	}
	return out, nil
}

// policyNamed resolves one --policy.
func policyNamed(s *scenarios.Scenario, name string, readFile func(string) ([]byte, error)) (Policy, error) {
	if strings.ContainsRune(name, '/') || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		data, err := readFile(name)
		if err != nil {
			return Policy{}, invalid("policy %s: %w", name, err)
		}
		f, err := config.Load(name, data)
		if err != nil {
			return Policy{}, inputError{err}
		}
		return Policy{Name: baseName(name), File: f, Gated: true, Source: name}, nil
	}
	for i := range s.Policies {
		if s.Policies[i].Name == name {
			return scenarioPolicy(s, &s.Policies[i])
		}
	}
	f, err := config.Builtin(name)
	if err != nil {
		return Policy{}, inputError{fmt.Errorf("%w; a router file is named by a path or ends in .yaml", err)}
	}
	return Policy{Name: name, File: f, Gated: !slices.Contains(s.Gate.Except, name)}, nil
}

// scenarioPolicy resolves a policy of the scenario: a built-in one, with the
// scenario's own keys laid over it.
func scenarioPolicy(s *scenarios.Scenario, p *scenarios.Policy) (Policy, error) {
	f, err := config.Builtin(p.From)
	if err != nil {
		return Policy{}, inputError{err}
	}
	if len(p.Overlay) > 0 {
		if f, err = f.Overlay(p.File, p.Line, p.Overlay); err != nil {
			return Policy{}, inputError{err}
		}
		if f.Health.Webhook != nil {
			return Policy{}, invalid("%s: policies.%s: a webhook has no place in a scenario: a drill tells nobody", p.File, p.Name)
		}
		if slices.ContainsFunc(f.Providers, func(p config.Provider) bool { return p.APIKey != "" }) {
			return Policy{}, invalid("%s: policies.%s: an api_key has no place in a scenario: a drill needs none, and its report would repeat it", p.File, p.Name)
		}
	}
	return Policy{Name: p.Name, File: f, Gated: !slices.Contains(s.Gate.Except, p.Name)}, nil
}

// baseName is a file's name without folder and ending.
func baseName(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml")
	if name == "" {
		return path
	}
	return name
}

// Validate checks that a run could start: every policy, the scenario's own or
// those of overrides, resolves and fits the world, and a trace can be read. The
// findings are what a run would report of the policies.
func Validate(s *scenarios.Scenario, overrides []string, readFile func(string) ([]byte, error),
	openFile func(string) (io.ReadCloser, error),
) (findings []string, err error) {
	policies, err := Policies(s, overrides, readFile)
	if err != nil {
		return nil, err
	}
	if findings, err = Findings(s, policies); err != nil {
		return nil, err
	}
	if err := someRequest(s); err != nil {
		return nil, err
	}
	o := Options{Scenario: s, OpenFile: openFile}
	rows, err := o.trace()
	if err != nil || rows == nil {
		return findings, err
	}
	if _, err := load.FromTrace(s, rows, s.Seed); err != nil {
		return nil, inputError{err}
	}
	return findings, nil
}

// Findings is what a run reports beside its figures: what was made of the world,
// and where the policies differ from it. It fails where a policy does not fit.
func Findings(s *scenarios.Scenario, policies []Policy) ([]string, error) {
	findings := slices.Clone(s.Notes)
	for _, p := range policies {
		if p.Target != nil {
			continue // what it believes is not known
		}
		_, more, err := p.routerConfig(&s.World)
		if err != nil {
			return nil, err
		}
		findings = append(findings, more...)
	}
	return findings, nil
}

// routerConfig is what the router believes: the policy's file, and from the
// world whatever the file leaves out. Findings are differences between the two
// that the drill cannot decide but its reader should know.
func (p *Policy) routerConfig(w *scenarios.World) (router.Config, []string, error) {
	out, err := p.File.RouterConfig(nil)
	if err != nil {
		return out, nil, inputError{err}
	}
	var findings []string
	for _, text := range p.File.Warnings() {
		findings = append(findings, fmt.Sprintf("policy %s: %s", p.Name, text))
	}
	if err := p.fits(w); err != nil {
		return out, nil, err
	}
	differences := p.believe(w, &out)
	findings = append(findings, differences...)
	if len(out.Routes) == 0 {
		for _, r := range w.Routes {
			out.Routes = append(out.Routes, router.Route{Name: r.Name, Targets: slices.Clone(r.Targets)})
		}
	}
	if err := p.access(w, &out); err != nil {
		return out, nil, err
	}
	return out, findings, nil
}

// fits checks that every provider and model the file names has a fake.
func (p *Policy) fits(w *scenarios.World) error {
	var errs []error
	for _, own := range p.File.Providers {
		i := slices.IndexFunc(w.Providers, func(q scenarios.Provider) bool { return q.Name == own.Name })
		if i < 0 {
			errs = append(errs, invalid("%s:%d: providers.%s: the world %s (%s) has no fake of that name; it has %s",
				p.File.Name, own.Line, own.Name, w.Name, w.File, providerNames(w.Providers)))
			continue
		}
		for _, m := range own.Models {
			if w.Providers[i].Model(m.Name) == nil {
				errs = append(errs, invalid("%s:%d: providers.%s.models.%s: the fake of that name in the world %s (%s) does not serve this model",
					p.File.Name, m.Line, own.Name, m.Name, w.Name, w.File))
			}
		}
	}
	for _, r := range p.File.Routes {
		targets := r.Targets
		if r.Shadow != nil {
			targets = append(slices.Clone(targets), r.Shadow.Target)
		}
		for _, t := range targets {
			if !hasTarget(w, t) {
				errs = append(errs, invalid("%s:%d: routes.%s: the world %s (%s) has no target %s",
					p.File.Name, r.Line, r.Name, w.Name, w.File, t))
			}
		}
	}
	return errors.Join(errs...)
}

func providerNames(all []scenarios.Provider) string {
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func hasTarget(w *scenarios.World, target string) bool {
	provider, model, _ := strings.Cut(target, "/")
	for i := range w.Providers {
		if w.Providers[i].Name == provider {
			return w.Providers[i].Model(model) != nil
		}
	}
	return false
}

// believe completes the config's providers from the world. Where both speak
// the config wins for the router, and a difference is a finding.
func (p *Policy) believe(w *scenarios.World, out *router.Config) (findings []string) {
	for _, truth := range w.Providers {
		i := slices.IndexFunc(out.Providers, func(q router.Provider) bool { return q.Name == truth.Name })
		if i < 0 {
			out.Providers = append(out.Providers, router.Provider{Name: truth.Name})
			i = len(out.Providers) - 1
		}
		own := &out.Providers[i]
		own.Wire, own.APIKey = truth.Wire, "" // the fakes ask for no key, and a real one has no business in a drill
		if own.Region == "" {
			own.Region = truth.Region
		}
		for _, m := range truth.Models {
			price := believedPrice(m.Price)
			j := slices.IndexFunc(own.Models, func(q router.Model) bool { return q.Name == m.Name })
			if j < 0 {
				own.Models = append(own.Models, router.Model{
					Name: m.Name, Price: price, Context: m.Context, MaxOutput: m.MaxOutput, Quality: m.Quality,
				})
				continue
			}
			mine := &own.Models[j]
			switch {
			case !p.prices(truth.Name, m.Name):
				mine.Price = price
			case mine.Price != price:
				findings = append(findings, fmt.Sprintf("policy %s: price of %s/%s is %s in the config, %s in the world: the ledger will differ from the bill",
					p.Name, truth.Name, m.Name, priceText(mine.Price), priceText(price)))
			}
			if mine.Context == 0 {
				mine.Context = m.Context
			}
			if mine.MaxOutput == 0 {
				mine.MaxOutput = m.MaxOutput
			}
			if mine.Quality == 0 {
				mine.Quality = m.Quality
			}
		}
	}
	return findings
}

// believedPrice is a price of the world as the router holds it.
func believedPrice(p scenarios.Price) router.Price {
	out := router.Price{
		InputNano: p.InputNano, CachedInputNano: p.CachedInputNano, CacheWriteNano: p.CacheWriteNano, OutputNano: p.OutputNano,
	}
	if p.Long != nil {
		out.Long = router.LongPrice(*p.Long)
	}
	return out
}

// prices says whether the file itself gives the price of a model.
func (p *Policy) prices(provider, model string) bool {
	for _, q := range p.File.Providers {
		for _, m := range q.Models {
			if q.Name == provider && m.Name == model {
				return m.Price != nil
			}
		}
	}
	return false
}

// priceText is a price in USD per million tokens.
func priceText(p router.Price) string {
	usd := func(nano int64) string { return fmt.Sprintf("%d.%03d", nano/1000, nano%1000) }
	text := fmt.Sprintf("%s input, %s cached, %s output", usd(p.InputNano), usd(p.CachedInputNano), usd(p.OutputNano))
	if p.CacheWriteNano != p.InputNano {
		text += fmt.Sprintf(", %s written to the cache", usd(p.CacheWriteNano))
	}
	if l := p.Long; l.Above > 0 {
		text += fmt.Sprintf(" (above %d tokens %s, %s, %s)", l.Above, usd(l.InputNano), usd(l.CachedInputNano), usd(l.OutputNano))
	}
	return text
}

// cheap is how many expected requests are drawn to see whether there is one at
// all; a load of more has some with any seed.
const cheap = 1000

// someRequest foresees a run whose load makes no request with the scenario's
// seed, as a low rate over a short time may not.
func someRequest(s *scenarios.Scenario) error {
	if s.World.Load.Trace != nil || s.World.Load.Expected(s.Duration) > cheap {
		return nil
	}
	at, err := load.Arrivals(&s.World.Load, s.Duration, s.Seed)
	if err != nil {
		return inputError{err}
	}
	return anyRequest(s, s.Seed, len(at))
}

// anyRequest is the error of a load that makes no request.
func anyRequest(s *scenarios.Scenario, seed uint64, n int) error {
	if n > 0 {
		return nil
	}
	return invalid("%s: load: with seed %d it makes no request in %s, of %.2g expected; raise its rate, or make it longer with --set duration=1h",
		s.File, seed, s.Duration, s.World.Load.Expected(s.Duration))
}
