package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router/llm"
)

// The capabilities a [Model] may have.
const (
	Tools      = "tools"       // it can ask for tools to be called
	Vision     = "vision"      // it takes images
	JSONSchema = "json_schema" // its answers can be bound to a schema
	Prefill    = "prefill"     // it goes on from the beginning of an answer
)

// Capabilities returns every capability, in a fixed order. The slice is the
// caller's.
func Capabilities() []string { return []string{Tools, Vision, JSONSchema, Prefill} }

// tokenBytes is how long a token is at most in any prose; see lacks.
const tokenBytes = 5

// picky reports whether there are requests the target could not serve.
func (t *target) picky() bool {
	return t.capabilities != nil || t.context > 0 || t.maxOutput > 0 || !t.passes
}

// lacks says what target t lacks for the request of y; "" when it lacks nothing.
// A context is too small only if the prompt does not fit at five bytes to the
// token, which is more than prose has in any language: a request that might fit
// is worth a try, since the provider counts better.
func (t *target) lacks(y *relay, n *llm.Needs) string {
	switch {
	case t.url(y.endpoint, y.req.Stream) == nil:
		return y.endpoint.String()
	case y.endpoint == embeddings && t.space != y.plan.space:
		return "the route's embedding space " + y.plan.space
	case n.Tools && !t.can(Tools):
		return Tools
	case n.Vision && !t.can(Vision):
		return Vision
	case n.JSONSchema && !t.can(JSONSchema):
		return JSONSchema
	case n.Prefill && !t.can(Prefill):
		return Prefill
	case t.maxOutput > 0 && n.MaxTokens > int64(t.maxOutput):
		return fmt.Sprintf("output of %d tokens (it has %d)", n.MaxTokens, t.maxOutput)
	}
	if least := n.TextBytes/tokenBytes + n.MaxTokens; t.context > 0 && least > int64(t.context) {
		return fmt.Sprintf("context for at least %d tokens (it has %d)", least, t.context)
	}
	return t.api.Lacks(y.req)
}

func (t *target) can(capability string) bool {
	return t.capabilities == nil || slices.Contains(t.capabilities, capability)
}

// fit takes the targets out of the plan that lack something the request needs.
// It reports whether any is left, and else what each lacks.
func (y *relay) fit() (why string, ok bool) {
	y.targets = y.plan.targets
	if !y.plan.picky && (y.endpoint != embeddings || !y.plan.spaces) {
		return "", true
	}
	var fit []*target
	var reasons []string
	needs := y.req.Needs()
	for i, t := range y.plan.targets {
		lacks := t.lacks(y, &needs)
		if lacks == "" {
			if reasons != nil {
				fit = append(fit, t)
			}
			continue
		}
		if reasons == nil {
			fit = slices.Clone(y.plan.targets[:i])
		}
		reasons = append(reasons, t.name+" lacks "+lacks)
	}
	if reasons != nil {
		y.targets = fit
	}
	const most = 10 // of a message for people
	if n := len(reasons); n > most {
		reasons = append(reasons[:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(reasons, "; "), len(y.targets) > 0
}
