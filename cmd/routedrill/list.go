package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
)

func listCommand(sys system) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the library's scenarios, worlds, presets and policies",
		Long:    "List the scenarios, worlds, provider presets and policies that are built in. Any of\nthem can be named where one is asked for.",
		Example: "  routedrill list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			width := terminal(sys).Width
			// What is tried with one fault each comes last: it is long, and for those
			// who write a policy rather than for those who choose a drill.
			all, conduct := []scenarios.Summary(nil), []scenarios.Summary(nil)
			for _, s := range scenarios.List() {
				if s.Group == "conduct" {
					s.Group = "conduct (one fault each)"
					conduct = append(conduct, s)
					continue
				}
				all = append(all, s)
			}
			for _, w := range scenarios.Worlds() {
				w.Group = "worlds"
				all = append(all, w)
			}
			for _, p := range scenarios.Presets() {
				p.Group = "presets"
				all = append(all, p)
			}
			for _, p := range config.Builtins() {
				f, err := config.Builtin(p)
				if err != nil {
					return err
				}
				all = append(all, scenarios.Summary{Name: p, Group: "policies", Summary: f.Summary})
			}
			return printList(sys, append(all, conduct...), width)
		},
	}
}

func printList(sys system, all []scenarios.Summary, width int) error {
	widest := 0
	for _, s := range all {
		widest = max(widest, len(s.Name))
	}
	group := "\x00"
	for _, s := range all {
		if s.Group != group {
			if group != "\x00" {
				if _, err := fmt.Fprintln(sys.stdout); err != nil {
					return err
				}
			}
			group = s.Group
			title := group
			if title == "" {
				title = "scenarios"
			}
			if _, err := fmt.Fprintf(sys.stdout, "%s\n", title); err != nil {
				return err
			}
		}
		text := s.Summary
		if s.Duration > 0 {
			text = fmt.Sprintf("%s (%s)", text, trimDuration(s.Duration.String()))
		}
		lines := wrap(text, width-widest-4)
		for i, line := range lines {
			name := s.Name
			if i > 0 {
				name = ""
			}
			if _, err := fmt.Fprintf(sys.stdout, "  %-*s  %s\n", widest, name, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// trimDuration turns 6h0m0s into 6h.
func trimDuration(s string) string {
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// wrap breaks text at spaces so that no line is longer than width, if it can.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
