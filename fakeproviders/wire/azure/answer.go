package azure

import (
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// What the content filter says of texts. Its words for prompts also tell whether
// the prompt tries to break out.
const (
	harmless  = `"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"}`
	peaceful  = `"violence":{"filtered":false,"severity":"safe"}`
	safe      = `{"hate":{"filtered":false,"severity":"safe"},` + harmless + `,` + peaceful + `}`
	violent   = `{"hate":{"filtered":false,"severity":"safe"},` + harmless + `,"violence":{"filtered":true,"severity":"medium"}}`
	jailbreak = `"jailbreak":{"detected":false,"filtered":false}`

	safePrompt = `{"hate":{"filtered":false,"severity":"safe"},` + jailbreak + `,` + harmless + `,` + peaceful + `}`
	badPrompt  = `{"hate":{"filtered":false,"severity":"safe"},` + jailbreak + `,` + harmless +
		`,"violence":{"filtered":true,"severity":"medium"}}`

	promptResults = `"prompt_filter_results":[{"prompt_index":0,"content_filter_results":` + safePrompt + `}]`
)

// firstChunk begins a stream: it tells of the prompt and has no choices.
const firstChunk = `data: {"choices":[],"created":0,"id":"","model":"","object":"",` + promptResults + "}\n\n"

// extra is what the content filter adds to an answer.
func extra(a *wire.Answer) openai.Extra {
	x := openai.Extra{
		Text: `,"content_filter_results":` + safe, Choice: `,"content_filter_results":{}`, Answer: `,` + promptResults,
	}
	if a.Finish == wire.ContentFilter {
		x.Text = `,"content_filter_results":` + violent
	}
	return x
}

// AppendAnswer implements wire.API.
func (api API) AppendAnswer(dst []byte, c *wire.Call, a *wire.Answer) []byte {
	switch c.Endpoint {
	case wire.Chat:
		return openai.AppendChat(dst, a, extra(a))
	case wire.Completions:
		return openai.AppendCompletion(dst, a, extra(a))
	}
	return api.API.AppendAnswer(dst, c, a)
}

// Stream implements wire.API.
func (api API) Stream(c *wire.Call, r *wire.Request, a *wire.Answer, scratch []byte) wire.Stream {
	if c.Endpoint == wire.Responses {
		return api.API.Stream(c, r, a, scratch)
	}
	return stream{openai.NewStream(a, c.Endpoint, r.IncludeUsage, scratch, extra(a))}
}

// stream is a stream of OpenAI's with a chunk before it.
type stream struct{ *openai.Stream }

// AppendOpen implements wire.Stream.
func (s stream) AppendOpen(dst []byte) []byte {
	return s.Stream.AppendOpen(append(dst, firstChunk...))
}
