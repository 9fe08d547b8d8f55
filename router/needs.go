package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router/audit"
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

// tokenChars is how many characters a token of ordinary text has at most, in any
// language; see unfit.
const tokenChars = 5

// unfit says why target t cannot serve the request of y; "" when it can.
// A context is too small only if the prompt does not fit by a count that is
// surely too low: a request that might fit is worth a try, since the provider
// counts better.
func (t *target) unfit(y *relay, n *llm.Needs) string {
	most := y.req.MaxTokens
	switch {
	case t.url(y.endpoint, y.req.Stream) == nil:
		return "has no " + y.endpoint.String()
	case y.endpoint == embeddings && t.space != y.plan.easy.space:
		return "is not of the route's embedding space " + y.plan.easy.space
	case n.Tools && !t.can(Tools):
		return "lacks " + Tools
	case n.Vision && !t.can(Vision):
		return "lacks " + Vision
	case n.JSONSchema && !t.can(JSONSchema):
		return "lacks " + JSONSchema
	case n.Prefill && !t.can(Prefill):
		return "lacks " + Prefill
	case t.maxOutput > 0 && most > int64(t.maxOutput):
		return fmt.Sprintf("lacks output of %d tokens (it has %d)", most, t.maxOutput)
	}
	if least := n.TextChars/tokenChars + most; t.context > 0 && least > int64(t.context) {
		return fmt.Sprintf("lacks context for at least %d tokens (it has %d)", least, t.context)
	}
	return t.api.Unfit(y.req)
}

// explains reports whether the request itself explains an answer that holds
// nothing: by a limit of its own if the answer was cut, and else by its stop
// sequences. A provider's limit explains nothing: another may have a larger one.
func (y *relay) explains(cut bool) bool {
	if cut {
		return y.req.MaxTokens > 0
	}
	return y.req.Stops
}

func (t *target) can(capability string) bool {
	return t.capabilities == nil || slices.Contains(t.capabilities, capability)
}

// easy is what every target of a plan takes for certain, so that most requests
// need no closer look.
type easy struct {
	closed             bool   // nothing is certain: a target lacks a capability, or takes another API than the client's
	space              string // of embeddings: the first target's that has any
	spaces             bool   // a target's embeddings are of another space
	context, maxOutput int    // the smallest; 0 means none is known
}

func (e *easy) add(t *target) {
	e.closed = e.closed || t.capabilities != nil || !t.passes
	e.context, e.maxOutput = smaller(e.context, t.context), smaller(e.maxOutput, t.maxOutput)
	switch {
	case t.url(embeddings, false) == nil:
	case e.space == "":
		e.space = t.space
	case e.space != t.space:
		e.spaces = true
	}
}

// smaller is the smaller of two limits, of which 0 is none.
func smaller(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

func (e *easy) suits(y *relay) bool {
	most := y.req.MaxTokens
	return !e.closed && (y.endpoint != embeddings || !e.spaces) &&
		(e.maxOutput == 0 || most <= int64(e.maxOutput)) &&
		(e.context == 0 || y.req.PromptEstimate+most <= int64(e.context))
}

// fit takes the targets out of the plan that lack something the request needs, or
// where its tenant's requests may not go. It reports whether any is left, and
// else why each is out, and whether one of them could have served: barred, by a
// limit of the tenant or by the route's residency.
func (y *relay) fit() (why string, barred, ok bool) {
	y.targets = y.plan.targets
	easy := y.plan.easy.suits(y)
	if easy && y.tenant == nil {
		return "", false, true
	}
	var needs llm.Needs
	if !easy {
		needs = y.req.Needs()
	}
	var fit []*target
	for i, t := range y.plan.targets {
		out := ""
		if !easy {
			out = t.unfit(y, &needs)
		}
		if out == "" {
			if out = y.tenant.bars(t); out != "" {
				barred = true
				y.skip(t, y.rec.Start, audit.TenantLimit)
			}
		}
		if out == "" {
			if y.unfit != nil {
				fit = append(fit, t)
			}
			continue
		}
		if y.unfit == nil {
			fit = slices.Clone(y.plan.targets[:i])
		}
		y.unfit = append(y.unfit, audit.Candidate{Target: t.name, Out: out})
	}
	if y.unfit == nil {
		return "", false, true
	}
	if y.targets = fit; len(fit) > 0 {
		return "", false, true
	}
	reasons := y.unfit
	for _, t := range y.plan.outside {
		out := t.unfit(y, &needs)
		if out == "" {
			out, barred = outsideResidency, true
		}
		reasons = append(reasons, audit.Candidate{Target: t.name, Out: out})
	}
	return inWords(reasons), barred, false
}

// outsideResidency is why a target is out that is in another region than the
// route's requests may go to.
const outsideResidency = "is outside the route's residency"

// inWords says why candidates are out, for people.
func inWords(out []audit.Candidate) string {
	const most = 10
	var reasons []string
	for i, c := range out {
		if i == most {
			reasons = append(reasons, fmt.Sprintf("and %d more", len(out)-most))
			break
		}
		reasons = append(reasons, c.Target+": "+c.Out)
	}
	return strings.Join(reasons, "; ")
}
