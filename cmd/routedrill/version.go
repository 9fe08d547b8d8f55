package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

func versionCommand(sys system) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version, the Go release and the architecture",
		Long:    "Print what equal results depend on: the version of routedrill, the Go release it was\nbuilt with, and the architecture.",
		Example: "  routedrill version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(sys.stdout, versionLine())
			return err
		},
	}
}

func versionLine() string {
	return fmt.Sprintf("routedrill %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
