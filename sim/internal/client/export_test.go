package client

import (
	"io"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// PromptText is the prompt of a request without its envelope.
func PromptText(task scenarios.Task, spec load.Spec) string {
	b, err := io.ReadAll(newPrompt(&task, spec))
	if err != nil {
		panic(err) // it reads from memory
	}
	return string(b)
}
