package openai

import (
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// ResponseStream writes the named events of a streamed response, numbered from
// zero. There is no [DONE]: response.completed, response.incomplete or
// response.failed is the last event. It is not safe for concurrent use.
type ResponseStream struct {
	answer *wire.Answer
	number int    // of the next event
	index  int    // of the item with the text or the call
	head   []byte // `,"item_id":...,"delta":"`
}

// NewResponseStream returns the stream of an answer. Head is reused as scratch
// space for as long as the stream lives; nil is fine.
func NewResponseStream(a *wire.Answer, head []byte) *ResponseStream {
	s := &ResponseStream{answer: a}
	if a.Usage.Reasoning > 0 {
		s.index = 1
	}
	s.head = append(s.appendPlace(head[:0]), ",\"delta\":\""...)
	return s
}

// appendPlace appends the fields that say which part of which item an event is about.
func (s *ResponseStream) appendPlace(dst []byte) []byte {
	dst = append(dst, ",\"item_id\":\""...)
	dst = appendItemID(dst, s.answer)
	dst = append(dst, "\",\"output_index\":"...)
	dst = strconv.AppendInt(dst, int64(s.index), 10)
	if s.answer.Tool == "" {
		dst = append(dst, ",\"content_index\":0"...)
	}
	return dst
}

// appendEvent appends the beginning of an event: its name, type and number.
func (s *ResponseStream) appendEvent(dst []byte, name string) []byte {
	dst = append(dst, "event: "...)
	dst = append(dst, name...)
	dst = append(dst, "\ndata: {\"type\":\""...)
	dst = append(dst, name...)
	dst = append(dst, "\",\"sequence_number\":"...)
	dst = strconv.AppendInt(dst, int64(s.number), 10)
	s.number++
	return dst
}

// end closes an event.
const end = "}\n\n"

// appendState appends an event about the response as a whole.
func (s *ResponseStream) appendState(dst []byte, name, status string, bad *Error) []byte {
	dst = s.appendEvent(dst, name)
	dst = append(dst, ",\"response\":"...)
	return append(appendResponse(dst, s.answer, status, bad), end...)
}

// appendItemEvent appends the beginning of an event that carries a whole item.
func (s *ResponseStream) appendItemEvent(dst []byte, name string, index int) []byte {
	dst = s.appendEvent(dst, name)
	dst = append(dst, ",\"output_index\":"...)
	dst = strconv.AppendInt(dst, int64(index), 10)
	return append(dst, ",\"item\":"...)
}

// AppendOpen appends what the service sends as soon as it has accepted a request:
// the response has been made and is worked on.
func (s *ResponseStream) AppendOpen(dst []byte) []byte {
	dst = s.appendState(dst, "response.created", inProgress, nil)
	return s.appendState(dst, "response.in_progress", inProgress, nil)
}

// AppendStart appends the events before the first token: the reasoning is over, the
// item with the answer begins.
func (s *ResponseStream) AppendStart(dst []byte) []byte {
	a := s.answer
	if a.Usage.Reasoning > 0 {
		dst = append(appendReasoning(s.appendItemEvent(dst, "response.output_item.added", 0), a), end...)
		dst = append(appendReasoning(s.appendItemEvent(dst, "response.output_item.done", 0), a), end...)
	}
	if silent(a) {
		return dst
	}
	dst = append(appendItem(s.appendItemEvent(dst, "response.output_item.added", s.index), a, inProgress), end...)
	if a.Tool == "" {
		dst = s.appendPlace(s.appendEvent(dst, "response.content_part.added"))
		dst = append(appendPart(append(dst, ",\"part\":"...), a, 0), end...)
	}
	return dst
}

// AppendTokens appends the event of the tokens from (included) to to (excluded).
func (s *ResponseStream) AppendTokens(dst []byte, from, to int) []byte {
	a := s.answer
	switch {
	case silent(a):
		return dst
	case a.Tool == "":
		dst = append(s.appendEvent(dst, "response.output_text.delta"), s.head...)
		dst = wire.AppendFiller(dst, a.ID, from, to)
		return append(dst, "\",\"logprobs\":[]"+end...)
	}
	dst = append(s.appendEvent(dst, "response.function_call_arguments.delta"), s.head...)
	dst = wire.AppendArgs(dst, a.ID, a.PlannedArgs, from, to)
	return append(dst, "\""+end...)
}

// AppendFinish appends the events that repeat what has been said as a whole.
func (s *ResponseStream) AppendFinish(dst []byte) []byte {
	a := s.answer
	switch {
	case silent(a):
		return dst
	case a.Tool == "":
		dst = s.appendPlace(s.appendEvent(dst, "response.output_text.done"))
		dst = wire.AppendFiller(append(dst, ",\"text\":\""...), a.ID, 0, a.OutputTokens)
		dst = append(dst, "\",\"logprobs\":[]"+end...)
		dst = s.appendPlace(s.appendEvent(dst, "response.content_part.done"))
		dst = append(appendPart(append(dst, ",\"part\":"...), a, a.OutputTokens), end...)
	default:
		dst = s.appendPlace(s.appendEvent(dst, "response.function_call_arguments.done"))
		dst = wire.AppendArgs(append(dst, ",\"arguments\":\""...), a.ID, a.PlannedArgs, 0, a.OutputTokens)
		dst = append(dst, "\""+end...)
	}
	return append(appendItem(s.appendItemEvent(dst, "response.output_item.done", s.index), a, ending(a)), end...)
}

// AppendDone appends the event that ends the response, with its usage.
func (s *ResponseStream) AppendDone(dst []byte) []byte {
	status := ending(s.answer)
	return s.appendState(dst, "response."+status, status, nil)
}

// AppendError appends what the service sends when a response fails under way: an
// error event, with the error nested as in an error body, and the failed response.
func (s *ResponseStream) AppendError(dst []byte, e *wire.Error) []byte {
	bad := fromBody(e)
	dst = append(s.appendEvent(dst, "error"), ",\"error\":"...)
	dst = append(appendErrorObject(dst, bad), end...)
	return s.appendState(dst, "response.failed", failed, bad)
}

// fromBody reads an error back from its body. A body that is no error of the
// service becomes a server error.
func fromBody(e *wire.Error) *Error {
	o := gjson.GetBytes(e.Body, "error")
	if !o.IsObject() {
		return FromStatus(500)
	}
	return &Error{Status: e.Status, Message: o.Get("message").Str, Type: o.Get("type").Str, Param: o.Get("param").Str, Code: o.Get("code").Str}
}
