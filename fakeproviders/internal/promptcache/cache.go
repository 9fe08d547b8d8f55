package promptcache

import (
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// BlockTokens is the length of the blocks of [Prompt.Prefixes].
	BlockTokens = 128
	// Lookback is how many content blocks before a mark are looked at.
	Lookback = 20
	// MaxEntries is the largest bound of a cache.
	MaxEntries = 1 << 24

	defaultMinTokens = 1024
	defaultTTL       = 5 * time.Minute
	defaultEntries   = 1 << 16
)

// Mode is how prefixes are chosen.
type Mode string

// The modes; the package comment explains them.
const (
	Automatic Mode = "automatic"
	Explicit  Mode = "explicit"
)

// Config describes the cache of one target. The zero Config is a usable one.
type Config struct {
	Mode       Mode          // empty = Automatic
	MinTokens  int           // shortest prefix that is kept; 0 = 1024
	TTL        time.Duration // life of an entry; 0 = 5 minutes
	FixedTTL   bool          // life counts from the write; false = from the last use
	BillWrites bool          // Automatic bills writes, as Explicit always does
	Entries    int           // most prefixes that are kept, up to MaxEntries; 0 = 65,536
}

// Mark is the end of a prefix.
type Mark struct {
	Tokens int    // its length
	Hash   uint64 // of everything in it
}

// Prompt is what a request sends. Hashes must cover all that comes before them
// and whatever else makes prefixes differ, such as the model and the tools. It is
// only read, and not kept.
type Prompt struct {
	Tokens   int
	Prefixes []uint64 // Automatic: the hash after each whole block of BlockTokens
	Marks    []Mark   // Explicit: the cache_control breakpoints, shortest first
	Blocks   []Mark   // Explicit: the ends of all content blocks, shortest first; nil = only marks are looked up
}

// Cache holds prefixes. A nil *Cache holds nothing. It is safe for concurrent use.
type Cache struct {
	mode     Mode
	min      int
	ttl      time.Duration
	fixed    bool
	bill     bool
	mu       sync.Mutex
	now      time.Duration
	prefixes *simplelru.LRU[uint64, time.Duration] // until when each lives
}

// New returns an empty cache. The error names the field.
func New(c Config) (*Cache, error) {
	switch {
	case c.Mode != "" && c.Mode != Automatic && c.Mode != Explicit:
		return nil, fmt.Errorf("promptcache: mode is %q, must be %s or %s", c.Mode, Automatic, Explicit)
	case c.MinTokens < 0:
		return nil, fmt.Errorf("promptcache: min tokens is %d, must not be negative", c.MinTokens)
	case c.TTL < 0:
		return nil, fmt.Errorf("promptcache: ttl is %v, must not be negative", c.TTL)
	case c.Entries < 0 || c.Entries > MaxEntries:
		return nil, fmt.Errorf("promptcache: entries is %d, must be 0 to %d", c.Entries, MaxEntries)
	}
	if c.Mode == "" {
		c.Mode = Automatic
	}
	if c.MinTokens == 0 {
		c.MinTokens = defaultMinTokens
	}
	if c.TTL == 0 {
		c.TTL = defaultTTL
	}
	if c.Entries == 0 {
		c.Entries = defaultEntries
	}
	prefixes, err := simplelru.NewLRU[uint64, time.Duration](c.Entries, nil)
	if err != nil {
		return nil, fmt.Errorf("promptcache: %w", err)
	}
	return &Cache{
		mode: c.Mode, min: c.MinTokens, ttl: c.TTL, fixed: c.FixedTTL,
		bill: c.BillWrites || c.Mode == Explicit, prefixes: prefixes,
	}, nil
}

