package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/klauspost/compress/zstd"
	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/report/explain"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

const reportHelp = `Explain one request of a run that was stored with 'run --out DIR'.

For every policy and seed of the run it tells which targets the router chose
among, with their scores and why those that were out were out, what each attempt
came to, and what the providers say they did and billed. A request is named by its
number, from 0, or by its id as it stands in the logs.`

func reportCommand(sys system) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:     "report DIR --request ID",
		Short:   "Explain one request of a stored run",
		Long:    reportHelp,
		Example: "  routedrill report results --request 4711\n  routedrill report results --request req-0004711",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name the DIR that 'routedrill run --out' wrote")
			}
			if id == "" {
				return usage("--request is needed: the number of a request, or its id")
			}
			return explainRequest(sys, args[0], id)
		},
	}
	cmd.Flags().StringVar(&id, "request", "", "the request to explain: its number, or its id")
	return cmd
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
		return usage("%s has no request %d", name, seq)
	}
	if err := explain.Write(sys.stdout, &run, stories); err != nil {
		return fmt.Errorf("cannot write: %w", err)
	}
	return nil
}
