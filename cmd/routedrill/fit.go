package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fit"
	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

const fitHelp = `Make a world of your own from a log of requests, and say how well it fits.

LOG is a CSV file with a header, or JSONL. Needed are the columns time (RFC 3339
or seconds), provider, model, status (0: no answer came), latency_ms,
prompt_tokens and output_tokens. Understood are ttft_ms, stream, task, endpoint,
route, max_tokens, cached_tokens, tenant, prompt_id and cost_usd. The exports of
LiteLLM, Helicone, Langfuse, OpenRouter and Cloudflare's AI gateway, and the
Azure traces, are known by their columns.

The world has the log's arrivals by hour and their burstiness, a task for each
kind of request with its sizes, and for each target time to first token, gap
between tokens and prices. Without ttft_ms only the latency of whole answers is
known, and how it splits into these two as far as their lengths vary. The log's
errors become the timeline of a scenario, but for those too rare for a run to hit.
The report on stdout says how good each fit is.

With --out DIR the world is written to DIR/NAME-world.yaml and the scenario to
DIR/NAME.yaml. Incidents run in it with --world DIR/NAME-world.yaml: the load is
repeated or cut to the drill's length.

With --backtest the log's arrivals are played back against the world, and what
came of them is compared with the log, or with another log by --against.

A log has at most 1,000,000 rows, 4 MiB a line and 31 days.`

const fitExample = `  routedrill fit requests.csv
  routedrill fit requests.csv --out fitted --backtest
  routedrill fit spend-logs.jsonl --format litellm --out fitted --name ours
  routedrill fit monday.csv --backtest --against tuesday.csv --seeds 50`

// fitFlags are the flags of fit.
type fitFlags struct {
	format   string
	out      string
	name     string
	backtest bool
	against  string
	seeds    int
}

func fitCommand(sys system) *cobra.Command {
	var f fitFlags
	cmd := &cobra.Command{
		Use:     "fit LOG",
		Short:   "Make a world of your own from a request log",
		Long:    fitHelp,
		Example: fitExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one LOG: a CSV or JSONL file (see 'routedrill fit --help')")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return f.fit(sys, args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.format, "format", requestlog.Auto, "auto, or one of "+strings.Join(requestlog.Formats(), ", "))
	fl.StringVar(&f.out, "out", "", "directory for the world and the scenario")
	fl.StringVar(&f.name, "name", "", "name of the world and the scenario (default: that of the log)")
	fl.BoolVar(&f.backtest, "backtest", false, "play the log's arrivals back against the world and compare")
	fl.StringVar(&f.against, "against", "", "another log for --backtest to play back and compare with")
	fl.IntVar(&f.seeds, "seeds", 20, "how often --backtest plays the log back")
	return cmd
}

func (f *fitFlags) validate() error {
	switch {
	case f.format != requestlog.Auto && !slices.Contains(requestlog.Formats(), f.format):
		return usage("--format %s: want %s, %s", f.format, requestlog.Auto, strings.Join(requestlog.Formats(), ", "))
	case f.name != "" && f.name != fit.Name(f.name):
		return usage("--name %q: a name has letters, digits, dots, dashes and underscores, at most 64, a letter or digit first", f.name)
	case f.against != "" && !f.backtest:
		return usage("--against is for --backtest")
	case f.seeds < 2 || f.seeds > 1000:
		return usage("--seeds %d: want 2 to 1000", f.seeds)
	}
	return nil
}

func (f *fitFlags) fit(sys system, path string) error {
	if err := f.validate(); err != nil {
		return err
	}
	if f.name == "" {
		base := filepath.Base(path)
		f.name = fit.Name(strings.TrimSuffix(base, filepath.Ext(base)))
	}
	log, err := f.read(path)
	if err != nil {
		return err
	}
	var other *requestlog.Log
	if f.against != "" {
		if other, err = f.read(f.against); err != nil {
			return err
		}
	}
	world, err := fit.New(log, f.name)
	if err != nil {
		return &exit{codeUsage, err}
	}
	if len(log.Unused) > 0 {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: columns not used: %s\n", someOf(log.Unused))
	}
	if f.out != "" {
		if err := f.write(world); err != nil {
			return err
		}
	}
	if err := writePage(sys, world.Report()); err != nil {
		return err
	}
	if f.backtest {
		return f.test(sys, world, log, other)
	}
	return nil
}

// someOf lists names from a file, as they may be shown.
func someOf(names []string) string {
	const most = 12
	var words []string
	for _, n := range names[:min(len(names), most)] {
		words = append(words, fmt.Sprintf("%.40q", n))
	}
	if len(names) > most {
		words = append(words, fmt.Sprintf("and %d more", len(names)-most))
	}
	return strings.Join(words, ", ")
}

func (f *fitFlags) read(path string) (*requestlog.Log, error) {
	in, err := openFile(path)
	if err != nil {
		return nil, &exit{codeUsage, err}
	}
	defer in.Close() //nolint:errcheck // only read
	log, err := requestlog.Read(in, f.format)
	if err != nil {
		return nil, usage("%s: %w", path, err)
	}
	return log, nil
}

// write writes the world and the scenario, once it is sure that they are valid.
func (f *fitFlags) write(world *fit.World) error {
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return usage("--out: %w", err)
	}
	scenario, worldFile := f.name+".yaml", f.name+"-world.yaml"
	for _, name := range []string{scenario, worldFile} {
		if info, err := os.Lstat(filepath.Join(f.out, name)); err == nil && !info.Mode().IsRegular() {
			return usage("--out: %s is there and is no file", filepath.Join(f.out, name))
		}
	}
	if err := writeFile(f.out, worldFile, world.WriteWorld); err != nil {
		return &exit{codeUsage, err}
	}
	if err := writeFile(f.out, scenario, func(w io.Writer) error { return world.WriteScenario(w, "./"+worldFile) }); err != nil {
		return &exit{codeUsage, err}
	}
	// What was written has to load; anything else is our mistake.
	path := filepath.Join(f.out, scenario)
	if _, err := scenarios.Load(path, scenarios.Options{ReadFile: readFile}, sim.Vocabulary()); err != nil {
		return fmt.Errorf("the fitted world is not valid: %w", err)
	}
	return nil
}

func (f *fitFlags) test(sys system, world *fit.World, log, other *requestlog.Log) error {
	var stop, running atomic.Bool
	running.Store(true)
	ctx, release := interrupts(sys.stderr, &stop, running.Load)
	defer release()
	against := log
	if other != nil {
		against = other
	}
	result, err := world.Backtest(ctx, against, other != nil, fit.Options{Seeds: f.seeds, Stop: &stop})
	switch {
	case errors.Is(err, fit.ErrStopped):
		return &exit{codeInterrupted, errors.New("interrupted: there is no back-test")}
	case err != nil:
		return err
	}
	if _, err := fmt.Fprintln(sys.stdout); err != nil {
		return err
	}
	return writePage(sys, result.Report())
}
