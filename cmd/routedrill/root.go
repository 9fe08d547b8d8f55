package main

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// version of the program. It stands in every report, since equal bytes are
// promised for equal inputs and equal versions only.
const version = "0.1.0"

// system is what the program uses of its surroundings.
type system struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	plain          *bool // --plain; nil is false
}

const rootHelp = `routedrill rehearses LLM-provider outages.

Fake providers with scripted latency, errors and rate limits answer a real
routing and failover engine under load. On the virtual clock, the default, six
hours take seconds and equal inputs give equal bytes; on the wall clock the same
engine and the same fakes talk over loopback sockets in real time.`

const exitHelp = `Exit codes:
  0    every threshold held
  1    unexpected error
  2    usage, or an invalid file
  97   inconclusive: a fault hit nothing, or a metric had no samples
  98   an invariant is broken
  99   a threshold was crossed
  130  interrupted; results are partial`

// execute runs the program and returns its exit code.
func execute(args []string, sys system) int {
	root := &cobra.Command{
		Use:           "routedrill",
		Short:         "Rehearse LLM-provider outages against a real failover engine",
		Long:          rootHelp + "\n\n" + exitHelp,
		Example:       "  routedrill run openai-2024-12-11\n  routedrill list\n  routedrill validate drills/*.yaml",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	sys.plain = root.PersistentFlags().Bool("plain", false, "tables and timelines in words and plain characters, for screen readers and old terminals")
	root.SetVersionTemplate(versionLine())
	root.SetOut(sys.stdout)
	root.SetErr(sys.stderr)
	root.SetArgs(args)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%s (see '%s --help')", plainly(err), cmd.CommandPath())
	})
	root.AddCommand(runCommand(sys), diffCommand(sys), reportCommand(sys), serveCommand(sys), keyCommand(sys), fakeCommand(sys), fitCommand(sys), listCommand(sys), initCommand(sys), validateCommand(sys), schemaCommand(sys), versionCommand(sys))
	err := root.Execute()
	if err == nil {
		return codePass
	}
	code, quiet := exitCode(err)
	if !quiet {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: %s\n", visible(strings.ReplaceAll(err.Error(), "\n\t", "\n  "))) // as cobra's suggestions are indented
		newAnnotations(sys).invalid(err)
	}
	return code
}

// ofGo is how Go's own parsers put what they did not understand.
var ofGo = regexp.MustCompile(`(strconv\.\w+: parsing|time: (invalid|unknown|missing) .*duration) .*$`)

// plainly says what was wrong with a flag's value in words of the user's.
func plainly(err error) string {
	text := err.Error()
	want := "a whole number in range"
	switch {
	case strings.Contains(text, "time: "):
		want = "a duration, like 60s or 5m"
	case strings.Contains(text, "ParseBool"):
		want = "true or false"
	}
	return ofGo.ReplaceAllString(text, "want "+want)
}

// visible escapes what a terminal would act on or not show, but line ends: the
// names of files, which errors repeat, may hold anything.
func visible(text string) string {
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		if r == '\n' || strconv.IsPrint(r) && (r != utf8.RuneError || size > 1) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.Quote(text[i : i+size])
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
