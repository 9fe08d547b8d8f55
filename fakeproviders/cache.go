package fakeproviders

import (
	"time"

	"github.com/routedrill/routedrill/fakeproviders/internal/promptcache"
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// lookUp finds out how much of the prompt the model's prompt cache holds, and
// how much of it the attempt will write there.
func (a *attempt) lookUp(now time.Duration) {
	if a.model.cache == nil || a.entry.Endpoint == wire.Embeddings {
		return
	}
	read, written := a.model.cache.Lookup(now, a.prefixes())
	a.entry.CachedTokens = min(a.scaled(read), a.req.Prompt.Tokens)
	a.entry.CacheWriteTokens = min(a.scaled(written), a.req.Prompt.Tokens-a.entry.CachedTokens)
}

// remember writes the prompt into the cache, once, when the answer begins: no
// other request can read it sooner.
func (a *attempt) remember(now time.Duration) {
	if a.model.cache == nil || a.remembered || a.entry.Endpoint == wire.Embeddings {
		return
	}
	a.remembered = true
	a.model.cache.Store(now, a.prefixes())
}

// prefixes is the prompt in the model's reference tokens: caches compare text,
// whatever a tokenizer makes of it.
func (a *attempt) prefixes() promptcache.Prompt {
	p := &a.req.Prompt
	return promptcache.Prompt{Tokens: a.promptLength, Prefixes: p.Prefixes, Marks: p.Marks, Blocks: p.Blocks}
}
