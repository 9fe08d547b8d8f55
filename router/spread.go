package router

import (
	"cmp"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/headroom"
)

// spread spares the targets whose quota does not seem to hold the request: they
// go behind the others before they answer 429, and not after. They still serve
// what nothing else can, since an estimate may be wrong. A job leaves a part of each
// quota to others.
func (y *relay) spread(now time.Time) {
	need := y.need()
	y.spare(now, audit.QuotaNear, func(t *target) bool {
		return !t.headroom.Holds(need, now) || y.jobID != "" && !t.leavesQuota(now)
	})
}

// need is what the request takes of a quota: vendors that count tokens count the
// prompt and what the answer may have, when the request comes.
func (y *relay) need() headroom.Need {
	n := headroom.Need{Input: y.req.PromptEstimate}
	if y.endpoint != embeddings {
		n.Output = cmp.Or(y.req.MaxTokens, usualOutput)
	}
	return n
}
