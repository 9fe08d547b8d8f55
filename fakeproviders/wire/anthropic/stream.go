package anthropic

import (
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// stream writes the events of a streamed message.
type stream struct{ a *wire.Answer }

// Stream returns the stream of an answer. The scratch is not used.
func (API) Stream(_ *wire.Call, _ *wire.Request, a *wire.Answer, _ []byte) wire.Stream {
	return stream{a}
}

// AppendOpen appends message_start, content_block_start and ping; an answer
// without content has no block.
func (s stream) AppendOpen(dst []byte) []byte {
	a := s.a
	dst = append(dst, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"...)
	dst = appendMessage(dst, a)
	dst = append(dst, "[],\"stop_reason\":null,\"stop_sequence\":null"...)
	if u := &a.Usage; !u.Missing {
		dst = appendCacheCreation(appendInputUsage(dst, u), u)
		dst = append(append(dst, ",\"output_tokens\":1"...), serviceTier...)
	}
	dst = append(dst, "}}\n\n"...)
	if a.OutputTokens > 0 {
		dst = append(dst, "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":"...)
		if a.Tool == "" {
			dst = append(dst, "{\"type\":\"text\",\"text\":\"\"}"...)
		} else {
			dst = append(appendToolUse(dst, a), "{}}"...)
		}
		dst = append(dst, "}\n\n"...)
	}
	dst = append(dst, "event: ping\ndata: {\"type\":\"ping\"}\n\n"...)
	if a.Tool != "" && a.OutputTokens > 0 {
		// The service begins every input with an empty piece.
		dst = append(append(dst, inputDelta...), deltaEnd...)
	}
	return dst
}

// AppendStart appends nothing.
func (s stream) AppendStart(dst []byte) []byte { return dst }

const (
	delta      = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
	textDelta  = delta + "\"text_delta\",\"text\":\""
	inputDelta = delta + "\"input_json_delta\",\"partial_json\":\""
	deltaEnd   = "\"}}\n\n"
)

// AppendTokens appends one content_block_delta.
func (s stream) AppendTokens(dst []byte, from, to int) []byte {
	if s.a.Tool == "" {
		dst = wire.AppendFiller(append(dst, textDelta...), s.a.ID, from, to)
	} else {
		dst = wire.AppendArgs(append(dst, inputDelta...), s.a.ID, s.a.PlannedArgs, from, to)
	}
	return append(dst, deltaEnd...)
}

// AppendFinish appends content_block_stop and message_delta.
func (s stream) AppendFinish(dst []byte) []byte {
	a := s.a
	if a.OutputTokens > 0 {
		dst = append(dst, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"...)
	}
	dst = append(dst, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\""...)
	dst = append(dst, stopReason(a.Finish)...)
	dst = append(dst, "\",\"stop_sequence\":null}"...)
	if u := &a.Usage; !u.Missing {
		dst = appendOutputUsage(appendInputUsage(dst, u), u)
		dst = append(dst, '}')
	}
	return append(dst, "}\n\n"...)
}

// AppendDone appends message_stop.
func (s stream) AppendDone(dst []byte) []byte {
	return append(dst, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"...)
}

// AppendError appends an event error, which has no request id.
func (s stream) AppendError(dst []byte, e *wire.Error) []byte {
	dst = append(dst, "event: error\ndata: "...)
	body := e.Body
	if e.IDAt > len(bodyTail) && e.IDAt <= len(body) {
		dst = append(dst, body[:e.IDAt-len(bodyTail)]...)
		return append(dst, "}\n\n"...)
	}
	return append(append(dst, body...), "\n\n"...)
}
