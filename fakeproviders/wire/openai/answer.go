package openai

import (
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// Extra is what a vendor that speaks this API adds to chat and text completions:
// members in JSON, each with a comma before it. The zero value adds nothing.
type Extra struct {
	Text   string // of a choice with text
	Choice string // of any other choice
	Answer string // of a whole answer
}

// of returns what is added to a choice of an answer.
func (x *Extra) of(a *wire.Answer) string {
	if a.Tool == "" && a.OutputTokens > 0 {
		return x.Text
	}
	return x.Choice
}

// AppendChat appends the body of a chat completion.
func AppendChat(dst []byte, a *wire.Answer, x Extra) []byte {
	dst = append(dst, "{\"id\":\"chatcmpl-"...)
	dst = wire.AppendID(dst, a.ID, 28)
	dst = append(dst, "\",\"object\":\"chat.completion\",\"created\":"...)
	dst = strconv.AppendInt(dst, a.Created, 10)
	dst = append(dst, ",\"model\":"...)
	dst = gjson.AppendJSONString(dst, a.Model)
	dst = append(dst, ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"...)
	if a.Tool == "" {
		dst = append(dst, '"')
		dst = wire.AppendFiller(dst, a.ID, 0, a.OutputTokens)
		dst = append(dst, "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\""...)
	} else {
		dst = append(dst, "null,\"tool_calls\":[{\"id\":\"call_"...)
		dst = wire.AppendID(dst, a.ID+1, 24)
		dst = append(dst, "\",\"type\":\"function\",\"function\":{\"name\":"...)
		dst = gjson.AppendJSONString(dst, a.Tool)
		dst = append(dst, ",\"arguments\":\""...)
		dst = wire.AppendArgs(dst, a.ID, a.PlannedArgs, 0, a.OutputTokens)
		dst = append(dst, "\"}}],\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\""...)
	}
	dst = append(append(dst, a.Finish...), '"')
	dst = append(append(dst, x.of(a)...), "}]"...)
	dst = append(appendUsage(dst, &a.Usage), x.Answer...)
	return append(dst, ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_routedrill\"}\n"...)
}

// AppendCompletion appends the body of a text completion.
func AppendCompletion(dst []byte, a *wire.Answer, x Extra) []byte {
	dst = append(dst, "{\"id\":\"cmpl-"...)
	dst = wire.AppendID(dst, a.ID, 28)
	dst = append(dst, "\",\"object\":\"text_completion\",\"created\":"...)
	dst = strconv.AppendInt(dst, a.Created, 10)
	dst = append(dst, ",\"model\":"...)
	dst = gjson.AppendJSONString(dst, a.Model)
	dst = append(dst, ",\"choices\":[{\"text\":\""...)
	dst = wire.AppendFiller(dst, a.ID, 0, a.OutputTokens)
	dst = append(dst, "\",\"index\":0,\"logprobs\":null,\"finish_reason\":\""...)
	dst = append(append(dst, a.Finish...), '"')
	dst = append(append(dst, x.of(a)...), "}]"...)
	dst = append(appendUsage(dst, &a.Usage), x.Answer...)
	return append(dst, ",\"system_fingerprint\":\"fp_routedrill\"}\n"...)
}

// appendUsage appends the usage with a comma before it, or nothing.
func appendUsage(dst []byte, u *wire.Usage) []byte {
	if u.Missing {
		return dst
	}
	dst = append(dst, ",\"usage\":{\"prompt_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Prompt), 10)
	dst = append(dst, ",\"completion_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Output), 10)
	dst = append(dst, ",\"total_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Prompt+u.Output), 10)
	dst = append(dst, ",\"prompt_tokens_details\":{\"cached_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Cached), 10)
	dst = append(dst, ",\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Reasoning), 10)
	return append(dst, ",\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}"...)
}
