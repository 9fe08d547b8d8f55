package client

import (
	"io"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// PromptText is the prompt of a request without its envelope, and without what separates
// its texts.
func PromptText(task scenarios.Task, spec load.Spec) string {
	p := newPrompt(&task, spec)
	p.between = nil
	b, err := io.ReadAll(p)
	if err != nil {
		panic(err) // it reads from memory
	}
	return string(b)
}
