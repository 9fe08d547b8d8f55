package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

const runHelp = `Run scenarios and report what each policy made of them.

SCENARIO is a file, or the name of a library scenario (see 'routedrill list'), or a
glob of either, in quotes, which keep the shell from it: 'incidents/*'. The policies come from the scenario unless --policy names others: a
built-in policy, or the router's own production file, whose providers then talk
to the fakes of the same name. With a routedrill.yaml in the repository what is
left out comes from that file.

With --target the router's place is taken by a gateway that runs by itself, on the
wall clock. It is started by hand, with the fakes of the scenario's world as its
providers: they listen on 127.0.0.1 from --target-port on, in the order of the file
('routedrill fake WORLD --port 8101' prints configs). What cannot be seen from
outside the gateway is said to be so.

The report goes to stdout, everything else to stderr. On the virtual clock equal
inputs give equal bytes.`

const runExample = `  routedrill run
  routedrill run openai-2024-12-11
  routedrill run openai-2024-12-11 --seed 7 --format json
  routedrill run drills/outage.yaml --policy router.yaml --policy priority
  routedrill run openai-2024-12-11 --world ours.yaml --out results
  routedrill run flapping-primary --clock wall --compress 60
  routedrill run openai-2024-12-11 --compress 120 --target http://127.0.0.1:8080/v1
  routedrill run azure-conversation-trace --set load.trace.file=conv.csv`

// maxSeeds bounds --seeds; each is a run of its own.
const maxSeeds = 10_000

// runFlags are the flags of run.
type runFlags struct {
	world    string
	policies []string
	set      []string
	clock    string
	compress int
	seed     uint64
	seeds    int
	out      string
	format   string
	lenient  string
	target   targetFlags
}

func runCommand(sys system) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "run [SCENARIO...]",
		Short:   "Run scenarios and report what each policy made of them",
		Long:    runHelp + "\n\n" + exitHelp,
		Example: runExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := findProject()
			if err != nil {
				return err
			}
			if args, err = f.complete(p, args, cmd.Flags().Changed); err != nil {
				return err
			}
			if f.target.given() && !cmd.Flags().Changed("clock") {
				f.clock = "wall"
			}
			if cmd.Flags().Changed("out") && f.out == "" {
				return errNoOut
			}
			return runScenarios(sys, &f, args, cmd.Flags().Changed("seed"))
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.world, "world", "", "world to run in instead of the scenario's own: a file or a library name")
	fl.StringArrayVar(&f.policies, "policy", nil, "policy to run instead of the scenario's own: a router file or a built-in name (repeatable)")
	fl.StringArrayVar(&f.set, "set", nil, "change of the scenario before it is read, as key.path=value (repeatable)")
	fl.StringVar(&f.clock, "clock", "virtual", "virtual (time jumps) or wall (real time, loopback sockets)")
	fl.IntVar(&f.compress, "compress", 1, "wall clock: divide event times and stage lengths by this")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of every draw; the scenario's own by default")
	fl.IntVar(&f.seeds, "seeds", 1, "number of seeds, counted up from --seed")
	fl.StringVar(&f.out, "out", "", "directory for report.html, report.md, result.json, result.csv, timeline.json, junit.xml and the run log")
	fl.StringVar(&f.format, "format", "table", strings.Join(formats, ", "))
	fl.StringVar(&f.lenient, "inconclusive", "fail", "fail (exit 97) or warn (exit 0 with a warning)")
	f.target.register(fl)
	return cmd
}

// complete fills in from the project what the command line leaves open, and
// returns the scenarios.
func (f *runFlags) complete(p project, args []string, given func(flag string) bool) ([]string, error) {
	if p.Project == nil {
		if len(args) == 0 {
			return nil, usage("name a SCENARIO: a file, or one of 'routedrill list' (see 'routedrill run --help'); %w", errNoProject())
		}
		return args, nil
	}
	if !given("world") {
		f.world = p.World
		if err := p.worldPresent(); err != nil {
			return nil, err
		}
	}
	if !f.target.given() { // which has its own policy, and takes its time for each seed
		if !given("policy") {
			f.policies = []string{p.Config}
			if err := p.configPresent(); err != nil {
				return nil, err
			}
		}
		if !given("seeds") && p.Seeds > 0 {
			f.seeds = p.Seeds
		}
	}
	if len(args) > 0 {
		return args, nil
	}
	return p.scenarioNames()
}

