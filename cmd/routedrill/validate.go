package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

func validateCommand(sys system) *cobra.Command {
	var world string
	var set, policies []string
	cmd := &cobra.Command{
		Use:   "validate SCENARIO...",
		Short: "Check scenario files without running them",
		Long: "Check scenarios, and with --policy router files against them, without running anything.\n" +
			"Every error names file, line and field, and the nearest valid word.",
		Example: "  routedrill validate drills/outage.yaml\n  routedrill validate openai-2024-12-11 --policy router.yaml",
		Args:    scenarioNames,
		RunE: func(_ *cobra.Command, args []string) error {
			var errs []error
			for _, arg := range args {
				bad, err := validate(sys, arg, world, set, policies)
				if err != nil {
					return err // stdout cannot be written
				}
				errs = append(errs, bad)
			}
			if err := errors.Join(errs...); err != nil {
				return &exit{codeUsage, err}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&world, "world", "", "world to check against instead of the scenario's own")
	cmd.Flags().StringArrayVar(&set, "set", nil, "change of the scenario before it is read, as key.path=value (repeatable)")
	cmd.Flags().StringArrayVar(&policies, "policy", nil, "router file or built-in policy to check against the scenario (repeatable)")
	return cmd
}

// validate checks what one argument names and says what is valid. What is wrong
// with it is bad; err is a failure to say so.
func validate(sys system, arg, world string, set, policies []string) (bad, err error) {
	names, err := scenarios.Expand(arg)
	if err != nil {
		return err, nil
	}
	var errs []error
	for _, name := range names {
		s, err := scenarios.Load(name, scenarios.Options{World: world, Set: set, ReadFile: readFile}, sim.Vocabulary())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		findings, err := sim.Validate(s, policies, readFile, openFile)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		text := fmt.Sprintf("%s: valid (%s, events: %d, world %s)\n", s.File, trimDuration(s.Duration.String()), len(s.Timeline), s.WorldName)
		for _, f := range findings {
			text += fmt.Sprintf("%s: finding: %s\n", s.File, f)
		}
		if _, err := io.WriteString(sys.stdout, text); err != nil {
			return nil, err
		}
	}
	return errors.Join(errs...), nil
}
