package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/report/schema"
)

func schemaCommand(sys system) *cobra.Command {
	forms := map[string]func() []byte{"result": schema.Result, "diff": schema.Diff}
	return &cobra.Command{
		Use:       "schema result|diff",
		Short:     "Print the JSON Schema of what is written",
		Long:      "Print the JSON Schema of result.json, which run writes, or of diff.json, which diff writes.",
		Example:   "  routedrill schema result > result.v1.json",
		ValidArgs: []string{"result", "diff"},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || forms[args[0]] == nil {
				return usage("name one schema: result or diff")
			}
			if _, err := sys.stdout.Write(forms[args[0]]()); err != nil {
				return fmt.Errorf("cannot write: %w", err)
			}
			return nil
		},
	}
}
