package gemini

import (
	"bytes"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// stream writes the chunks of a streamed answer.
type stream struct{ a *wire.Answer }

// Stream returns the stream of an answer. The scratch is not used.
func (API) Stream(_ *wire.Call, _ *wire.Request, a *wire.Answer, _ []byte) wire.Stream {
	return stream{a}
}

const (
	chunkHead = "data: " + candidateHead
	chunkEnd  = "\r\n\r\n"
)

// AppendOpen appends nothing: a stream begins with its first chunk.
func (s stream) AppendOpen(dst []byte) []byte { return dst }

// AppendStart appends nothing.
func (s stream) AppendStart(dst []byte) []byte { return dst }

// AppendTokens appends a chunk of text with the usage so far. A function call is
// in one chunk, with its last token; before, and where it is cut, there is none.
func (s stream) AppendTokens(dst []byte, from, to int) []byte {
	a := s.a
	if a.Tool != "" && (to < a.OutputTokens || cut(a)) {
		return dst
	}
	dst = append(dst, chunkHead...)
	if a.Tool == "" {
		dst = wire.AppendFiller(append(dst, textHead...), a.ID, from, to)
		dst = append(dst, textEnd...)
	} else {
		dst = appendCall(dst, a)
	}
	dst = append(dst, "\"index\":0}]"...)
	return s.appendEnd(dst, to)
}

// AppendFinish appends the chunk with the finish reason and the whole usage.
func (s stream) AppendFinish(dst []byte) []byte {
	a := s.a
	dst = append(dst, chunkHead...)
	if a.OutputTokens == 0 || a.Tool != "" {
		dst = appendNoContent(dst, a)
	} else {
		dst = append(append(dst, textHead...), textEnd...)
	}
	return s.appendEnd(appendFinish(dst, a), a.Usage.Output-a.Usage.Reasoning)
}

// appendEnd appends the usage with the visible tokens so far, and ends a chunk.
func (s stream) appendEnd(dst []byte, visible int) []byte {
	dst = appendTail(appendUsage(dst, &s.a.Usage, visible), s.a)
	return append(dst, chunkEnd...)
}

// AppendDone appends nothing: the service ends a stream by ending it.
func (s stream) AppendDone(dst []byte) []byte { return dst }

// AppendError appends an error as a chunk.
func (s stream) AppendError(dst []byte, e *wire.Error) []byte {
	dst = append(append(dst, "data: "...), bytes.TrimSpace(e.Body)...)
	return append(dst, chunkEnd...)
}
