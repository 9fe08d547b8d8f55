package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/routedrill/routedrill/scenarios"
)

// readConfig reads a router file, be it on disk or, as REVISION:PATH, of a git
// revision. A file of that very name wins.
func readConfig(name string) ([]byte, error) {
	revision, path, found := strings.Cut(name, ":")
	if _, err := os.Stat(name); err == nil || !found || revision == "" || path == "" {
		return readFile(name)
	}
	return readRevision(revision, path)
}

// readRevision reads a file as it was at a revision: of the repository's root,
// or of the working directory where the path starts with ./ or ../.
func readRevision(revision, path string) ([]byte, error) {
	if strings.HasPrefix(revision, "-") {
		return nil, fmt.Errorf("%s is no git revision", revision)
	}
	cmd := exec.CommandContext(context.Background(), "git", "show", "--no-textconv", revision+":"+path) //nolint:gosec // the user's own repository
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("cannot ask git: %w", err)
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return nil, errors.New("there is no such file, and git, which could know the revision, is not installed")
		}
		return nil, fmt.Errorf("cannot ask git: %w", err)
	}
	data, readErr := io.ReadAll(io.LimitReader(out, scenarios.MaxFileBytes+1))
	_, _ = io.Copy(io.Discard, out)
	if err := cmd.Wait(); err != nil {
		text, _, _ := strings.Cut(strings.TrimSpace(stderr.String()), "\n")
		hint := ""
		switch {
		case strings.Contains(text, "exists on disk, but not in"):
			hint = "; commit it there first, or compare with a built-in policy"
		case !strings.Contains(text, "invalid object name"):
		case nothingCommitted():
			hint = "; nothing is committed yet: git add . && git commit"
		default:
			hint = "; a CI checkout may lack it: fetch the revision first (actions/checkout with fetch-depth: 0)"
		}
		return nil, fmt.Errorf("git has no %s at %s: %s%s", path, revision, strings.TrimPrefix(text, "fatal: "), hint)
	}
	return data, readErr
}

// nothingCommitted reports whether the repository has no commit yet.
func nothingCommitted() bool { return !isRevision("HEAD") }

// isRevision reports whether git knows a commit by that name here.
func isRevision(name string) bool {
	return exec.CommandContext(context.Background(), "git", "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}").Run() == nil //nolint:gosec // the user's own repository
}
