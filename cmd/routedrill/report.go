package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/explain"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

const reportHelp = `Show a run that was stored with 'run --out DIR' once more, in any format.

Nothing is run: the report is rendered from result.json and timeline.json, also
those of an older routedrill. The exit code says whether that went well; it is
not that of the run.

With --post-mortem it writes what operators of a router get after an incident: a
blameless draft in Markdown for each disturbance of a provider that the router saw
under one policy, with the first seed of the run: timeline, impact, numbers, cost
and what to improve, and what had become of the same requests under the other
policies.

With --request it explains one request instead: for every policy and seed of the
run which targets the router chose among, with their scores and why those that
were out were out, what each attempt came to, and what the providers say they did
and billed. A request is named by its number, from 0, or by its id as it stands
in the logs.`

const reportExample = `  routedrill report results
  routedrill report results --format html > report.html
  routedrill report results --post-mortem > post-mortem.md
  routedrill report results --request 4711
  routedrill report results --request req-0004711`

func reportCommand(sys system) *cobra.Command {
	var id, format, policy, language string
	var post bool
	cmd := &cobra.Command{
		Use:     "report DIR",
		Short:   "Show a stored run again, or explain one request of it",
		Long:    reportHelp,
		Example: reportExample,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return usage("name the DIR that 'routedrill run --out' wrote")
			case !post && (policy != "" || cmd.Flags().Changed("lang")):
				return usage("--policy and --lang are for --post-mortem")
			case !slices.Contains(incident.Languages(), language):
				return usage("--lang %s: want %s", language, strings.Join(incident.Languages(), " or "))
			case post:
				return postMortem(sys, args[0], policy, language)
			case cmd.Flags().Changed("request"):
				return explainRequest(sys, args[0], id)
			case !slices.Contains(formats, format):
				return usage("--format %s: want one of %s", format, strings.Join(formats, ", "))
			}
			return renderStored(sys, args[0], format)
		},
	}
	cmd.Flags().StringVar(&id, "request", "", "explain this request: its number, or its id")
	cmd.Flags().StringVar(&format, "format", "table", strings.Join(formats, ", "))
	cmd.Flags().BoolVar(&post, "post-mortem", false, "draft post-mortems of its incidents, in Markdown")
	cmd.Flags().StringVar(&policy, "policy", "", "with --post-mortem: under this policy; the first that is judged without it")
	cmd.Flags().StringVar(&language, "lang", incident.English, "with --post-mortem: language, "+strings.Join(incident.Languages(), " or "))
	return cmd
}

// renderStored shows a stored run. One without a timeline, as an older program
// leaves it, is shown without what is drawn.
func renderStored(sys system, dir, format string) error {
	result, err := readStored(dir, outJSON, report.Read)
	if errors.Is(err, fs.ErrNotExist) {
		return usage("%s holds no run: there is no %s; 'routedrill run SCENARIO --out DIR' writes one", dir, outJSON)
	}
	if err != nil {
		return &exit{codeUsage, err}
	}
	series, err := readStored(dir, outTimeline, timeline.Read)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &exit{codeUsage, err}
	}
	if series == nil && (format == "table" || format == "html") {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: %s has no %s, so nothing is drawn\n", dir, outTimeline)
	}
	return writeReport(sys, sys.stdout, format, result, series)
}

// readStored reads one file of a stored run.
func readStored[T any](dir, name string, read func(io.Reader) (*T, error)) (*T, error) {
	f, err := os.Open(filepath.Join(dir, name)) //nolint:gosec // the user names it
	if err != nil {
		return nil, fmt.Errorf("cannot read %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	v, err := read(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return v, nil
}

func explainRequest(sys system, dir, id string) error {
	seq, ok := load.ParseRequestID(id)
	if !ok {
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil {
			return usage("--request %.80q: want a number such as 4711, or an id such as req-0004711", id)
		}
		seq = uint32(n)
	}
	name := filepath.Join(dir, outLog)
	f, err := os.Open(name) //nolint:gosec // the user names it
	if errors.Is(err, fs.ErrNotExist) {
		return usage("%s holds no run: there is no %s; 'routedrill run SCENARIO --out DIR' writes one", dir, outLog)
	}
	if err != nil {
		return &exit{codeUsage, fmt.Errorf("cannot read %w", err)}
	}
	defer f.Close() //nolint:errcheck // only read
	z, err := zstd.NewReader(bufio.NewReader(f), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return &exit{codeUsage, fmt.Errorf("%s: %w", name, err)}
	}
	defer z.Close()
	run, stories, err := record.ReadStories(z, seq)
	if err != nil {
		return &exit{codeUsage, fmt.Errorf("%s: %w", name, err)}
	}
	if len(stories) == 0 {
		if result, err := readStored(dir, outJSON, report.Read); err == nil && len(result.Cells) > 0 {
			return usage("--request %d: the run has requests 0 to %d", seq, result.Cells[0].Requests-1)
		}
		return usage("%s has no request %d", name, seq)
	}
	if err := explain.Write(sys.stdout, &run, stories); err != nil {
		return fmt.Errorf("cannot write: %w", err)
	}
	return nil
}
