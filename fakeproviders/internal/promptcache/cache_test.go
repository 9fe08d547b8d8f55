package promptcache_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/internal/promptcache"
	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

func cache(tb testing.TB, c promptcache.Config) *promptcache.Cache {
	tb.Helper()
	made, err := promptcache.New(c)
	require.NoError(tb, err)
	return made
}

// part is so many tokens of one text within a prompt.
type part struct {
	text   string
	tokens int
	mark   bool // a cache_control breakpoint stands at its end
}

// prompt puts parts together as a fake would: a hash after each block and after
// each part. Parts must be whole blocks, except the last.
func prompt(parts ...part) promptcache.Prompt {
	p, h := promptcache.Prompt{}, uint64(1)
	for _, part := range parts {
		for range part.tokens / promptcache.BlockTokens {
			h = keyed.String(h, part.text)
			p.Prefixes = append(p.Prefixes, h)
		}
		p.Tokens += part.tokens
		end := promptcache.Mark{Tokens: p.Tokens, Hash: keyed.String(h, "end "+part.text)}
		p.Blocks = append(p.Blocks, end)
		if part.mark {
			p.Marks = append(p.Marks, end)
		}
	}
	return p
}

func plain(text string, tokens int) part { return part{text, tokens, false} }
func mark(text string, tokens int) part  { return part{text, tokens, true} }

// step looks a prompt up and then stores it, or does only one of the two.
type step struct {
	at            time.Duration
	prompt        promptcache.Prompt
	read, written int
	only          string // lookup, store; empty = both
}

const (
	second = time.Second
	minute = time.Minute
)

