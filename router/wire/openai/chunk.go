package openai

import (
	"strconv"

	"github.com/routedrill/routedrill/router/llm"
)

// Done is the terminal event of a stream.
const Done = "data: [DONE]\n\n"

// AppendRole appends the event that begins a choice of a chat; completions have
// none.
func AppendRole(out []byte, h *Head, choice int) []byte {
	if h.Endpoint == llm.Completions {
		return out
	}
	out = h.begin(out, choice)
	out = append(out, `"delta":{"role":"assistant","content":"","refusal":null}`...)
	return h.end(out, "")
}

// AppendDelta appends the event of one delta.
func AppendDelta(out []byte, h *Head, d *llm.Delta) []byte {
	out = h.begin(out, d.Choice)
	switch {
	case h.Endpoint == llm.Completions:
		out = appendString(append(out, `"text":`...), d.Text)
	case d.Call != nil:
		out = append(out, `"delta":{"tool_calls":[{"index":`...)
		out = append(strconv.AppendInt(out, int64(d.Call.Index), 10), ',')
		if d.Call.ID != "" {
			out = appendCall(out, &d.Call.Call)
		} else {
			out = appendString(append(out, `"function":{"arguments":`...), d.Call.Arguments)
			out = append(out, '}')
		}
		out = append(out, "}]}"...)
	case d.Text != "":
		out = appendString(append(out, `"delta":{"content":`...), d.Text)
		out = append(out, '}')
	default:
		out = append(out, `"delta":{}`...)
	}
	return h.end(out, d.Finish)
}

// AppendUsageEvent appends the event with nothing but usage.
func AppendUsageEvent(out []byte, h *Head, u llm.Usage) []byte {
	out = append(h.append(append(out, "data: "...), h.object()), `,"choices":[],"usage":`...)
	return append(appendUsage(out, u), "}\n\n"...)
}

func (h *Head) object() string {
	if h.Endpoint == llm.Completions {
		return "text_completion"
	}
	return "chat.completion.chunk"
}

func (h *Head) begin(out []byte, choice int) []byte {
	out = append(h.append(append(out, "data: "...), h.object()), `,"choices":[{"index":`...)
	return append(strconv.AppendInt(out, int64(choice), 10), ',')
}

func (h *Head) end(out []byte, finish llm.Finish) []byte {
	out = append(out, `,"logprobs":null,"finish_reason":`...)
	if finish == "" {
		out = append(out, "null}]"...)
	} else {
		out = append(append(append(out, '"'), finish...), `"}]`...)
	}
	if h.Usage {
		out = append(out, `,"usage":null`...)
	}
	return append(out, "}\n\n"...)
}
