package swarm_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
	"github.com/routedrill/routedrill/sim/swarm"
)

var (
	count = flag.Int("swarm", 50, "how many seeds TestSwarm runs")
	first = flag.Uint64("swarm.first", 1, "the first of them")
	out   = flag.String("swarm.out", "", "an existing folder for the scenarios that broke something")
)

// twice is how many seeds go by between two that are run again to compare digests.
const twice = 7

// TestSwarm runs drawn scenarios in virtual time. Each ends by itself and
// without an error, keeps every invariant, can be reported, and, for a sample,
// gives the same bytes again.
func TestSwarm(t *testing.T) {
	if *out != "" {
		info, err := os.Stat(*out)
		require.NoError(t, err)
		require.True(t, info.IsDir(), "%s is no folder", *out)
	}
	var next, done, requests atomic.Int64
	var broken brokenSeeds
	reached := reach{runs: map[string]int{}}
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(*count); i = next.Add(1) - 1 {
				seed := *first + uint64(i)
				n, err := judge(t.Context(), seed, i%twice == 0, &reached)
				if requests.Add(int64(n)); err != nil {
					broken.note(seed, err)
				}
				if n := done.Add(1); n%100 == 0 {
					fmt.Fprintf(os.Stderr, "swarm: %d of %d scenarios, %d requests, %d broken\n", n, *count, requests.Load(), broken.len())
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d scenarios, %d requests; runs that came to%s", done.Load(), requests.Load(), &reached)
	for _, text := range broken.list {
		t.Error(text)
	}
	if *count >= 1000 {
		for _, what := range reached.missing() {
			t.Errorf("in none of %d runs: %s", *count, what)
		}
	}
}

// judge runs the scenario of a seed and says what is wrong.
func judge(ctx context.Context, seed uint64, again bool, reached *reach) (requests int, err error) {
	s, err := scenarios.Load("swarm.yaml", scenarios.Options{
		ReadFile: func(string) ([]byte, error) { return []byte(swarm.Scenario(seed, sim.Vocabulary())), nil },
	}, sim.Vocabulary())
	if err != nil {
		return 0, err
	}
	run, err := play(ctx, s)
	if err != nil {
		return 0, err
	}
	reached.note(run)
	c := &run.Cells[0]
	if again {
		second, err := play(ctx, s)
		if err != nil {
			return 0, err
		}
		if d := difference(c, &second.Cells[0]); d != "" {
			return len(c.Requests), fmt.Errorf("two runs gave different records: %s", d)
		}
	}
	return len(c.Requests), violations(run)
}

// play runs a scenario under its one policy.
func play(ctx context.Context, s *scenarios.Scenario) (*record.Run, error) {
	policies, err := sim.Policies(s, nil, nil)
	if err != nil {
		return nil, err
	}
	return sim.Run(ctx, sim.Options{Scenario: s, Policies: policies, Seeds: []uint64{s.Seed}})
}

// violations are what the checkers found in a run, in words. The report is made
// too: it must cope with whatever happened.
func violations(run *record.Run) error {
	var errs []error
	invariants := map[int][]report.Invariant{}
	for i := range run.Cells {
		for _, r := range check.All(&run.Cells[i]) {
			invariants[i] = append(invariants[i], report.Invariant(r))
			if r.Violations > 0 {
				errs = append(errs, fmt.Errorf("invariant %d (%s) broken %d times: %s", r.Number, r.Name, r.Violations, strings.Join(r.Examples, "; ")))
			}
		}
	}
	if got := report.Compute(run, invariants); len(errs) == 0 && got.ExitCode() == 98 {
		errs = append(errs, errors.New("the report finds an invariant broken that the checkers found whole"))
	}
	return errors.Join(errs...)
}

// difference says where the records of two cells part; empty when they do not.
func difference(a, b *record.Cell) string {
	for _, d := range []string{
		differ("request", a.Requests, b.Requests), differ("relay", a.Relays, b.Relays),
		differ("attempt", a.Attempts, b.Attempts), differ("entry", a.Journal, b.Journal),
		differ("transition", a.Transitions, b.Transitions),
	} {
		if d != "" {
			return d
		}
	}
	return ""
}

func differ[T comparable](what string, a, b []T) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%s %d: %+v, then %+v", what, i, a[i], b[i])
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d %s records, then %d", len(a), what, len(b))
	}
	return ""
}

// brokenSeeds gathers what broke.
type brokenSeeds struct {
	mu   sync.Mutex
	list []string
}

func (b *brokenSeeds) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.list)
}

// note keeps the scenario where the user wants it, and says how to see it again.
func (b *brokenSeeds) note(seed uint64, err error) {
	replay := fmt.Sprintf("go test ./sim/swarm -run TestSwarm -swarm 1 -swarm.first %d -swarm.out DIR   # writes the scenario to DIR", seed)
	if *out != "" {
		file := filepath.Join(*out, fmt.Sprintf("swarm-%d.yaml", seed))
		replay = "routedrill run " + file
		if e := os.WriteFile(file, []byte(swarm.Scenario(seed, sim.Vocabulary())), 0o644); e != nil {
			replay = e.Error()
		}
	}
	text := fmt.Sprintf("seed %d: %v\n  replay: %s", seed, err, replay)
	fmt.Fprintln(os.Stderr, "swarm:", text)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, text)
}

// TestFoundOnce runs what the swarm once broke something with, cut down to what
// it takes. The comment at the top of each file says what was wrong.
func TestFoundOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			s, err := scenarios.Load(file, scenarios.Options{ReadFile: os.ReadFile}, sim.Vocabulary())
			require.NoError(t, err)
			run, err := play(t.Context(), s)
			require.NoError(t, err)
			require.NoError(t, violations(run))
			second, err := play(t.Context(), s)
			require.NoError(t, err)
			require.Empty(t, difference(&run.Cells[0], &second.Cells[0]))
		})
	}
}
