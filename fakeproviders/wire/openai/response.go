package openai

import (
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// The statuses of a response and of its items.
const (
	inProgress = "in_progress"
	completed  = "completed"
	incomplete = "incomplete"
	failed     = "failed"
)

// AppendResponse appends the body that answers a request to the Responses API.
func AppendResponse(dst []byte, a *wire.Answer) []byte {
	return append(appendResponse(dst, a, ending(a), nil), '\n')
}

// ending is the status in which an answer ends.
func ending(a *wire.Answer) string {
	if a.Finish == wire.Length || a.Finish == wire.ContentFilter {
		return incomplete
	}
	return completed
}

// silent tells whether an answer holds neither text nor a call: it has no item
// but its reasoning.
func silent(a *wire.Answer) bool { return a.Tool == "" && a.OutputTokens == 0 }

// appendResponse appends the response object in a status. One in progress or
// failed has no output and no usage; a failed one states bad.
func appendResponse(dst []byte, a *wire.Answer, status string, bad *Error) []byte {
	ended := status == completed || status == incomplete
	dst = append(dst, "{\"id\":\"resp_"...)
	dst = wire.AppendID(dst, a.ID, 48)
	dst = append(dst, "\",\"object\":\"response\",\"created_at\":"...)
	dst = strconv.AppendInt(dst, a.Created, 10)
	dst = append(dst, ",\"status\":\""...)
	dst = append(dst, status...)
	dst = append(dst, "\",\"background\":false,\"error\":"...)
	if bad == nil {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, "{\"code\":"...)
		dst = gjson.AppendJSONString(dst, bad.word())
		dst = append(dst, ",\"message\":"...)
		dst = gjson.AppendJSONString(dst, bad.Message)
		dst = append(dst, '}')
	}
	dst = append(dst, ",\"incomplete_details\":"...)
	switch {
	case status != incomplete:
		dst = append(dst, "null"...)
	case a.Finish == wire.ContentFilter:
		dst = append(dst, "{\"reason\":\"content_filter\"}"...)
	default:
		dst = append(dst, "{\"reason\":\"max_output_tokens\"}"...)
	}
	dst = append(dst, ",\"instructions\":null,\"max_output_tokens\":null,\"max_tool_calls\":null,\"model\":"...)
	dst = gjson.AppendJSONString(dst, a.Model)
	dst = append(dst, ",\"output\":["...)
	if ended {
		dst = appendItems(dst, a)
	}
	dst = append(dst, "],\"parallel_tool_calls\":true,\"previous_response_id\":null,\"prompt_cache_key\":null,"+
		"\"reasoning\":{\"effort\":null,\"summary\":null},\"safety_identifier\":null,\"service_tier\":\""...)
	if ended {
		dst = append(dst, "default"...)
	} else {
		dst = append(dst, "auto"...)
	}
	dst = append(dst, "\",\"store\":true,\"temperature\":1.0,\"text\":{\"format\":{\"type\":\"text\"},\"verbosity\":\"medium\"},"+
		"\"tool_choice\":\"auto\",\"tools\":[],\"top_logprobs\":0,\"top_p\":1.0,\"truncation\":\"disabled\",\"usage\":"...)
	if ended && !a.Usage.Missing {
		dst = appendResponseUsage(dst, &a.Usage)
	} else {
		dst = append(dst, "null"...)
	}
	return append(dst, ",\"user\":null,\"metadata\":{}}"...)
}

// appendItems appends the output of an ended answer.
func appendItems(dst []byte, a *wire.Answer) []byte {
	if a.Usage.Reasoning > 0 {
		dst = appendReasoning(dst, a)
		if !silent(a) {
			dst = append(dst, ',')
		}
	}
	if silent(a) {
		return dst
	}
	return appendItem(dst, a, ending(a))
}

// appendReasoning appends the item that stands for hidden tokens.
func appendReasoning(dst []byte, a *wire.Answer) []byte {
	dst = append(dst, "{\"id\":\"rs_"...)
	dst = wire.AppendID(dst, a.ID+2, 48)
	return append(dst, "\",\"type\":\"reasoning\",\"summary\":[]}"...)
}

// appendItem appends the item with the text or the call. One in progress has
// nothing in it yet.
func appendItem(dst []byte, a *wire.Answer, status string) []byte {
	dst = append(dst, "{\"id\":\""...)
	dst = appendItemID(dst, a)
	if a.Tool == "" {
		dst = append(dst, "\",\"type\":\"message\",\"status\":\""...)
		dst = append(dst, status...)
		dst = append(dst, "\",\"content\":["...)
		if status != inProgress {
			dst = appendPart(dst, a, a.OutputTokens)
		}
		return append(dst, "],\"role\":\"assistant\"}"...)
	}
	dst = append(dst, "\",\"type\":\"function_call\",\"status\":\""...)
	dst = append(dst, status...)
	dst = append(dst, "\",\"arguments\":\""...)
	if status != inProgress {
		dst = wire.AppendArgs(dst, a.ID, a.PlannedArgs, 0, a.OutputTokens)
	}
	dst = append(dst, "\",\"call_id\":\"call_"...)
	dst = wire.AppendID(dst, a.ID+1, 24)
	dst = append(dst, "\",\"name\":"...)
	dst = gjson.AppendJSONString(dst, a.Tool)
	return append(dst, '}')
}

func appendItemID(dst []byte, a *wire.Answer) []byte {
	if a.Tool == "" {
		return wire.AppendID(append(dst, "msg_"...), a.ID+3, 48)
	}
	return wire.AppendID(append(dst, "fc_"...), a.ID+3, 48)
}

// appendPart appends the text part of a message with the first tokens of its text.
func appendPart(dst []byte, a *wire.Answer, tokens int) []byte {
	dst = append(dst, "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],\"text\":\""...)
	dst = wire.AppendFiller(dst, a.ID, 0, tokens)
	return append(dst, "\"}"...)
}

func appendResponseUsage(dst []byte, u *wire.Usage) []byte {
	dst = append(dst, "{\"input_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Prompt), 10)
	dst = append(dst, ",\"input_tokens_details\":{\"cached_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Cached), 10)
	dst = append(dst, "},\"output_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Output), 10)
	dst = append(dst, ",\"output_tokens_details\":{\"reasoning_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Reasoning), 10)
	dst = append(dst, "},\"total_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Prompt+u.Output), 10)
	return append(dst, '}')
}
