package client

import (
	"strings"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// filler is text whose every 4 bytes are one simulated token. It needs no
// escapes in JSON.
var filler = []byte(strings.Repeat("the cat saw one dog and two big red owl fly ", 400))

// TagLen is the length of a tag in bytes.
const TagLen = load.TagTokens * bytesPerToken

// tag is the beginning of a text that tells it from all others: words of three
// letters, each with its space a token.
type tag [TagLen]byte

// tagOf names text number n of a space. The number's lowest digits come first,
// so that texts too short for the whole tag differ too, if they can.
func tagOf(space uint16, n uint64) (t tag) {
	const letters, word = 26, 26 * 26 * 26
	for i := 0; i < len(t); i += bytesPerToken {
		digits := n % word
		n /= word
		if i == len(t)-bytesPerToken {
			digits = uint64(space)
		}
		t[i] = 'a' + byte(digits%letters)
		t[i+1] = 'a' + byte(digits/letters%letters)
		t[i+2] = 'a' + byte(digits/letters/letters)
		t[i+3] = ' '
	}
	return t
}

// text is its tag and then filler.
type text struct {
	size int // bytes
	tag  tag
}

// from returns a stretch of the text that begins at byte off; empty at its end.
func (t *text) from(off int) []byte {
	if off < len(t.tag) {
		return t.tag[off:max(off, min(len(t.tag), t.size))]
	}
	at := off % len(filler)
	return filler[at:min(len(filler), at+t.size-off)]
}

// Tag is the text that tells a request from those with other texts: the beginning
// of its question, or of its first input. It is TagLen bytes long, or a
// whole text that is shorter. Requests with equal texts have equal tags.
func Tag(task *scenarios.Task, spec load.Spec) string {
	b := newPrompt(task, spec)
	first := 0
	if b.prefix > 0 {
		first = 1
	}
	t := b.text(first)
	return string(t.from(0))
}
