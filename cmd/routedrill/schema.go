package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/report/schema"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// schemaKinds are the files that have a schema: those a user writes, then those
// that are written.
var schemaKinds = []string{"scenario", "world", "config", "project", "preset", "result", "diff"}

func schemaCommand(sys system) *cobra.Command {
	return &cobra.Command{
		Use:   "schema " + strings.Join(schemaKinds, "|"),
		Short: "Print a JSON Schema: of scenarios, worlds and configs for editors, of what is written",
		Long: "Print the JSON Schema of the files you write, scenario, world, config and project, for\n" +
			"completion and checks in an editor; or of what run writes, result.json, and what diff does, diff.json.\n" +
			"An editor with a YAML language server reads it where the file's first line says so:\n\n" +
			"  # yaml-language-server: $schema=scenario.schema.json",
		Example: "  routedrill schema scenario > scenario.schema.json\n" +
			"  routedrill schema result > result.v1.json",
		ValidArgs: schemaKinds,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one schema: %s", strings.Join(schemaKinds, ", "))
			}
			text, err := schemaText(args[0])
			if err != nil {
				return err
			}
			if _, err := sys.stdout.Write(text); err != nil {
				return fmt.Errorf("cannot write: %w", err)
			}
			return nil
		},
	}
}

// schemaText is the schema of that kind of file.
func schemaText(kind string) ([]byte, error) {
	var s any
	switch kind {
	case "result":
		return schema.Result(), nil
	case "diff":
		return schema.Diff(), nil
	case "scenario":
		s = scenarios.ScenarioSchema(sim.Vocabulary())
	case "world":
		s = scenarios.WorldSchema(sim.Vocabulary())
	case "project":
		s = scenarios.ProjectSchema(sim.Vocabulary())
	case "preset":
		s = scenarios.PresetSchema(sim.Vocabulary())
	case "config":
		s = config.Schema()
	default:
		return nil, usage("name one schema: %s", strings.Join(schemaKinds, ", "))
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("the schema of a %s: %w", kind, err)
	}
	return append(data, '\n'), nil
}