func (f *runFlags) validate() error {
	switch {
	case !slices.Contains([]string{"virtual", "wall"}, f.clock):
		return usage("--clock %s: want virtual or wall", f.clock)
	case f.compress < 1:
		return usage("--compress %d: want 1 or more", f.compress)
	case f.compress > 1 && f.clock != "wall":
		return usage("--compress is for --clock wall: virtual time needs no squeezing")
	case f.target.given() && f.clock != "wall":
		return usage("--target is for --clock wall: another process has no virtual time")
	case f.target.given() && len(f.policies) > 0:
		return usage("--policy and --target: a gateway of its own has its own policy")
	case f.seeds < 1 || f.seeds > maxSeeds:
		return usage("--seeds %d: want 1 to %d", f.seeds, maxSeeds)
	case !slices.Contains(formats, f.format):
		return usage("--format %s: want one of %s", f.format, strings.Join(formats, ", "))
	case !slices.Contains([]string{"fail", "warn"}, f.lenient):
		return usage("--inconclusive %s: want fail or warn", f.lenient)
	}
	return nil
}

// seedsFit checks that counting up from the first seed stays among the numbers
// there are.
func seedsFit(first uint64, n int) error {
	if last := uint64(math.MaxUint64); last-first < uint64(n-1) {
		return usage("--seed %d leaves no room for --seeds %d: the last seed there is is %d", first, n, last)
	}
	return nil
}

// runScenarios runs every scenario and ends with the worst of their codes.
func runScenarios(sys system, f *runFlags, args []string, seeded bool) error {
	if err := f.validate(); err != nil {
		return err
	}
	if _, err := f.target.target(); err != nil {
		return err
	}
	all, err := loadAll(args, f.world, f.set)
	if err != nil {
		return err
	}
	if f.out != "" {
		if err := f.checkOut(all); err != nil {
			return err
		}
	}
	var stop, running atomic.Bool
	ctx, release := interrupts(sys.stderr, &stop, running.Load)
	defer release()
	var later bytes.Buffer
	to := io.Writer(&later)
	if len(all) == 1 || !f.summarises() {
		to = sys.stdout
	}
	code, summaries, err := f.runEach(ctx, sys, all, seeded, to, &stop, &running)
	if len(all) > 1 && len(summaries) > 0 {
		err = errors.Join(err, f.summarise(sys, summaries, later.Bytes()))
	}
	switch {
	case err != nil:
		return err
	case code != codePass:
		return &exit{code: code}
	}
	return nil
}

// runEach runs the scenarios one after the other and writes their reports. What was run
// before an error or an interruption is returned beside it.
func (f *runFlags) runEach(ctx context.Context, sys system, all []*scenarios.Scenario, seeded bool, to io.Writer, stop, running *atomic.Bool) (code int, summaries []report.Summary, err error) {
	code, notes := codePass, newAnnotations(sys)
	for i, s := range all {
		if !seeded {
			f.seed = s.Seed
		}
		if err := seedsFit(f.seed, f.seeds); err != nil {
			return code, summaries, err
		}
		run, err := f.run(ctx, sys, s, stop, running)
		if err != nil {
			return code, summaries, err
		}
		result := judge(run)
		if i > 0 && f.format == "table" {
			_, _ = fmt.Fprintln(to)
		}
		if err := writeReport(sys, to, f.format, result, f.series(run)); err != nil {
			return code, summaries, err
		}
		notes.run(s, result)
		summaries = append(summaries, result.Summaries()...)
		if f.out != "" {
			if err := f.save(outDir(f.out, s, len(all)), run, result); err != nil {
				return code, summaries, err
			}
		}
		if stop.Load() {
			return code, summaries, &exit{codeInterrupted, errors.New("interrupted: the report above is partial")}
		}
		code = worst(code, f.forgive(sys, s, result.ExitCode()))
	}
	return code, summaries, nil
}

// forgive turns an inconclusive run into a warning where the user asked so.
func (f *runFlags) forgive(sys system, s *scenarios.Scenario, code int) int {
	if code == codeInconclusive && f.lenient == "warn" {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: warning: %s is inconclusive\n", s.Name)
		return codePass
	}
	return code
}

// loadAll reads every scenario the arguments name.
func loadAll(args []string, world string, set []string) ([]*scenarios.Scenario, error) {
	return loadNoted(args, world, set, func(*scenarios.Scenario, []string) {})
}

// loadNoted is loadAll that says of every scenario by which name and from which
// bytes it was read.
func loadNoted(args []string, world string, set []string, note func(s *scenarios.Scenario, read []string)) ([]*scenarios.Scenario, error) {
	var out []*scenarios.Scenario
	for _, arg := range args {
		names, err := expand(arg)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			read := []string{name}
			s, err := scenarios.Load(name, scenarios.Options{World: world, Set: set, ReadFile: noted(&read, readFile)}, sim.Vocabulary())
			if err != nil {
				return nil, &exit{codeUsage, err}
			}
			note(s, read)
			out = append(out, s)
		}
	}
	return out, nil
}

