package wire

import (
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/anthropic"
)

// Anthropic is the name of Anthropic's Messages API.
const Anthropic = "anthropic"

var anthropicAPI = &translated{
	path: anthropic.Path, header: anthropic.Header, lacks: anthropic.Lacks, chat: anthropicChat,
	result: anthropic.Result, readError: anthropic.ReadError,
	decoder: func() decoder { return new(anthropic.Decoder) },
}

func anthropicChat(c *llm.ChatRequest, t Target, prompt int64, stream bool) []byte {
	return anthropic.Chat(c, t.Model, room(t, prompt), stream)
}

// room is how long an answer may be when the client does not say: as long as the
// model can give, but less where prompt and answer together might not fit its
// context, which is an error. The prompt is taken for twice its estimate, since
// that is no count. 0 means not known.
func room(t Target, prompt int64) int64 {
	most := int64(t.MaxOutput)
	if left := int64(t.Context) - 2*prompt; most > 0 && t.Context > 0 && left < most {
		return min(most, max(left, anthropic.DefaultMaxTokens))
	}
	return most
}
