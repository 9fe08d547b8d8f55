package openai

import (
	"strconv"

	"github.com/tidwall/gjson"
)

// The finish reasons.
const (
	Stop      = "stop"
	Length    = "length"
	ToolCalls = "tool_calls"
)

// Answer describes the answer to a chat or a text completion.
type Answer struct {
	ID           uint64 // all ids and the text derive from it
	Created      int64  // Unix seconds
	Model        string
	Tool         string // name of the function called; empty for a text answer
	PromptTokens int
	OutputTokens int // tokens of the answer as it is sent
	PlannedArgs  int // tokens of a call's arguments before max_tokens cut them
	Finish       string
}

// AppendChat appends the body of a chat completion.
func AppendChat(dst []byte, a *Answer) []byte {
	dst = append(dst, "{\"id\":\"chatcmpl-"...)
	dst = appendID(dst, a.ID, 28)
	dst = append(dst, "\",\"object\":\"chat.completion\",\"created\":"...)
	dst = strconv.AppendInt(dst, a.Created, 10)
	dst = append(dst, ",\"model\":"...)
	dst = gjson.AppendJSONString(dst, a.Model)
	dst = append(dst, ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"...)
	if a.Tool == "" {
		dst = append(dst, '"')
		dst = appendFiller(dst, a.ID, 0, a.OutputTokens)
		dst = append(dst, "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\""...)
	} else {
		dst = append(dst, "null,\"tool_calls\":[{\"id\":\"call_"...)
		dst = appendID(dst, a.ID+1, 24)
		dst = append(dst, "\",\"type\":\"function\",\"function\":{\"name\":"...)
		dst = gjson.AppendJSONString(dst, a.Tool)
		dst = append(dst, ",\"arguments\":\""...)
		dst = appendArgs(dst, a.ID, a.PlannedArgs, 0, a.OutputTokens)
		dst = append(dst, "\"}}],\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\""...)
	}
	dst = append(dst, a.Finish...)
	dst = append(dst, "\"}],\"usage\":"...)
	dst = appendUsage(dst, a.PromptTokens, a.OutputTokens)
	return append(dst, ",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_routedrill\"}\n"...)
}

// AppendCompletion appends the body of a text completion.
func AppendCompletion(dst []byte, a *Answer) []byte {
	dst = append(dst, "{\"id\":\"cmpl-"...)
	dst = appendID(dst, a.ID, 28)
	dst = append(dst, "\",\"object\":\"text_completion\",\"created\":"...)
	dst = strconv.AppendInt(dst, a.Created, 10)
	dst = append(dst, ",\"model\":"...)
	dst = gjson.AppendJSONString(dst, a.Model)
	dst = append(dst, ",\"choices\":[{\"text\":\""...)
	dst = appendFiller(dst, a.ID, 0, a.OutputTokens)
	dst = append(dst, "\",\"index\":0,\"logprobs\":null,\"finish_reason\":\""...)
	dst = append(dst, a.Finish...)
	dst = append(dst, "\"}],\"usage\":"...)
	dst = appendUsage(dst, a.PromptTokens, a.OutputTokens)
	return append(dst, ",\"system_fingerprint\":\"fp_routedrill\"}\n"...)
}

func appendUsage(dst []byte, prompt, output int) []byte {
	dst = append(dst, "{\"prompt_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(prompt), 10)
	dst = append(dst, ",\"completion_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(output), 10)
	dst = append(dst, ",\"total_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(prompt+output), 10)
	return append(dst, ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":"+
		"{\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}"...)
}
