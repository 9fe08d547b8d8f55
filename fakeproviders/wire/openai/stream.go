package openai

import (
	"bytes"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// Stream writes the events of a streamed chat or text completion. The parts all
// events share are rendered once. It is not safe for concurrent use.
type Stream struct {
	answer *wire.Answer
	chat   bool
	usage  bool   // the caller asked for include_usage
	head   []byte // `data: {...,` up to choices
	extra  Extra
}

// NewStream returns the stream of an answer, whose chunks carry what x adds to
// choices. Head is reused as scratch space for as long as the stream lives; nil
// is fine.
func NewStream(a *wire.Answer, endpoint string, includeUsage bool, head []byte, x Extra) *Stream {
	s := &Stream{answer: a, chat: endpoint == wire.Chat, usage: includeUsage, extra: x}
	head = append(head[:0], "data: {\"id\":\""...)
	if s.chat {
		head = wire.AppendID(append(head, "chatcmpl-"...), a.ID, 28)
		head = append(head, "\",\"object\":\"chat.completion.chunk\",\"created\":"...)
	} else {
		head = wire.AppendID(append(head, "cmpl-"...), a.ID, 28)
		head = append(head, "\",\"object\":\"text_completion\",\"created\":"...)
	}
	head = strconv.AppendInt(head, a.Created, 10)
	head = append(head, ",\"model\":"...)
	head = gjson.AppendJSONString(head, a.Model)
	if s.chat {
		head = append(head, ",\"service_tier\":\"default\""...)
	}
	head = append(head, ",\"system_fingerprint\":\"fp_routedrill\",\"choices\":["...)
	s.head = head
	return s
}

// AppendOpen appends, on chat, the event that states the role and, of a tool call,
// its id and name; nothing otherwise.
func (s *Stream) AppendOpen(dst []byte) []byte {
	if !s.chat {
		return dst
	}
	dst = append(dst, s.head...)
	if s.answer.Tool == "" {
		dst = append(dst, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}"...)
	} else {
		dst = append(dst, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"call_"...)
		dst = wire.AppendID(dst, s.answer.ID+1, 24)
		dst = append(dst, "\",\"type\":\"function\",\"function\":{\"name\":"...)
		dst = gjson.AppendJSONString(dst, s.answer.Tool)
		dst = append(dst, ",\"arguments\":\"\"}}],\"refusal\":null}"...)
	}
	return s.appendTail(dst, "", s.extra.Choice)
}

// AppendStart appends nothing.
func (s *Stream) AppendStart(dst []byte) []byte { return dst }

// AppendTokens appends the event of the tokens from (included) to to (excluded).
func (s *Stream) AppendTokens(dst []byte, from, to int) []byte {
	dst = append(dst, s.head...)
	switch {
	case !s.chat:
		dst = append(dst, "{\"text\":\""...)
		dst = wire.AppendFiller(dst, s.answer.ID, from, to)
		dst = append(dst, "\",\"index\":0"...)
	case s.answer.Tool == "":
		dst = append(dst, "{\"index\":0,\"delta\":{\"content\":\""...)
		dst = wire.AppendFiller(dst, s.answer.ID, from, to)
		dst = append(dst, "\"}"...)
	default:
		dst = append(dst, "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\""...)
		dst = wire.AppendArgs(dst, s.answer.ID, s.answer.PlannedArgs, from, to)
		dst = append(dst, "\"}}]}"...)
	}
	return s.appendTail(dst, "", s.extra.of(s.answer))
}

// AppendFinish appends the event with the finish reason, and the usage where it
// was asked for.
func (s *Stream) AppendFinish(dst []byte) []byte {
	dst = append(dst, s.head...)
	if s.chat {
		dst = append(dst, "{\"index\":0,\"delta\":{}"...)
	} else {
		dst = append(dst, "{\"text\":\"\",\"index\":0"...)
	}
	dst = s.appendTail(dst, s.answer.Finish, s.extra.Choice)
	if s.usage && !s.answer.Usage.Missing {
		dst = append(dst, s.head...)
		dst = append(dst, ']')
		dst = appendUsage(dst, &s.answer.Usage)
		dst = append(dst, "}\n\n"...)
	}
	return dst
}

// AppendDone appends the end mark.
func (s *Stream) AppendDone(dst []byte) []byte { return append(dst, "data: [DONE]\n\n"...) }

// AppendError appends an error in place of a chunk.
func (s *Stream) AppendError(dst []byte, e *wire.Error) []byte { return AppendErrorEvent(dst, e) }

// AppendErrorEvent appends an error as an event of its own: each line of its body
// is a line of data.
func AppendErrorEvent(dst []byte, e *wire.Error) []byte {
	for line := range bytes.Lines(bytes.TrimRight(e.Body, "\n")) {
		dst = append(append(dst, "data: "...), bytes.TrimRight(line, "\r\n")...)
		dst = append(dst, '\n')
	}
	return append(dst, '\n')
}

// appendTail closes the choice and the event.
func (s *Stream) appendTail(dst []byte, finish, extra string) []byte {
	dst = append(dst, extra...)
	dst = append(dst, ",\"logprobs\":null,\"finish_reason\":"...)
	if finish == "" {
		dst = append(dst, "null}]"...)
	} else {
		dst = append(dst, '"')
		dst = append(dst, finish...)
		dst = append(dst, "\"}]"...)
	}
	if s.usage {
		dst = append(dst, ",\"usage\":null"...)
	}
	return append(dst, "}\n\n"...)
}
