package wire

import "github.com/routedrill/routedrill/router/wire/gemini"

// Gemini is the name of Google's Gemini API.
const Gemini = "gemini"

var geminiAPI = &translated{
	path: gemini.Path, header: gemini.Header, lacks: gemini.Lacks, chat: gemini.Chat, embed: gemini.Embed,
	result: gemini.Result, readError: gemini.ReadError,
	decoder: func() decoder { return new(gemini.Decoder) },
}