func TestCache(t *testing.T) {
	automatic := promptcache.Config{}
	explicit := promptcache.Config{Mode: promptcache.Explicit}
	chat := prompt(plain("system", 1280), plain("question", 726))
	other := prompt(plain("system", 1280), plain("another", 726))
	marked := prompt(mark("system", 1280), plain("question", 726))
	for name, tc := range map[string]struct {
		config promptcache.Config
		steps  []step
	}{
		"cold, then warm": {automatic, []step{
			{at: 0, prompt: chat},
			{at: second, prompt: chat, read: 1920}, // 15 whole blocks of 2006 tokens
		}},
		"the shared prefix in whole blocks": {automatic, []step{
			{at: 0, prompt: chat},
			{at: second, prompt: other, read: 1280},
			{at: 2 * second, prompt: other, read: 1920},
		}},
		"writes can be billed": {promptcache.Config{BillWrites: true}, []step{
			{at: 0, prompt: chat, written: 1920},
			{at: second, prompt: other, read: 1280, written: 640},
			{at: 2 * second, prompt: other, read: 1920},
		}},
		"a prefix below the minimum is of no use": {automatic, []step{
			{at: 0, prompt: prompt(plain("system", 896), plain("question", 1100))},
			{at: second, prompt: prompt(plain("system", 896), plain("another", 1100))},
		}},
		"1023 tokens are not cached": {automatic, []step{
			{at: 0, prompt: prompt(plain("system", 1023))},
			{at: second, prompt: prompt(plain("system", 1023))},
		}},
		"1024 are": {automatic, []step{
			{at: 0, prompt: prompt(plain("system", 1024))},
			{at: second, prompt: prompt(plain("system", 1024)), read: 1024},
		}},
		"a minimum of 4096": {promptcache.Config{MinTokens: 4096}, []step{
			{at: 0, prompt: prompt(plain("system", 4095))},
			{at: second, prompt: prompt(plain("system", 4095))},
			{at: 2 * second, prompt: prompt(plain("system", 4224))},
			{at: 3 * second, prompt: prompt(plain("system", 4224)), read: 4224},
		}},
		"in parallel both pay": {automatic, []step{
			{at: 0, prompt: chat, only: "lookup"},
			{at: second, prompt: chat, only: "lookup"},
			{at: 2 * second, prompt: chat, only: "store"},
			{at: 3 * second, prompt: chat, only: "lookup", read: 1920},
		}},
		"a use renews": {automatic, []step{
			{at: 0, prompt: chat},
			{at: 4 * minute, prompt: chat, read: 1920, only: "lookup"},
			{at: 9*minute - 1, prompt: chat, read: 1920, only: "lookup"},
			{at: 14*minute - 1, prompt: chat, only: "lookup"},
		}},
		"only what is used is renewed": {automatic, []step{
			{at: 0, prompt: chat},
			{at: 4 * minute, prompt: other, read: 1280, only: "lookup"},
			{at: 6 * minute, prompt: chat, read: 1280, only: "lookup"},
		}},
		"a fixed life is not renewed": {promptcache.Config{FixedTTL: true, TTL: time.Hour}, []step{
			{at: 0, prompt: chat},
			{at: 59 * minute, prompt: chat, read: 1920},
			{at: 60 * minute, prompt: chat},
			{at: 61 * minute, prompt: chat, read: 1920},
		}},
		"the bound drops what was not used for longest": {promptcache.Config{Entries: 16}, []step{
			{at: 0, prompt: chat}, // 8 entries, from 1024 tokens to 1920
			{at: 1 * second, prompt: prompt(plain("b", 1920))},
			{at: 2 * second, prompt: chat, read: 1920},
			{at: 3 * second, prompt: prompt(plain("c", 1536))}, // 5 entries push out the longest of b
			{at: 4 * second, prompt: prompt(plain("b", 1920)), read: 1280, only: "lookup"},
			{at: 5 * second, prompt: chat, read: 1920},
		}},
		"a prompt beyond the bound": {promptcache.Config{Entries: 2}, []step{
			{at: 0, prompt: chat},
			{at: second, prompt: chat, read: 1152},
		}},
		"nothing is read without marks": {explicit, []step{
			{at: 0, prompt: chat},
			{at: second, prompt: chat},
		}},
		"a mark is written, then read": {explicit, []step{
			{at: 0, prompt: marked, written: 1280},
			{at: second, prompt: marked, read: 1280},
			{at: 2 * second, prompt: prompt(mark("system", 1280), plain("another", 50)), read: 1280},
		}},
		"a mark below the minimum": {explicit, []step{
			{at: 0, prompt: prompt(mark("tools", 640), mark("system", 640), plain("question", 900)), written: 1280},
			{at: second, prompt: prompt(mark("tools", 640), mark("else", 640), plain("question", 900)), written: 1280},
		}},
		"of two marks the longest that is there": {explicit, []step{
			{at: 0, prompt: prompt(mark("tools", 1280), mark("system", 640), plain("a", 9)), written: 1920},
			{at: second, prompt: prompt(mark("tools", 1280), mark("else", 640), plain("a", 9)), read: 1280, written: 640},
			{at: 2 * second, prompt: prompt(mark("tools", 1280), mark("system", 640), plain("b", 9)), read: 1920},
		}},
		"a shorter mark is used with the longer": {explicit, []step{
			{at: 0, prompt: prompt(mark("tools", 1280), mark("system", 640)), written: 1920},
			{at: 4 * minute, prompt: prompt(mark("tools", 1280), mark("system", 640)), read: 1920, only: "lookup"},
			{at: 8 * minute, prompt: prompt(mark("tools", 1280), mark("else", 640)), read: 1280, written: 640, only: "lookup"},
		}},
		"a moving mark reads the turn before": {explicit, []step{
			{at: 0, prompt: prompt(plain("system", 1280), mark("first", 256)), written: 1536},
			{at: minute, prompt: prompt(plain("system", 1280), plain("first", 256), plain("answer", 128), mark("second", 256)), read: 1536, written: 384},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := cache(t, tc.config)
			for i, s := range tc.steps {
				if s.only != "store" {
					read, written := c.Lookup(s.at, s.prompt)
					require.Equal(t, [2]int{s.read, s.written}, [2]int{read, written}, "step %d", i+1)
				}
				if s.only != "lookup" {
					c.Store(s.at, s.prompt)
				}
			}
		})
	}
}

// The look back from a mark ends after 20 blocks, the mark's own among them.
func TestLookback(t *testing.T) {
	for name, tc := range map[string]struct{ between, read int }{
		"19 blocks on": {18, 1280},
		"20 blocks on": {19, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := cache(t, promptcache.Config{Mode: promptcache.Explicit})
			c.Store(0, prompt(mark("system", 1280)))
			parts := []part{plain("system", 1280)}
			for range tc.between {
				parts = append(parts, plain("turn", 128))
			}
			p := prompt(append(parts, mark("last", 128))...)
			read, written := c.Lookup(1, p)
			require.Equal(t, tc.read, read)
			require.Equal(t, p.Tokens-tc.read, written)
			p.Blocks = nil
			read, _ = c.Lookup(2, p)
			require.Zero(t, read, "without blocks marks alone are looked up")
		})
	}
}

// Each target has its own cache.
func TestFailoverMeetsAColdCache(t *testing.T) {
	here, there := cache(t, promptcache.Config{}), cache(t, promptcache.Config{})
	p := prompt(plain("system", 2048))
	here.Store(0, p)
	read, _ := here.Lookup(1, p)
	require.Equal(t, 2048, read)
	read, _ = there.Lookup(1, p)
	require.Zero(t, read)
}

