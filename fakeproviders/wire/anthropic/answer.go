package anthropic

import (
	"bytes"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// stopReason is the service's word for why an answer ended.
func stopReason(finish string) string {
	switch finish {
	case wire.Length:
		return "max_tokens"
	case wire.ToolCalls:
		return "tool_use"
	case wire.ContentFilter:
		return "refusal"
	}
	return "end_turn"
}

// AppendAnswer appends the body of a message.
func (API) AppendAnswer(dst []byte, _ *wire.Call, a *wire.Answer) []byte {
	dst = appendMessage(dst, a)
	dst = append(dst, '[')
	switch {
	case a.OutputTokens == 0:
	case a.Tool == "":
		dst = append(dst, "{\"type\":\"text\",\"text\":\""...)
		dst = wire.AppendFiller(dst, a.ID, 0, a.OutputTokens)
		dst = append(dst, "\"}"...)
	default:
		dst = appendToolUse(dst, a)
		dst = append(appendInput(dst, a), '}')
	}
	dst = append(dst, "],\"stop_reason\":\""...)
	dst = append(dst, stopReason(a.Finish)...)
	dst = append(dst, "\",\"stop_sequence\":null"...)
	if u := &a.Usage; !u.Missing {
		dst = appendInputUsage(dst, u)
		dst = appendCacheCreation(dst, u)
		dst = appendOutputUsage(dst, u)
		dst = append(dst, serviceTier...)
	}
	return append(dst, '}')
}

// appendMessage appends the head of a message, up to its content.
func appendMessage(dst []byte, a *wire.Answer) []byte {
	dst = append(dst, "{\"id\":\"msg_01"...)
	dst = wire.AppendID(dst, a.ID, 22)
	dst = append(dst, "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"...)
	dst = wire.AppendString(dst, a.Model)
	return append(dst, ",\"content\":"...)
}

// appendToolUse appends a tool_use block up to the value of its input.
func appendToolUse(dst []byte, a *wire.Answer) []byte {
	dst = append(dst, "{\"type\":\"tool_use\",\"id\":\"toolu_01"...)
	dst = wire.AppendID(dst, a.ID+1, 22)
	dst = append(dst, "\",\"name\":"...)
	dst = wire.AppendString(dst, a.Tool)
	return append(dst, ",\"input\":"...)
}

// appendInput appends the arguments of a call as an object. Where they are cut
// they are none.
func appendInput(dst []byte, a *wire.Answer) []byte {
	if a.OutputTokens < a.PlannedArgs {
		return append(dst, "{}"...)
	}
	from := len(dst)
	dst = wire.AppendArgs(dst, a.ID, a.PlannedArgs, 0, a.OutputTokens)
	// They come escaped for a string; the only escapes are those of quotes.
	args := dst[from:]
	to := 0
	for {
		n := bytes.IndexByte(args, '\\')
		if n < 0 {
			break
		}
		to += copy(dst[from+to:], args[:n])
		args = args[n+1:]
	}
	to += copy(dst[from+to:], args)
	return dst[:from+to]
}

// CutCallTokens is the one of an empty object.
func (API) CutCallTokens() int { return 1 }

// appendInputUsage begins a usage, as a further field.
func appendInputUsage(dst []byte, u *wire.Usage) []byte {
	dst = append(dst, ",\"usage\":{\"input_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(max(u.Prompt-u.Cached-u.CacheWrite, 0)), 10)
	dst = append(dst, ",\"cache_creation_input_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.CacheWrite), 10)
	dst = append(dst, ",\"cache_read_input_tokens\":"...)
	return strconv.AppendInt(dst, int64(u.Cached), 10)
}

// appendCacheCreation appends what was written to the cache, by how long it lives.
func appendCacheCreation(dst []byte, u *wire.Usage) []byte {
	dst = append(dst, ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.CacheWrite), 10)
	return append(dst, ",\"ephemeral_1h_input_tokens\":0}"...)
}

func appendOutputUsage(dst []byte, u *wire.Usage) []byte {
	dst = append(dst, ",\"output_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Output), 10)
	dst = append(dst, ",\"output_tokens_details\":{\"thinking_tokens\":"...)
	dst = strconv.AppendInt(dst, int64(u.Reasoning), 10)
	return append(dst, '}')
}

// serviceTier ends a whole usage.
const serviceTier = ",\"service_tier\":\"standard\"}"

// AppendEmbeddings is never called: the API has no embeddings, and [API.Route]
// knows no path to them.
func (API) AppendEmbeddings(dst []byte, _ *wire.Call, _ *wire.Request, _ *wire.Answer, _ int) []byte {
	return dst
}

// AppendModels appends a model or the list of all, on one page.
func (API) AppendModels(dst []byte, c *wire.Call, models []wire.Model) []byte {
	if c.Model != "" {
		for i := range models {
			if models[i].Name == c.Model {
				return appendModel(dst, &models[i])
			}
		}
		return dst
	}
	dst = append(dst, "{\"data\":["...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendModel(dst, &models[i])
	}
	dst = append(dst, "],\"has_more\":false,\"first_id\":"...)
	if len(models) == 0 {
		return append(dst, "null,\"last_id\":null}"...)
	}
	dst = wire.AppendString(dst, models[0].Name)
	dst = append(dst, ",\"last_id\":"...)
	dst = wire.AppendString(dst, models[len(models)-1].Name)
	return append(dst, '}')
}

func appendModel(dst []byte, m *wire.Model) []byte {
	dst = append(dst, "{\"type\":\"model\",\"id\":"...)
	dst = wire.AppendString(dst, m.Name)
	dst = append(dst, ",\"display_name\":"...)
	dst = wire.AppendString(dst, m.Name)
	dst = append(dst, ",\"created_at\":\""...)
	dst = time.Unix(m.Created, 0).UTC().AppendFormat(dst, time.RFC3339)
	dst = append(dst, "\",\"lifecycle\":\"active\",\"deprecated_at\":null,\"retires_at\":null"...)
	if m.Context > 0 {
		dst = append(dst, ",\"max_input_tokens\":"...)
		dst = strconv.AppendInt(dst, int64(m.Context), 10)
	}
	if m.MaxOutput > 0 {
		dst = append(dst, ",\"max_tokens\":"...)
		dst = strconv.AppendInt(dst, int64(m.MaxOutput), 10)
	}
	return append(dst, '}')
}
