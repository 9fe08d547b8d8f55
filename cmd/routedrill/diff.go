package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/render/csv"
	"github.com/routedrill/routedrill/report/render/json"
	"github.com/routedrill/routedrill/report/render/junit"
	"github.com/routedrill/routedrill/report/render/markdown"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/diff"
)

const diffHelp = `Compare two router configs over the same scenarios, seeds and luck, and say
whether HEAD is safe to take.

BASE and HEAD are router files, built-in policies, or files of a git revision
(main:router.yaml, from the repository's root; main:./router.yaml from here).
SCENARIO is a file, or the name or glob of a library scenario ('incidents/*').

With a routedrill.yaml in the repository BASE may be a revision alone (main),
which stands for the project's config there. What is left out comes from that
file; BASE is HEAD then, git's name of what is committed.

What is judged, and by how much it may become worse, is the scenario's gate:
  gate: {availability: {tolerance: 0.05pp}, ttft_p95: {tolerance: 5%}}
Without one it is availability by 0.05pp, ttft_p95 by 5% and cost_per_1k by 2%.
With --target-cmd BASE and HEAD are shell commands, which the report repeats: keep
keys in the environment. Each starts a gateway that answers at --target, for every
seed anew and in turns, on the wall clock; see 'routedrill run --help' on its providers.

HEAD is non-inferior where the 95% interval of the paired difference stays within
the tolerance, worse where it lies beyond it after correction for all metrics and
scenarios, and inconclusive otherwise. See report/gate for the statistics.`

const diffExit = `Exit codes:
  0    HEAD is non-inferior in every gated metric
  1    unexpected error
  2    usage, or an invalid file
       (of the scenarios --budget has room for: a warning counts the others)
  97   inconclusive: more seeds or a wider tolerance are needed
  98   an invariant is broken
  99   HEAD is worse
  130  interrupted; results are partial`

const diffExample = `  routedrill diff main
  routedrill diff main:router.yaml router.yaml 'incidents/*'
  routedrill diff single-provider priority openai-2024-12-11
  routedrill diff main:router.yaml router.yaml 'incidents/*' --world ours.yaml --budget 60s
  routedrill diff base.yaml head.yaml drills/outage.yaml --seeds 5 --max-seeds 20
  routedrill diff --target-cmd ./base.sh ./head.sh wall-outage --target http://127.0.0.1:8080/v1
  routedrill diff base.yaml head.yaml openai-2024-12-11 --format markdown --out results`

// diffFlags are the flags of diff.
type diffFlags struct {
	world    string
	set      []string
	seed     uint64
	seeds    int
	maxSeeds int
	budget   time.Duration
	out      string
	format   string
	lenient  string
	noCache  bool
	target   targetFlags
	commands bool // BASE and HEAD are commands that start a target
}

func diffCommand(sys system) *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:     "diff [BASE [HEAD [SCENARIO...]]]",
		Short:   "Say whether a change of the router's config is safe",
		Long:    diffHelp + "\n\n" + diffExit,
		Example: diffExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := findProject()
			if err != nil {
				return err
			}
			repeat := f.command(args, cmd.Flags().Changed)
			base, head, names, err := f.complete(p, args, cmd.Flags().Changed)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("out") && f.out == "" {
				return errNoOut
			}
			return f.compare(sys, p, comparison{base, head, names, repeat, cmd.Flags().Changed})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.world, "world", "", "world to run in instead of the scenarios' own: a file or a library name")
	fl.StringArrayVar(&f.set, "set", nil, "change of the scenarios before they are read, as key.path=value (repeatable)")
	fl.Uint64Var(&f.seed, "seed", 1, "first seed; each scenario's own by default")
	fl.IntVar(&f.seeds, "seeds", 5, "seeds of each scenario, and of each block added to it")
	fl.IntVar(&f.maxSeeds, "max-seeds", 0, "add blocks of seeds up to this many while a scenario is inconclusive, at the price of wider intervals; with --budget, seeds there is time for")
	fl.DurationVar(&f.budget, "budget", 0, "real time to stay within, like 60s: seeds and scenarios that have no room are left out and named")
	fl.StringVar(&f.out, "out", "", "directory for diff.json, diff.csv, diff.md and junit.xml")
	fl.StringVar(&f.format, "format", "table", "table, json, csv or markdown")
	fl.StringVar(&f.lenient, "inconclusive", "fail", "fail (exit 97) or warn (exit 0 with a warning)")
	fl.BoolVar(&f.noCache, "no-cache", false, "run BASE again where its results are known from an earlier diff, and keep none")
	f.target.register(fl)
	fl.BoolVar(&f.commands, "target-cmd", false, "BASE and HEAD are shell commands that each start a gateway at --target (on the wall clock)")
	return cmd
}

