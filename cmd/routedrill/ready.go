package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/render"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
)

// readyFlags are those of validate --ready.
type readyFlags struct {
	on     bool
	format string
	drill  string        // directory of a run's --out
	maxAge time.Duration // of that run
}

// readiness is the list for one file, as --format json writes it.
type readiness struct {
	Version int         `json:"version"`
	File    string      `json:"file"`
	Ready   bool        `json:"ready"`
	Items   []readyItem `json:"items"`
}

type readyItem struct {
	Item    string           `json:"item"`
	Verdict config.Readiness `json:"verdict"` // pass, fail or n/a
	Reason  string           `json:"reason"`
	File    string           `json:"file,omitempty"`
	Line    int              `json:"line,omitempty"`
}

// ready says of each router file whether it stands an outage. An invalid file is an
// error; otherwise every list is written, and one that fails gives code 99.
func ready(sys system, names []string, f *readyFlags) error {
	if f.format != "table" && f.format != "json" {
		return usage("--format %s is not known with --ready: table or json", f.format)
	}
	var lists []readiness
	for _, name := range names {
		if _, err := readFile(name); err != nil {
			return &exit{codeUsage, fmt.Errorf("%s: %w", name, err)}
		}
		if kind := scenarios.Kind(name, readFile); kind != scenarios.RouterFile {
			return usage("%s is a %s: --ready is about router files", name, kind)
		}
		list, err := readyList(name, f)
		if err != nil {
			return err
		}
		lists = append(lists, list)
	}
	notes, all := newAnnotations(sys), true
	for _, list := range lists {
		all = all && list.Ready
		for _, item := range list.Items {
			if item.Verdict == config.Failed {
				notes.add("error", item.File, item.Line, "not ready: "+item.Item, item.Reason)
			}
		}
		if err := writeReady(sys, list, f.format); err != nil {
			return err
		}
	}
	if !all {
		return &exit{code: codeCrossed}
	}
	return nil
}

func readyList(name string, f *readyFlags) (readiness, error) {
	list := readiness{Version: 1, File: name, Ready: true}
	data, err := readFile(name)
	if err != nil {
		return list, usage("%w", err)
	}
	file, err := config.Load(name, data)
	if err != nil {
		return list, &exit{codeUsage, err}
	}
	refused, err := checkRouter(file)
	if err != nil {
		return list, &exit{codeUsage, err}
	}
	now := time.Now()
	for _, c := range slices.Concat(starts(file, refused), file.Ready(now), []config.Check{lastDrill(f, now)}) {
		item := readyItem{Item: c.Item, Verdict: c.Verdict, Reason: c.Reason}
		if c.Line > 0 || c.Verdict == config.Failed {
			item.File, item.Line = name, c.Line
		}
		list.Items = append(list.Items, item)
		list.Ready = list.Ready && c.Verdict != config.Failed
	}
	return list, nil
}

// starts wants a file that serve does not refuse, of which the environment is not asked.
func starts(file *config.File, refused []*config.Error) (list []config.Check) {
	c := config.Check{Item: "serve starts with it", Verdict: config.Failed}
	switch {
	case !slices.ContainsFunc(file.Providers, func(p config.Provider) bool { return p.BaseURL != "" }):
		c.Verdict, c.Reason = config.NotApplicable, "the file has no provider with a base_url; a drill takes them from its world"
		return []config.Check{c}
	case len(refused) == 0:
		c.Verdict, c.Reason = config.Passed, "if each ${NAME} and ${file:PATH} is there, which is not looked at"
		return []config.Check{c}
	}
	for _, e := range refused {
		c.Reason, c.Line = e.Message, e.Line
		if e.Field != "" {
			c.Reason = e.Field + ": " + e.Message
		}
		list = append(list, c)
	}
	return list
}

// lastDrill wants a drill that passed not long ago. Its result says nothing of the
// day it was made on, as equal runs give equal bytes: that is the file's own.
func lastDrill(f *readyFlags, now time.Time) config.Check {
	c := config.Check{Item: "last drill", Verdict: config.Failed}
	if f.drill == "" {
		c.Verdict, c.Reason = config.NotApplicable, "name the --out directory of a run with --last-drill"
		return c
	}
	path := filepath.Join(f.drill, outJSON)
	info, err := os.Stat(path)
	if err != nil {
		c.Reason = "there is none in " + f.drill + ": " + outJSON + " cannot be read"
		return c
	}
	var result report.Result
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &result)
	}
	age := now.Sub(info.ModTime())
	switch {
	case err != nil:
		c.Reason = path + " is no result of a run"
	case age > f.maxAge:
		c.Reason = fmt.Sprintf("%s was drilled %s ago; at most %s", result.Scenario, days(age), days(f.maxAge))
	case result.Verdict != report.Pass:
		c.Reason = fmt.Sprintf("%s, drilled %s ago: %s", result.Scenario, days(age), result.Verdict)
	default:
		c.Verdict, c.Reason = config.Passed, fmt.Sprintf("%s passed %s ago", result.Scenario, days(age))
	}
	return c
}

// days writes an age as people do.
func days(d time.Duration) string {
	if d < 48*time.Hour {
		return strconv.Itoa(int(max(d, 0).Hours())) + "h"
	}
	return strconv.Itoa(int(d.Hours()/24)) + "d"
}

func writeReady(sys system, list readiness, format string) error {
	if format == "json" {
		data, err := json.MarshalIndent(list, "", "  ")
		if err != nil {
			return fmt.Errorf("cannot write: %w", err)
		}
		if _, err := sys.stdout.Write(append(data, '\n')); err != nil {
			return fmt.Errorf("cannot write: %w", err)
		}
		return nil
	}
	counts := map[config.Readiness]int{}
	sheet := render.Sheet{Title: "Readiness", Columns: []render.Column{
		{Name: "item", Key: true}, {Name: "verdict"}, {Name: "reason", Flex: true},
	}}
	for _, item := range list.Items {
		counts[item.Verdict]++
		reason := item.Reason
		if item.Line > 0 {
			reason = fmt.Sprintf("%s:%d: %s", item.File, item.Line, reason)
		}
		sheet.Rows = append(sheet.Rows, []string{item.Item, string(item.Verdict), reason})
	}
	verdict := "ready for an outage"
	if !list.Ready {
		verdict = "not ready for an outage"
	}
	var parts []string
	for _, v := range []config.Readiness{config.Failed, config.Passed, config.NotApplicable} {
		parts = append(parts, fmt.Sprintf("%s: %d", v, counts[v]))
	}
	heading := list.File + ": " + verdict + " (" + strings.Join(parts, ", ") + ")"
	return writePage(sys, render.Page{Heading: []string{heading}, Sheets: []render.Sheet{sheet}})
}

// age is a flag for a duration that may be given in days.
type age time.Duration

func (a *age) String() string { return days(time.Duration(*a)) }
func (a *age) Type() string   { return "duration" }

func (a *age) Set(s string) error {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		v, err := strconv.Atoi(n)
		if err != nil || v < 1 || v > 36500 {
			return fmt.Errorf("%q is no number of days from 1 to 36500", s)
		}
		*a = age(time.Duration(v) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no age, like 30d or 12h", s)
	}
	*a = age(v)
	return nil
}
