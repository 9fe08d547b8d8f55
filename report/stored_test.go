package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render/csv"
	"github.com/routedrill/routedrill/report/render/html"
	renderjson "github.com/routedrill/routedrill/report/render/json"
	"github.com/routedrill/routedrill/report/render/junit"
	"github.com/routedrill/routedrill/report/render/markdown"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/report/timeline"
)

// Every version of result.json is kept readable, also as it was when the version
// was young. The files are what programs of then wrote: they are never written anew.
func TestStoredRunsOfEveryVersion(t *testing.T) {
	files, err := filepath.Glob("testdata/stored/*/result.json")
	require.NoError(t, err)
	versions := make(map[string]bool)
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			f, err := os.Open(file)
			require.NoError(t, err)
			defer f.Close()
			result, err := report.Read(f)
			require.NoError(t, err)
			versions[strings.Split(filepath.Base(dir), "-")[0]] = true
			require.NotEmpty(t, result.Cells)
			require.NotEmpty(t, result.Policies)
			var series *timeline.Timeline
			if s, err := os.Open(filepath.Join(dir, "timeline.json")); err == nil {
				defer s.Close()
				series, err = timeline.Read(s)
				require.NoError(t, err)
			}
			for name, write := range map[string]func(io.Writer) error{
				"table":    func(w io.Writer) error { return table.Write(w, result, table.Options{Timeline: series}) },
				"markdown": func(w io.Writer) error { return markdown.Write(w, result) },
				"csv":      func(w io.Writer) error { return csv.Write(w, result) },
				"junit":    func(w io.Writer) error { return junit.Write(w, result) },
				"html":     func(w io.Writer) error { return html.Write(w, result, series) },
			} {
				var b bytes.Buffer
				require.NoError(t, write(&b), name)
				for _, p := range result.Policies {
					require.Contains(t, b.String(), p.Policy, name)
					for _, threshold := range p.Thresholds {
						if name != "csv" { // which has figures only
							require.Contains(t, strings.NewReplacer("&gt;", ">", "&lt;", "<", `\`, "", "&#43;", "+").Replace(b.String()), threshold.Source, name)
						}
					}
				}
			}
			requireKeeps(t, file, result)
		})
	}
	for v := 1; v <= report.Version; v++ {
		require.True(t, versions["v"+string(rune('0'+v))], "no stored run of version %d", v)
	}
}

// requireKeeps requires that a result holds everything that its file says.
func requireKeeps(t *testing.T, file string, result *report.Result) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var was, is map[string]any
	require.NoError(t, json.Unmarshal(data, &was))
	var b bytes.Buffer
	require.NoError(t, renderjson.Write(&b, result))
	require.NoError(t, json.Unmarshal(b.Bytes(), &is))
	if _, had := was["policies"]; !had {
		delete(is, "policies")
	}
	require.Equal(t, was, is)
}

func TestReadRefusesWhatItDoesNotKnow(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"a newer version", `{"version": 9}`, "version of the format is not known: 9; this program reads 1 to 1"},
		{"no version", `{}`, "not known: 0"},
		{"no JSON", `verdict: pass`, "report: invalid character"},
		{"a cell that is none", `{"version": 1, "cells": [null]}`, "cell 1 names no policy"},
		{"another shape", `{"version": 1, "cells": 7}`, "cannot unmarshal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := report.Read(strings.NewReader(tt.text))
			require.ErrorContains(t, err, tt.want)
		})
	}
}
