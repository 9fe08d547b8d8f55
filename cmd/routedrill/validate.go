package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

func validateCommand(sys system) *cobra.Command {
	var world string
	var set, policies []string
	readiness := readyFlags{maxAge: 30 * 24 * time.Hour}
	cmd := &cobra.Command{
		Use:   "validate FILE...",
		Short: "Check scenarios, worlds, router files and projects without running them",
		Long: "Check scenarios, worlds, router files and " + scenarios.ProjectName + " without running anything; with\n" +
			"--policy router files against scenarios. What a file is, is told by its keys. Every error names file, line\n" +
			"and field, and the nearest valid word.\n\n" +
			"A router file is checked as serve does at its start, but without the environment: whether each ${NAME}\n" +
			"is set, each ${file:PATH} is there and the operators' token is long enough, only serve says. One that\n" +
			"leaves base_urls or routes to a drill's world is valid, and what serve would refuse is a finding.\n\n" +
			"With --ready, whether a router file is ready for an outage: each item of the list passes, fails\n" +
			"or does not apply, with the reason and the line. The exit code is 99 if one fails.",
		Example: "  routedrill validate drills/outage.yaml ours-world.yaml router.yaml routedrill.yaml\n" +
			"  routedrill validate openai-2024-12-11 --policy router.yaml\n" +
			"  routedrill validate --ready router.yaml --last-drill results --max-age 30d",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name a FILE, or one of 'routedrill list' (see 'routedrill validate --help')")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if readiness.on {
				if world != "" || len(policies) > 0 || len(set) > 0 {
					return usage("--world, --policy and --set are for scenarios, and --ready is about router files")
				}
				return ready(sys, args, &readiness)
			}
			for _, name := range []string{"format", "last-drill", "max-age"} {
				if cmd.Flags().Changed(name) {
					return usage("--%s is for --ready", name)
				}
			}
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
	cmd.Flags().BoolVar(&readiness.on, "ready", false, "list what a router needs to stand an outage, and whether the file has it")
	cmd.Flags().StringVar(&readiness.format, "format", "table", "of --ready: table or json")
	cmd.Flags().StringVar(&readiness.drill, "last-drill", "", "of --ready: the --out directory of the last run")
	cmd.Flags().Var((*age)(&readiness.maxAge), "max-age", "of --ready: how old that run may be, like 30d or 12h")
	return cmd
}

// validate checks what one argument names and says what is valid. What is wrong
// with it is bad; err is a failure to say so.
func validate(sys system, arg, world string, set, policies []string) (bad, err error) {
	kind := scenarios.Kind(arg, readFile)
	if kind != scenarios.ScenarioFile {
		if world != "" || len(policies) > 0 || kind != scenarios.WorldFile && len(set) > 0 {
			return usage("%s is a %s: --world, --policy and --set are for scenarios", arg, kind), nil
		}
		text, bad := "", error(nil)
		switch kind {
		case scenarios.WorldFile:
			text, bad = validateWorld(arg, set)
		case scenarios.RouterFile:
			text, bad = validateRouter(arg)
		case scenarios.ProjectFile:
			text, bad = validateProject(arg)
		case scenarios.ScenarioFile: // below
		}
		_, err := io.WriteString(sys.stdout, visible(text))
		return bad, err
	}
	names, err := expand(arg)
	if err != nil {
		return err, nil
	}
	var errs []error
	for _, name := range names {
		if name != arg { // of a glob, whose files may be of any kind
			bad, err := validate(sys, name, world, set, policies)
			if err != nil {
				return nil, err
			}
			errs = append(errs, bad)
			continue
		}
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
		text := fmt.Sprintf("%s: valid scenario (%s, events: %d, world %s)\n", s.File, trimDuration(s.Duration.String()), len(s.Timeline), s.WorldName)
		for _, f := range findings {
			text += fmt.Sprintf("%s: finding: %s\n", s.File, f)
		}
		if _, err := io.WriteString(sys.stdout, visible(text)); err != nil {
			return nil, err
		}
	}
	return errors.Join(errs...), nil
}

// validateWorld checks a world by itself.
func validateWorld(name string, set []string) (text string, bad error) {
	s, err := scenarios.LoadWorld(name, scenarios.Options{Set: set, ReadFile: readFile}, sim.Vocabulary())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: valid world (providers: %d, routes: %d, tasks: %d)\n",
		s.File, len(s.World.Providers), len(s.World.Routes), len(s.World.Tasks)), nil
}

// validateRouter checks a router's file by itself. What `serve` would miss in one that
// leaves it to a drill's world is a finding and no error.
func validateRouter(name string) (text string, bad error) {
	data, err := readFile(name)
	if err != nil {
		return "", err
	}
	file, err := config.Load(name, data)
	if err != nil {
		return "", err
	}
	refused, err := checkRouter(file)
	if err != nil {
		return "", err
	}
	text = fmt.Sprintf("%s: valid router file (providers: %d, routes: %d, strategy %s)\n",
		name, len(file.Providers), len(file.Routes), file.Policy.Strategy)
	for _, w := range append(file.Warnings(), file.Unlisted()...) {
		text += fmt.Sprintf("%s: finding: %s\n", name, w)
	}
	for _, e := range refused {
		text += fmt.Sprintf("%s: finding: for drills only, serve refuses it: %s\n", name, e)
	}
	return text, nil
}
