package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/router/front"
)

const keyHelp = `Make an API key for a client of 'routedrill serve': the key, which is shown once and
kept nowhere, and its hash, which stands in the config file. Who reads the file
has no key.

  server:
    keys:
      NAME: {hash: HASH}`

func keyCommand(sys system) *cobra.Command {
	return &cobra.Command{
		Use:     "key",
		Short:   "Make an API key for a client of serve, and its hash",
		Long:    keyHelp,
		Example: "  routedrill key",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("key takes no arguments")
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error {
			key, hash := front.NewKey()
			_, err := fmt.Fprintf(sys.stdout, "key:  %s\nhash: %s\n", key, hash)
			return err
		},
	}
}
