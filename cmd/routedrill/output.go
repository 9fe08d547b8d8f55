package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/term"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/report/render/csv"
	"github.com/routedrill/routedrill/report/render/html"
	"github.com/routedrill/routedrill/report/render/json"
	"github.com/routedrill/routedrill/report/render/junit"
	"github.com/routedrill/routedrill/report/render/markdown"
	"github.com/routedrill/routedrill/report/render/table"
	"github.com/routedrill/routedrill/report/timeline"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/record"
)

// formats are those that a report can have on stdout.
var formats = []string{"table", "json", "csv", "markdown", "junit", "html"}

// writeReport writes a report for stdout. What can be drawn of it may be nil.
func writeReport(sys system, w io.Writer, format string, r *report.Result, t *timeline.Timeline) error {
	var err error
	switch format {
	case "json":
		err = json.Write(w, r)
	case "csv":
		err = csv.Write(w, r)
	case "markdown":
		err = markdown.Write(w, r)
	case "junit":
		err = junit.Write(w, r)
	case "html":
		err = html.Write(w, r, t)
	default:
		o := terminal(sys)
		o.Timeline = t
		err = table.Write(w, r, o)
	}
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// summarises says whether several scenarios begin with a summary, as in the formats that
// people read.
func (f *runFlags) summarises() bool { return f.format == "table" || f.format == "markdown" }

// summarise writes a line for each policy of several scenarios, and then their reports:
// nobody should have to look for the verdict at the end of all of them.
func (f *runFlags) summarise(sys system, list []report.Summary, reports []byte) error {
	var err error
	switch f.format {
	case "table":
		err = table.WriteSummary(sys.stdout, list, terminal(sys))
	case "markdown":
		err = markdown.WriteSummary(sys.stdout, list)
	}
	if err == nil {
		_, err = sys.stdout.Write(reports)
	}
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// writePage writes tables that are no report of a run.
func writePage(sys system, p render.Page) error {
	if err := table.WritePage(sys.stdout, p, terminal(sys)); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// terminal finds out how wide stdout is and what it can show. COLUMNS wins over the
// terminal's own word; without either it is 80. Colour is for terminals only. A
// locale that names a character set other than UTF-8 gets ASCII.
func terminal(sys system) table.Options {
	o := table.Options{Width: 80, ASCII: !unicodeLocale(sys.getenv), Plain: sys.plain != nil && *sys.plain}
	if f, ok := sys.stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			o.Width = w
		}
		o.Color = sys.getenv("NO_COLOR") == "" && sys.getenv("TERM") != "dumb"
	}
	if w, err := strconv.Atoi(sys.getenv("COLUMNS")); err == nil && w >= 40 && w <= 1000 {
		o.Width = w
	}
	o.Width = max(o.Width, 80)
	return o
}

// unicodeLocale says whether the locale allows for more than ASCII. No locale at
// all, as in a container, does.
func unicodeLocale(getenv func(string) string) bool {
	locale := strings.ToLower(cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG")))
	return locale == "" || strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
}

// outDir gives each of several scenarios a directory of its own.
func outDir(dir string, s *scenarios.Scenario, n int) string {
	if n == 1 {
		return dir
	}
	return dir + string(os.PathSeparator) + s.Name
}

// checkOut makes sure, before a run spends its time, that --out can be written
// and that no scenario's results would overwrite another's.
func (f *runFlags) checkOut(all []*scenarios.Scenario) error {
	seen := map[string]string{}
	for _, s := range all {
		if other, twice := seen[s.Name]; twice {
			return usage("--out: %s and %s are both named %s, and would overwrite each other; give one another `name`", other, s.File, s.Name)
		}
		seen[s.Name] = s.File
	}
	for _, s := range all {
		if err := writable(outDir(f.out, s, len(all)), outJSON, outTimeline, outCSV, outMarkdown, outHTML, outJUnit, outLog); err != nil {
			return err
		}
	}
	return nil
}

// outFiles are the files of --out.
const (
	outJSON, outTimeline, outLog           = "result.json", "timeline.json", "run.jsonl.zst"
	outCSV, outMarkdown, outHTML, outJUnit = "result.csv", "report.md", "report.html", "junit.xml"
)

// save writes what --out promises.
func (f *runFlags) save(dir string, run *record.Run, result *report.Result) error {
	series := timeline.Of(run)
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{outJSON, func(w io.Writer) error { return json.Write(w, result) }},
		{outTimeline, func(w io.Writer) error { return timeline.Write(w, series) }},
		{outHTML, func(w io.Writer) error { return html.Write(w, result, series) }},
		{outCSV, func(w io.Writer) error { return csv.Write(w, result) }},
		{outMarkdown, func(w io.Writer) error { return markdown.Write(w, result) }},
		{outJUnit, func(w io.Writer) error { return junit.Write(w, result) }},
		{outLog, func(w io.Writer) error { return writeLog(w, run) }},
	}
	for _, file := range files {
		if err := writeFile(dir, file.name, file.write); err != nil {
			return err
		}
	}
	return nil
}

// writeLog writes the run log, compressed. One encoder goroutine: more would
// make the bytes depend on the machine.
func writeLog(w io.Writer, run *record.Run) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	if err := record.WriteLog(z, run); err != nil {
		_ = z.Close()
		return err
	}
	return z.Close()
}