// Lookup returns how many tokens of the prompt are read from the cache and how
// many of the rest are billed as written to it: at most prompt.Tokens together.
// What it reads counts as used. It stores nothing.
func (c *Cache) Lookup(now time.Duration, p Prompt) (read, written int) {
	if c == nil || p.Tokens < c.min {
		return 0, 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = max(c.now, now)
	stored := 0
	if c.mode == Automatic {
		read, stored = c.readBlocks(p.blocks())
	} else {
		read, stored = c.readMarks(&p)
	}
	if c.bill {
		written = max(stored-read, 0)
	}
	return read, written
}

// Store keeps the prompt's prefixes. It is to be called when the answer begins.
func (c *Cache) Store(now time.Duration, p Prompt) {
	if c == nil || p.Tokens < c.min {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = max(c.now, now)
	// The longest first, so that it goes first: without those before it, it is of
	// no use.
	if c.mode == Automatic {
		blocks := p.blocks()
		for i := len(blocks) - 1; i >= c.firstBlock(); i-- {
			c.keep(blocks[i])
		}
		return
	}
	for i := len(p.Marks) - 1; i >= 0; i-- {
		if c.cacheable(p.Marks[i], &p) {
			c.keep(p.Marks[i].Hash)
		}
	}
}

// blocks returns the hashes of the whole blocks of the prompt.
func (p *Prompt) blocks() []uint64 {
	return p.Prefixes[:min(len(p.Prefixes), p.Tokens/BlockTokens)]
}

// firstBlock is the index of the first block that ends a prefix long enough.
func (c *Cache) firstBlock() int { return (c.min+BlockTokens-1)/BlockTokens - 1 }

// readBlocks returns the tokens up to the last block that is there with all
// before it, and the tokens that the prompt stores.
func (c *Cache) readBlocks(blocks []uint64) (read, stored int) {
	first := c.firstBlock()
	if len(blocks) <= first {
		return 0, 0
	}
	end := first
	for end < len(blocks) && c.alive(blocks[end]) {
		end++
	}
	for i := end - 1; i >= first; i-- {
		c.use(blocks[i])
	}
	if end > first {
		read = end * BlockTokens
	}
	return read, len(blocks) * BlockTokens
}

// readMarks returns the tokens up to the longest prefix that is there at a mark
// or near before one, and the tokens up to the last mark.
func (c *Cache) readMarks(p *Prompt) (read, stored int) {
	block := len(p.Blocks) - 1
	for i := len(p.Marks) - 1; i >= 0; i-- {
		m := p.Marks[i]
		if !c.cacheable(m, p) {
			continue
		}
		stored = max(stored, m.Tokens)
		if read > 0 { // a shorter prefix of what is read is used with it
			if m.Tokens < read && c.alive(m.Hash) {
				c.use(m.Hash)
			}
			continue
		}
		if c.alive(m.Hash) {
			read = m.Tokens
			c.use(m.Hash)
			continue
		}
		for block >= 0 && p.Blocks[block].Tokens >= m.Tokens {
			block--
		}
		for k := block; k >= 0 && k > block-(Lookback-1); k-- {
			if b := p.Blocks[k]; c.cacheable(b, p) && c.alive(b.Hash) {
				read = b.Tokens
				c.use(b.Hash)
				break
			}
		}
	}
	return read, stored
}

// cacheable says whether a prefix can be kept at all.
func (c *Cache) cacheable(m Mark, p *Prompt) bool { return m.Tokens >= c.min && m.Tokens <= p.Tokens }

func (c *Cache) alive(hash uint64) bool {
	until, ok := c.prefixes.Peek(hash)
	return ok && until > c.now
}

// use marks a living prefix as used.
func (c *Cache) use(hash uint64) {
	if c.fixed {
		c.prefixes.Get(hash)
	} else {
		c.prefixes.Add(hash, c.now+c.ttl)
	}
}

// keep adds a prefix, or uses it if it is there.
func (c *Cache) keep(hash uint64) {
	if c.fixed && c.alive(hash) {
		c.prefixes.Get(hash)
	} else {
		c.prefixes.Add(hash, c.now+c.ttl)
	}
}
