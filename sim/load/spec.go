package load

import (
	"math"
	"strconv"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/sim/internal/trace"
)

// Spec is what one request asks for, and how much it really needs.
//
// Its prompt is Prefix tokens that it shares with others and then a text. The
// text is named by Space and Text, the prefix by Task and PrefixOf. Of two with
// equal names the shorter one is the beginning of the longer one; two with
// different names differ within their first TagTokens tokens.
type Spec struct {
	Task         uint16 // index of the scenario's tasks
	Model        uint16 // 1 + index of the plan's models; 0 is the task's model
	Space        uint16 // what Text counts in: SpaceArrivals, SpaceSessions or the prompts of a task
	Stream       bool
	PromptTokens uint32 // at least 1, the prefix included
	OutputTokens uint32 // of the whole answer, before max_tokens cuts it; 0 for embeddings
	MaxTokens    uint32 // 0 means no limit is asked for
	Text         uint32 // which text of its space
	Prefix       uint32 // tokens of the prefix, fewer than PromptTokens; 0 for embeddings
	PrefixOf     uint32 // 0 is the prefix of the whole task, n that of its tenant n
	Tenant       uint32 // on whose behalf, from 1; 0 names nobody
}

// Spaces that texts are counted in. Tasks are fewer than 1000.
const (
	SpaceArrivals uint16 = 0    // each arrival has its own text
	spaceTasks    uint16 = 1    // the prompts of the first task
	SpaceSessions uint16 = 1000 // what is said in each conversation
	SpacePrefixes uint16 = 2000 // the prefixes of the first task
)

// TagTokens is how many tokens at its beginning tell a text from all others.
const TagTokens = 4

// TenantName is what a tenant is called. Names in a trace stay out of requests:
// they may be those of real people.
func TenantName(n uint32) string { return "tenant-" + strconv.FormatUint(uint64(n), 10) }

// spec draws request i of a task.
func (d *draws) spec(seed uint64, i, task int) Spec {
	t := &d.tasks[task]
	s := Spec{Task: uint16(task), Stream: t.Stream, MaxTokens: uint32(t.MaxTokens), Text: uint32(i), Prefix: uint32(t.SharedPrefix)}
	size := keyed.Hash(seed, "prompt", "", "", i)
	if t.Prompts.Distinct > 0 {
		s.Space, s.Text = spaceTasks+s.Task, rank(t.Prompts, seed, "which prompt", i)
		size = keyed.Hash(seed, "prompt", t.Name, "", int(s.Text)) // equal prompts are equally long
	}
	s.PromptTokens = tokens(d.prompt[task], size)
	if s.Prefix > 0 {
		s.PromptTokens = max(s.PromptTokens, s.Prefix+TagTokens)
	}
	if t.Tenants.Distinct > 0 {
		s.Tenant = rank(t.Tenants, seed, "tenant", i)
	}
	if t.Endpoint != "embeddings" {
		s.OutputTokens = tokens(d.output[task], keyed.Hash(seed, "output", "", "", i))
	}
	return s
}

// maxTokens bounds a drawn size: no heavy tail makes a prompt of a gigabyte.
const maxTokens = 10_000_000

func tokens(d latency.Dist, hash uint64) uint32 {
	if d == nil {
		return 1
	}
	n := math.Round(d.Quantile(keyed.Uniform(hash)))
	return uint32(min(max(n, 1), maxTokens))
}

// newcomers numbers the tenants and sessions of a trace by their first row.
type newcomers struct{ tenants, sessions map[string]uint32 }

// number returns the number of a name, from 1.
func number(seen map[string]uint32, name string) uint32 {
	n, ok := seen[name]
	if !ok {
		n = uint32(len(seen)) + 1
		seen[name] = n
	}
	return n
}

// with lays row i of a trace over a spec.
func (s Spec) with(row trace.Row, i int, seen *newcomers) Spec {
	if row.Tenant != "" {
		s.Tenant = number(seen.tenants, row.Tenant)
	}
	s = s.prompt(row, i, seen)
	if row.OutputTokens > 0 && s.OutputTokens > 0 {
		s.OutputTokens = uint32(row.OutputTokens)
		// A recorded answer was as long as it was: the task's limit must not cut it.
		s.MaxTokens = 0
	}
	if row.MaxTokens > 0 {
		s.MaxTokens = uint32(row.MaxTokens)
	}
	if row.Stream != nil {
		s.Stream = *row.Stream
	}
	return s
}

// prompt lays the prompt of a row over a spec.
func (s Spec) prompt(row trace.Row, i int, seen *newcomers) Spec {
	switch {
	case row.Session != "":
		// Each turn of a conversation begins with what was said before it.
		s.Space, s.Text = SpaceSessions, number(seen.sessions, row.Session)
	case row.PromptTokens > 0:
		// It has a size of its own, so it repeats none that was drawn.
		s.Space, s.Text = SpaceArrivals, uint32(i)
		if cached := uint32(row.CachedTokens); cached > s.Prefix && s.OutputTokens > 0 {
			s.Prefix, s.PrefixOf = cached, s.Tenant
		}
	}
	if row.PromptTokens > 0 {
		s.PromptTokens = uint32(row.PromptTokens)
		s.Prefix = min(s.Prefix, max(s.PromptTokens, TagTokens)-TagTokens)
	}
	return s
}
