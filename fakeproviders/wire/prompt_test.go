package wire_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// prompt makes a tracked prompt of texts.
func prompt(texts ...string) *wire.Prompt {
	p := &wire.Prompt{Track: true}
	for _, t := range texts {
		p.Text([]byte(t))
	}
	return p
}

func TestPromptCountsAndRemembersItsBeginnings(t *testing.T) {
	block := strings.Repeat("abc ", wire.BlockTokens)
	for name, row := range map[string]struct {
		texts          []string
		tokens, blocks int
	}{
		"empty":                 {nil, 0, 0},
		"less than a block":     {[]string{block[:len(block)-4]}, 127, 0},
		"one block":             {[]string{block}, 128, 1},
		"a block in two texts":  {[]string{block[:100], block[100:]}, 128, 1},
		"two and a half blocks": {[]string{block + block, block[:256]}, 320, 2},
		"a rounded-up end":      {[]string{"abcde", block[:504]}, 2 + 126, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := prompt(row.texts...)
			require.Equal(t, row.tokens, p.Tokens)
			require.Len(t, p.Prefixes, row.blocks)
		})
	}
	one, two := prompt(block, block+"x"), prompt(block, block+"y")
	require.Equal(t, one.Prefixes, two.Prefixes, "they differ after the second block")
	other := prompt("z"+block[1:], block)
	require.NotEqual(t, one.Prefixes[0], other.Prefixes[0])
	require.NotEqual(t, one.Prefixes[1], other.Prefixes[1], "a prefix depends on all before it")
}

func TestPromptMarks(t *testing.T) {
	p := prompt("system text")
	p.Mark()
	q := prompt("system text")
	q.Mark()
	p.Text([]byte("one"))
	q.Text([]byte("two"))
	require.Equal(t, p.Marks, q.Marks)
	require.Equal(t, 3, p.Marks[0].Tokens)
	for range 10 {
		p.Mark()
	}
	require.Len(t, p.Marks, 4, "bounded")
	untracked := wire.Prompt{}
	untracked.Text([]byte("abcde"))
	untracked.Mark()
	require.Equal(t, wire.Prompt{Tokens: 2}, untracked)
}

func TestPromptAdd(t *testing.T) {
	p, q := &wire.Prompt{Track: true}, &wire.Prompt{Track: true}
	p.Add(300, 1)
	q.Add(300, 2)
	require.Equal(t, 300, p.Tokens)
	require.Len(t, p.Prefixes, 2)
	require.NotEqual(t, p.Prefixes, q.Prefixes)
}