func TestNilHoldsNothing(t *testing.T) {
	var c *promptcache.Cache
	c.Store(0, prompt(plain("a", 2048)))
	read, written := c.Lookup(1, prompt(plain("a", 2048)))
	require.Zero(t, read+written)
}

func TestConcurrentUse(t *testing.T) {
	c := cache(t, promptcache.Config{Entries: 100})
	var wait sync.WaitGroup
	for _, text := range []string{"a", "b", "c", "d"} {
		wait.Go(func() {
			p := prompt(plain(text, 3000))
			for i := range 200 {
				c.Store(time.Duration(i), p)
				read, _ := c.Lookup(time.Duration(i), p)
				require.Equal(t, 2944, read, "four times 16 entries fit")
			}
		})
	}
	wait.Wait()
}

func TestBadConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		config promptcache.Config
		want   string
	}{
		"mode":        {promptcache.Config{Mode: "implicit"}, `promptcache: mode is "implicit", must be automatic or explicit`},
		"min tokens":  {promptcache.Config{MinTokens: -1}, "promptcache: min tokens is -1, must not be negative"},
		"ttl":         {promptcache.Config{TTL: -1}, "promptcache: ttl is -1ns, must not be negative"},
		"few entries": {promptcache.Config{Entries: -1}, "promptcache: entries is -1, must be 0 to 16777216"},
		"entries":     {promptcache.Config{Entries: 1<<24 + 1}, "promptcache: entries is 16777217, must be 0 to 16777216"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := promptcache.New(tc.config)
			require.EqualError(t, err, tc.want)
			require.Nil(t, c)
		})
	}
}

// FuzzCache plays bytes as prompts that share prefixes: nothing panics, no more
// is read and written than the prompt has, in whole blocks or at ends of parts,
// and what was just stored is read.
func FuzzCache(f *testing.F) {
	f.Add(uint8(0), uint16(0), []byte("aaaaaaaaaaaabaaaaaaaaaaaac"))
	f.Add(uint8(1), uint16(40), []byte("abcdefghijklmnopqrstuvwxyz0123456789"))
	f.Add(uint8(3), uint16(1), []byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, mode uint8, entries uint16, data []byte) {
		config := promptcache.Config{MinTokens: int(mode) * 40, Entries: int(entries), FixedTTL: mode&2 != 0, BillWrites: mode&4 != 0}
		if mode&1 != 0 {
			config.Mode = promptcache.Explicit
		}
		c := cache(t, config)
		now := time.Duration(0)
		for n := 0; len(data) > 0 && n < 50; n++ {
			var parts []part
			size := min(len(data), 1+int(data[0]&15))
			for _, b := range data[:size] {
				parts = append(parts, part{string(rune(b & 3)), 128 * int(b>>3&7), b&64 != 0})
			}
			now += time.Duration(data[0]) * 3 * second
			data = data[size:]
			p := prompt(append(parts, plain("rest", 77))...)
			read, written := c.Lookup(now, p)
			require.GreaterOrEqual(t, read, 0)
			require.GreaterOrEqual(t, written, 0)
			require.LessOrEqual(t, read+written, p.Tokens)
			require.Zero(t, read%promptcache.BlockTokens)
			c.Store(now, p)
			again, written := c.Lookup(now, p)
			if entries == 0 || entries > 300 { // nothing of this prompt or what it read was pushed out
				require.GreaterOrEqual(t, again, read)
				require.Zero(t, written)
			}
		}
	})
}

// BenchmarkLookup is one lookup of a prompt of 3,000 tokens.
func BenchmarkLookup(b *testing.B) {
	p := prompt(mark("tools", 1280), mark("system", 1280), mark("question", 440))
	for name, bc := range map[string]struct {
		mode promptcache.Mode
		warm bool
	}{
		"automatic-cold": {promptcache.Automatic, false}, "automatic-warm": {promptcache.Automatic, true},
		"explicit-cold": {promptcache.Explicit, false}, "explicit-warm": {promptcache.Explicit, true},
	} {
		b.Run(name, func(b *testing.B) {
			c := cache(b, promptcache.Config{Mode: bc.mode})
			for i := range 4000 { // others fill it
				c.Store(0, prompt(mark(string(rune(i+1000)), 3000)))
			}
			if bc.warm {
				c.Store(0, p)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Lookup(1, p)
			}
		})
	}
}

// BenchmarkStore is the storing of a prompt of 3,000 tokens that is there.
func BenchmarkStore(b *testing.B) {
	p := prompt(plain("question", 3000))
	c := cache(b, promptcache.Config{})
	c.Store(0, p)
	b.ReportAllocs()
	for b.Loop() {
		c.Store(1, p)
	}
}