// complete fills in from the project what the command line leaves open, and
// returns what to compare, and in which scenarios.
func (f *diffFlags) complete(p project, args []string, given func(flag string) bool) (base, head string, names []string, err error) {
	if !f.commands {
		for _, arg := range args[:min(len(args), 2)] {
			if isScenario(arg) {
				return "", "", nil, usage("%q is a scenario: BASE and HEAD come before it, as in 'routedrill diff main router.yaml %s'", arg, arg)
			}
		}
	}
	if p.Project == nil {
		if len(args) < 3 {
			return "", "", nil, usage("name BASE, HEAD and at least one SCENARIO (see 'routedrill diff --help'); %w", errNoProject())
		}
		return args[0], args[1], args[2:], nil
	}
	if !given("world") {
		f.world = p.World
		if err := p.worldPresent(); err != nil {
			return "", "", nil, err
		}
	}
	if !given("seeds") && p.Seeds > 0 {
		f.seeds = p.Seeds
	}
	if !given("budget") && !f.commands {
		f.budget = p.Budget
	}
	base, head = "HEAD", p.Config
	if len(args) > 0 {
		base = args[0]
	}
	if len(args) > 1 {
		head = args[1]
	} else if err := p.configPresent(); err != nil {
		return "", "", nil, err
	}
	if f.commands {
		if len(args) < 2 {
			return "", "", nil, usage("--target-cmd: name the commands that start BASE and HEAD")
		}
	} else {
		base, head = p.revision(base), p.revision(head)
	}
	if len(args) > 2 {
		return base, head, args[2:], nil
	}
	names, err = p.scenarioNames()
	return base, head, names, err
}

func (f *diffFlags) validate() error {
	switch {
	case f.seeds < 2 || f.seeds > diff.MaxSeeds:
		return usage("--seeds %d: want 2 to %d; an interval needs two", f.seeds, diff.MaxSeeds)
	case f.maxSeeds != 0 && (f.maxSeeds < f.seeds || f.maxSeeds > diff.MaxSeeds || f.maxSeeds > f.seeds*diff.MaxLooks):
		return usage("--max-seeds %d: want --seeds (%d) to %d, in at most %d blocks", f.maxSeeds, f.seeds, diff.MaxSeeds, diff.MaxLooks)
	case f.budget < 0 || f.budget > 0 && f.budget < time.Second:
		return usage("--budget %s: want 1s or more", f.budget)
	case !slices.Contains([]string{"table", "json", "csv", "markdown"}, f.format):
		return usage("--format %s: want table, json, csv or markdown", f.format)
	case !slices.Contains([]string{"fail", "warn"}, f.lenient):
		return usage("--inconclusive %s: want fail or warn", f.lenient)
	case f.commands != f.target.given():
		return usage("--target-cmd and --target belong together: the commands, and where what they start can be reached")
	case f.commands && f.budget > 0:
		return usage("--budget is for virtual time: a run against a gateway takes as long as its drill")
	}
	_, err := f.target.target()
	return err
}

// comparison is what diff is asked for, besides its flags.
type comparison struct {
	base, head string
	names      []string               // of scenarios
	repeat     string                 // the command that repeats it
	given      func(flag string) bool // whether a flag was
}

