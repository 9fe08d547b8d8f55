package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/routedrill/routedrill/scenarios"
)

// FuzzLoad reads anything as a scenario, and as a world and a change of one:
// it answers with a scenario or with errors that have a file and a message.
func FuzzLoad(f *testing.F) {
	names, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "load.rate=5/s")
	}
	f.Add([]byte("a: &a [*a]"), "timeline.0.fault={kind: hang}")
	f.Add([]byte("{"), `world.providers."x".models[0]=[`)
	f.Fuzz(func(t *testing.T, data []byte, set string) {
		read := func(string) ([]byte, error) { return data, nil }
		for name, o := range map[string]scenarios.Options{
			"fuzz.yaml": {ReadFile: read},
			"./set":     {ReadFile: read, Set: []string{set}},
			"steady":    {ReadFile: read, World: "fuzz.yaml", Set: []string{set}},
		} {
			s, err := scenarios.Load(name, o, words())
			if (s == nil) == (err == nil) {
				t.Fatalf("scenario %v, error %v", s, err)
			}
			if err == nil {
				continue
			}
			var e *scenarios.Error
			if !errors.As(err, &e) || e.Message == "" || e.File == "" {
				t.Fatalf("an error without a place: %v", err)
			}
			if strings.Contains(err.Error(), "internal error") {
				t.Fatal(err)
			}
			if len(err.Error()) > 64<<10 {
				t.Fatalf("an error of %d bytes", len(err.Error()))
			}
		}
	})
}