// run runs one scenario.
func (f *runFlags) run(ctx context.Context, sys system, s *scenarios.Scenario, stop, running *atomic.Bool) (*record.Run, error) {
	if f.compress > 1 {
		whole := s.Duration
		if s = sim.Compress(s, f.compress); s.Duration < time.Second {
			return nil, usage("--compress %d leaves %s of the %s of %s; at least 1s is needed", f.compress, s.Duration, whole, s.Name)
		}
	}
	policies, target, err := f.tested(s)
	if err != nil {
		return nil, err
	}
	if target != nil {
		announceTarget(sys, target, s)
	}
	o := sim.Options{
		Scenario: s, Policies: policies, Clock: sim.Clock(f.clock), OpenFile: openFile,
		Version: version, Replay: f.replay(s), Progress: new(sim.Progress), Stop: stop,
		Started: func() { running.Store(true) }, Explain: f.out != "",
	}
	for i := range f.seeds {
		o.Seeds = append(o.Seeds, f.seed+uint64(i))
	}
	done := showProgress(sys, s.Name, s, o.Progress)
	run, err := sim.Run(ctx, o)
	done()
	if err != nil {
		if errors.Is(err, sim.ErrInput) {
			return nil, &exit{codeUsage, err}
		}
		return nil, err
	}
	if f.compress > 1 && target == nil {
		run.Findings = append(run.Findings, sim.CompressFindings(s, policies)...)
	}
	return run, nil
}

// tested is what the scenario runs against: policies of the router, or a gateway.
func (f *runFlags) tested(s *scenarios.Scenario) ([]sim.Policy, *sim.Target, error) {
	target, err := f.target.target()
	if err != nil {
		return nil, nil, err
	}
	if target != nil {
		if err := portsFit(target, s); err != nil {
			return nil, nil, err
		}
		return []sim.Policy{{Name: targetName, Gated: true, Target: target}}, target, nil
	}
	policies, err := sim.Policies(s, f.policies, readFile)
	if err == nil {
		policies, err = sim.WithReferences(s, policies)
	}
	if err != nil {
		return nil, nil, &exit{codeUsage, err}
	}
	return policies, nil, nil
}

// series is what can be drawn of a run, for the formats that draw.
func (f *runFlags) series(run *record.Run) *timeline.Timeline {
	if f.format != "html" && f.format != "table" {
		return nil
	}
	return timeline.Of(run)
}

// judge holds the records against each other and computes the report. What the run
// without faults breaks counts as its policy's.
func judge(run *record.Run) *report.Result {
	invariants := make(map[int][]report.Invariant, len(run.Cells))
	for i := range run.Cells {
		cell := &run.Cells[i]
		for _, r := range check.All(cell) {
			invariants[i] = append(invariants[i], report.Invariant(r))
		}
		for k := range run.Steady {
			if calm := &run.Steady[k]; calm.Policy == cell.Policy && calm.Seed == cell.Seed {
				addSteady(invariants[i], check.All(calm))
			}
		}
	}
	return report.Compute(run, invariants)
}

// addSteady adds what was found in a run without faults.
func addSteady(to []report.Invariant, found []check.Result) {
	for i, r := range found { // in the same order
		to[i].Checked += r.Checked
		to[i].Violations += r.Violations
		for _, example := range r.Examples {
			if len(to[i].Examples) < check.MaxExamples {
				to[i].Examples = append(to[i].Examples, "without faults: "+example)
			}
		}
	}
}

// replay is the command that repeats the run.
func (f *runFlags) replay(s *scenarios.Scenario) string {
	name := s.Name
	if !strings.HasPrefix(s.File, "library/") {
		name = s.File
	}
	b := []string{"routedrill run", quote(name), "--seed", strconv.FormatUint(f.seed, 10)}
	add := func(flag, value string) { b = append(b, flag, quote(value)) }
	if f.seeds > 1 {
		add("--seeds", strconv.Itoa(f.seeds))
	}
	if f.world != "" {
		add("--world", f.world)
	}
	for _, p := range f.policies {
		add("--policy", p)
	}
	for _, v := range f.set {
		add("--set", v)
	}
	if f.clock != "virtual" && !f.target.given() {
		add("--clock", f.clock)
	}
	b = append(b, f.target.replay()...)
	if f.compress > 1 {
		add("--compress", strconv.Itoa(f.compress))
	}
	return strings.Join(b, " ")
}

// quote makes s one word of a shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/=:,@%+", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
