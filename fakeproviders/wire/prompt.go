package wire

import (
	"github.com/routedrill/routedrill/fakeproviders/internal/promptcache"
	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

const (
	// BytesPerToken is the size of every simulated token: a word of three
	// letters and a space.
	BytesPerToken = 4

	// BlockTokens is the length of the blocks in which prompts are compared: the
	// step in which OpenAI documents its cache to match.
	BlockTokens = promptcache.BlockTokens

	// maxMarks bounds the breakpoints kept of a prompt. Anthropic allows four.
	maxMarks = 4

	// maxBlocks bounds the ends of texts kept of a prompt.
	maxBlocks = 256
)

// Tokens returns the tokens of a text of n bytes.
func Tokens(n int) int { return (n + BytesPerToken - 1) / BytesPerToken }

// Prompt counts the tokens of a prompt: each text counts a token per four bytes,
// rounded up. With Track it also remembers hashes of the prompt's beginnings,
// for prompt caches. The zero value is an empty prompt.
type Prompt struct {
	Tokens   int
	Track    bool     // to be set before the first text
	Prefixes []uint64 // hash of the prompt up to the end of each full block
	Marks    []Mark   // where the caller marked the end of a cacheable beginning
	Blocks   []Mark   // ends of the texts, at most maxBlocks

	hash  uint64
	block int // tokens since the last full block
}

// Mark is the end of a beginning.
type Mark = promptcache.Mark

// Text adds a text, unescaped.
func (p *Prompt) Text(b []byte) {
	p.Tokens += Tokens(len(b))
	if !p.Track {
		return
	}
	for len(b) > 0 {
		n := min(len(b), (BlockTokens-p.block)*BytesPerToken)
		p.hash = keyed.Bytes(p.hash, b[:n])
		if p.block += Tokens(n); p.block == BlockTokens {
			p.Prefixes = append(p.Prefixes, p.hash)
			p.block = 0
		}
		b = b[n:]
	}
	if len(p.Blocks) < maxBlocks {
		p.Blocks = append(p.Blocks, Mark{Tokens: p.Tokens, Hash: p.hash})
	}
}

// Add adds tokens whose content is known by its hash alone.
func (p *Prompt) Add(tokens int, hash uint64) {
	p.Tokens += tokens
	if !p.Track {
		return
	}
	for tokens > 0 {
		n := min(tokens, BlockTokens-p.block)
		p.hash = keyed.Bytes(p.hash^hash, nil)
		if p.block += n; p.block == BlockTokens {
			p.Prefixes = append(p.Prefixes, p.hash)
			p.block = 0
		}
		tokens -= n
	}
}

// Mark notes that the caller wants the prompt up to here cached.
func (p *Prompt) Mark() {
	if p.Track && len(p.Marks) < maxMarks {
		p.Marks = append(p.Marks, Mark{Tokens: p.Tokens, Hash: p.hash})
	}
}
