package main

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var determinism = flag.Int("determinism", 0, "how often to repeat the main drill at each GOMAXPROCS; 0 skips it")

// TestDeterminism runs one short drill in processes of their own, at several
// GOMAXPROCS: stdout is the same to the byte.
func TestDeterminism(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program several times")
	}
	bin := build(t)
	outputs(t, bin, 2, []string{"run", "steady", "--format", "json"}, 1, 2, 4)
	ranked := []string{"run", "correlated-outage", "--policy", "latency-first", "--policy", "balanced", "--policy", "least-busy", "--format", "json"}
	outputs(t, bin, 1, ranked, 1, 2, 4)
}

// TestDeterminismLong is the proof behind `make determinism`.
func TestDeterminismLong(t *testing.T) {
	if *determinism == 0 {
		t.Skip("needs -determinism N")
	}
	args := []string{"run", "openai-2024-12-11", "--format", "json"}
	plain := outputs(t, build(t), *determinism, args, 1, 2, 4)
	raced := outputs(t, build(t, "-race"), 1, args, 1, 2, 4)
	require.Equal(t, plain, raced, "under the race detector")
}

// outputs runs bin n times at each GOMAXPROCS and returns the one digest of
// what it writes to stdout.
func outputs(t *testing.T, bin string, n int, args []string, procs ...int) string {
	t.Helper()
	want := ""
	for _, p := range procs {
		for i := range n {
			cmd := exec.CommandContext(t.Context(), bin, args...)
			cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", p))
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			require.NoError(t, err, stderr.String())
			got := fmt.Sprintf("%x", sha256.Sum256(out))
			if want == "" {
				want = got
			}
			require.Equal(t, want, got, "run %d at GOMAXPROCS=%d", i+1, p)
		}
		t.Logf("%s at GOMAXPROCS=%d: %d runs, one stdout, %s", filepath.Base(bin), p, n, want[:12])
	}
	return want
}

// build builds the program as a user would.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "routedrill")
	args := append([]string{"build", "-o", bin}, flags...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, ".")...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return bin
}
