package wire

import (
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/gemini"
)

// Gemini is the name of Google's Gemini API.
const Gemini = "gemini"

var geminiAPI = &translated{
	path: gemini.Path, header: gemini.Header, lacks: gemini.Lacks, chat: geminiChat, embed: gemini.Embed,
	result: gemini.Result, readError: gemini.ReadError,
	decoder: func() decoder { return new(gemini.Decoder) },
}

func geminiChat(c *llm.ChatRequest, t Target, _ int64, _ bool) []byte { return gemini.Chat(c, t.Model) }
