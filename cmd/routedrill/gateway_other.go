//go:build !unix

package main

import (
	"context"

	"github.com/routedrill/routedrill/sim"
)

// gatewayCommand needs process groups.
func gatewayCommand(string, *sim.Target) func(context.Context) (func(), error) {
	return func(context.Context) (func(), error) {
		return nil, usage("--target-cmd is for Unix: it ends gateways by their process groups")
	}
}
