// Package promptcache is the cache of prompt prefixes that a provider keeps for
// one target: it decides how many input tokens of a request are billed as read
// from it, and how many as written to it.
//
// Each target has its own [Cache], empty at the start, so a failover to another
// target meets a cold one.
//
//	read, write := cache.Lookup(now, prompt) // when the request is served
//	cache.Store(now, prompt)                 // when its answer begins
//
// What a request stores can be read only after [Cache.Store], so of requests in
// parallel each pays for the whole prompt until the first answer has begun.
//
// # Modes
//
// [Automatic] keeps the prefixes of whole blocks of 128 tokens from the minimum
// on, and reads the longest run of them that is there. A block without those
// before it is of no use. Nothing is billed as written unless [Config.BillWrites].
//
// [Explicit] keeps the prefixes that end at a mark (cache_control) and are of
// the minimum length, and reads the longest one that is there, at a mark or at
// the end of one of the 20 content blocks before it, if those are given. Tokens
// between there and the last mark are billed as written. So a conversation whose
// one mark moves with each turn reads what the turn before wrote.
//
// An entry lives for TTL after its last use, or after it was written with
// [Config.FixedTTL]. Beyond [Config.Entries] the least recently used goes first,
// of one prompt the longest prefix first.
//
// # What services do
//
//	OpenAI     prompts of 1,024 tokens or more; hits in steps of 128; kept for 5
//	           to 10 minutes of inactivity, an hour at most, or 24 h with
//	           extended retention; writes cost nothing extra up to GPT-5.5, and
//	           1.25 times the input price from GPT-5.6 on
//	           https://developers.openai.com/api/docs/guides/prompt-caching
//	           https://developers.openai.com/cookbook/examples/prompt_caching_201
//	           https://developers.openai.com/api/docs/changelog
//	Azure      at least 1,024 tokens, 5 to 10 minutes, an hour at most
//	           https://learn.microsoft.com/azure/ai-foundry/openai/how-to/prompt-caching
//	Anthropic  at the cache_control marks, 4 at most, with a look back over 20
//	           blocks; at least 512 tokens (Opus 5), 1,024 (Sonnet 4 and 4.5, Opus
//	           4, 4.1 and 4.8), 2,048 (Haiku 3.5) or 4,096 (Opus 4.5 and 4.6,
//	           Haiku 4.5); 5 minutes or an hour, renewed by each use; a write
//	           costs 1.25 times the input price for 5 minutes and 2 times for an
//	           hour, a read 0.1 times; an entry is there once the first response
//	           has begun
//	           https://platform.claude.com/docs/en/build-with-claude/prompt-caching
//	Gemini     implicit caching from 2,048 tokens on (2.5; when it came, 1,024 for
//	           2.5 Flash) or 4,096 (3 and later); writes and storage cost nothing
//	           https://ai.google.dev/gemini-api/docs/caching
//	           https://developers.googleblog.com/en/gemini-2-5-models-now-support-implicit-caching/
//
// Left out: the machine a prompt is routed to (OpenAI spreads a prefix that is
// asked for more than about 15 times a minute over several, and each is cold at
// first), and marks of different TTL in one prompt.
//
// # Rules
//
// Nothing here waits, draws or reads a clock: now is the caller's position on
// the timeline. The outcome depends on the order of the calls alone. The memory
// is bounded by Entries. All methods are safe for concurrent use.
package promptcache
