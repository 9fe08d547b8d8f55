package wire

import "github.com/routedrill/routedrill/router/wire/anthropic"

// Anthropic is the name of Anthropic's Messages API.
const Anthropic = "anthropic"

var anthropicAPI = &translated{
	path: anthropic.Path, header: anthropic.Header, lacks: anthropic.Lacks, chat: anthropic.Chat,
	result: anthropic.Result, readError: anthropic.ReadError,
	decoder: func() decoder { return new(anthropic.Decoder) },
}
