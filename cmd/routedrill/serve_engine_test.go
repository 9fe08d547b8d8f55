package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the engine refuses after the file was read has its line, too.
func TestEngineRefusesWithALine(t *testing.T) {
	dir := t.TempDir()
	taken, plain := filepath.Join(dir, "taken"), filepath.Join(dir, "plain")
	_, release, err := openJobs(taken)
	require.NoError(t, err)
	defer release()
	require.NoError(t, os.WriteFile(plain, nil, 0o600))
	const providers = "providers: {a: {base_url: \"http://127.0.0.1:1/v1\", models: {m: {}}}}\n"
	for _, row := range []struct{ name, text, want string }{
		{"a folder in use", providers + "queue:\n  workers: 1\n  dir: " + taken, ":5: queue.dir: " + taken + " is in use by another process"},
		{"a folder that cannot be made", providers + "queue:\n  workers: 1\n  dir: " + plain + "/jobs", ":5: queue.dir: mkdir " + plain},
		{"no providers", "summary: nobody", ":1: providers: at least one is needed"},
	} {
		t.Run(row.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "router.yaml")
			require.NoError(t, os.WriteFile(file, []byte("version: 1\n"+row.text+"\n"), 0o600))
			_, err := openPlant(&serveFlags{config: file}, slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, file+row.want)
		})
	}
}