// compare runs the comparison and ends with its code.
func (f *diffFlags) compare(sys system, p project, c comparison) error {
	seeded := c.given("seed")
	if err := f.validate(); err != nil {
		return err
	}
	in, cache := (*inputs)(nil), (*cellCache)(nil)
	if !f.noCache && !f.commands {
		cache = openCache()
	}
	if cache != nil {
		in = newInputs(f.world, f.set)
	}
	all, err := loadNoted(c.names, f.world, f.set, in.read)
	if err != nil {
		return err
	}
	p.gate(all)
	for i, s := range all {
		if slices.ContainsFunc(all[:i], func(o *scenarios.Scenario) bool { return o.Name == s.Name }) {
			return usage("two of the scenarios are named %s", s.Name)
		}
	}
	for _, s := range all {
		first := s.Seed
		if seeded {
			first = f.seed
		}
		if err := seedsFit(first, max(f.seeds, f.maxSeeds)); err != nil {
			return err
		}
	}
	if f.out != "" {
		if err := writable(f.out, diffJSON, diffCSV, diffMarkdown, diffJUnit); err != nil {
			return err
		}
	}
	var stop, running atomic.Bool
	ctx, release := interrupts(sys.stderr, &stop, running.Load)
	defer release()
	o := diff.Options{
		Scenarios: all, Base: c.base, Head: c.head, Seeds: f.seeds, MaxSeeds: f.maxSeeds, Budget: f.budget,
		OpenFile: openFile, Version: version, Reproduce: c.repeat, Stop: &stop,
		Policies: func(s *scenarios.Scenario) (sim.Policy, sim.Policy, error) {
			return bothPolicies(s, c.base, c.head, in)
		},
		Begin: func(s *scenarios.Scenario, seeds []uint64, p *sim.Progress) func() {
			running.Store(true)
			at := slices.Index(all, s) + 1
			return showProgress(sys, fmt.Sprintf("%d of %d: %s, %d seeds", at, len(all), s.Name, len(seeds)), s, p)
		},
	}
	if f.commands {
		o.Clock = sim.Wall
		o.Policies = func(s *scenarios.Scenario) (sim.Policy, sim.Policy, error) { return f.gateways(s, c.base, c.head) }
	}
	if seeded {
		o.Seed = &f.seed
	}
	if cache != nil {
		o.Cache, o.Inputs = cache, in.of
		defer cache.end(sys)
	}
	result, err := diff.Run(ctx, o)
	switch {
	case errors.Is(err, diff.ErrInterrupted):
	case errors.Is(err, sim.ErrInput):
		return &exit{codeUsage, err}
	case err != nil:
		return err
	}
	if f.budget > 0 {
		if text, same := f.ran(c.base, c.head, result, p.Project != nil, c.given); same {
			result.Reproduce = text
		}
	}
	if writeErr := f.write(sys, result); writeErr != nil {
		return writeErr
	}
	if err != nil {
		return &exit{codeInterrupted, errors.New("interrupted: the report above is partial")}
	}
	newAnnotations(sys).diff(all, c.head, result)
	return f.end(sys, result)
}

// bothPolicies resolves BASE and HEAD.
func bothPolicies(s *scenarios.Scenario, base, head string, in *inputs) (b, h sim.Policy, err error) {
	read := []string{base}
	bases, err := sim.Policies(s, []string{base}, noted(&read, readConfig))
	if err != nil {
		return b, h, fmt.Errorf("BASE: %w", err)
	}
	in.ofBase(s, read)
	heads, err := sim.Policies(s, []string{head}, readConfig)
	if err != nil {
		return b, h, fmt.Errorf("HEAD: %w", err)
	}
	return bases[0], heads[0], nil
}

// gateways are the policies of two commands that each start a gateway.
func (f *diffFlags) gateways(s *scenarios.Scenario, base, head string) (b, h sim.Policy, err error) {
	policies := [2]sim.Policy{}
	for i, command := range []string{base, head} {
		t, err := f.target.target()
		if err == nil {
			err = portsFit(t, s)
		}
		if err != nil {
			return b, h, err
		}
		t.Start = gatewayCommand(command, t)
		policies[i].Target = t
	}
	return policies[0], policies[1], nil
}

// end turns the verdict into an exit code.
func (f *diffFlags) end(sys system, r *gate.Result) error {
	code := r.ExitCode()
	if what := render.DiffPartial(r); what != "" {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: warning: the verdict is %s: %s\n", what, visible(strings.Join(r.NotCompared, ", ")))
	}
	if code == codeInconclusive && f.lenient == "warn" {
		_, _ = fmt.Fprintln(sys.stderr, "routedrill: warning: the comparison is inconclusive")
		code = codePass
	}
	if code != codePass {
		return &exit{code: code}
	}
	return nil
}

// diffFiles are the files of --out.
const diffJSON, diffCSV, diffMarkdown, diffJUnit = "diff.json", "diff.csv", "diff.md", "junit.xml"

// write renders the comparison to stdout and to --out.
func (f *diffFlags) write(sys system, r *gate.Result) error {
	forms := map[string]func(io.Writer) error{
		"json":     func(w io.Writer) error { return json.WriteDiff(w, r) },
		"csv":      func(w io.Writer) error { return csv.WriteDiff(w, r) },
		"markdown": func(w io.Writer) error { return markdown.WriteDiff(w, r) },
		"junit":    func(w io.Writer) error { return junit.WriteDiff(w, r) },
		"table":    func(w io.Writer) error { return table.WriteDiff(w, r, terminal(sys)) },
	}
	if err := forms[f.format](sys.stdout); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	if f.out == "" {
		return nil
	}
	for _, file := range [][2]string{{diffJSON, "json"}, {diffCSV, "csv"}, {diffMarkdown, "markdown"}, {diffJUnit, "junit"}} {
		if err := writeFile(f.out, file[0], forms[file[1]]); err != nil {
			return err
		}
	}
	return nil
}
