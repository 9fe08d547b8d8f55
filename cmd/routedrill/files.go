package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/routedrill/routedrill/scenarios"
)

// readFile reads a scenario, world or config, and no more than a little over
// the size such a file may have.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read: %w", err)
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, scenarios.MaxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read: %w", err)
	}
	return data, nil
}

// openFile opens a trace, which is read as a stream.
func openFile(name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot read: %w", err)
	}
	return f, nil
}

// errNoOut is an --out that names nothing, as of a variable that is not set.
var errNoOut = usage("--out '': name a directory, or leave the flag out")

// writable makes dir and proves that files of these names can be written there, before a run
// spends its time.
func writable(dir string, names ...string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return usage("--out: %w", err)
	}
	for _, name := range names {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && !info.Mode().IsRegular() {
			return usage("--out: %s is there and is no file", filepath.Join(dir, name))
		}
	}
	probe, err := os.CreateTemp(dir, ".routedrill-*")
	if err != nil {
		return usage("--out: cannot write there: %w", err)
	}
	_ = probe.Close()
	_ = os.Remove(probe.Name())
	return nil
}

// writeFile writes one file of --out through a temporary one, so that an
// interruption never leaves half a report.
func writeFile(dir, name string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone already once it is renamed
	if err := write(tmp); err != nil {
		_ = tmp.Close()
		return fmt.Errorf("--out: %s: %w", name, err)
	}
	if err := tmp.Chmod(0o644); err != nil {
		_ = tmp.Close()
		return fmt.Errorf("--out: %s: %w", name, err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("--out: %s: %w", name, err)
	}
	if err := os.Rename(tmp.Name(), filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	return nil
}
