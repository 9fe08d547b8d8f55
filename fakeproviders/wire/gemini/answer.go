package gemini

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// finishReason is the service's word for why an answer ended; a function call is
// no reason of its own.
func finishReason(finish string) string {
	switch finish {
	case wire.Length:
		return "MAX_TOKENS"
	case wire.ContentFilter:
		return "SAFETY"
	}
	return "STOP"
}

// AppendAnswer appends a GenerateContentResponse.
func (API) AppendAnswer(dst []byte, _ *wire.Call, a *wire.Answer) []byte {
	dst = append(dst, candidateHead...)
	switch {
	case a.OutputTokens == 0:
		dst = appendNoContent(dst, a)
	case a.Tool == "":
		dst = wire.AppendFiller(append(dst, textHead...), a.ID, 0, a.OutputTokens)
		dst = append(dst, textEnd...)
	case cut(a):
		dst = append(dst, noParts...)
	default:
		dst = appendCall(dst, a)
	}
	dst = appendFinish(dst, a)
	dst = appendUsage(dst, &a.Usage, a.Usage.Output-a.Usage.Reasoning)
	return append(appendTail(dst, a), '\n')
}

const (
	candidateHead = "{\"candidates\":[{"
	textHead      = "\"content\":{\"parts\":[{\"text\":\""
	textEnd       = "\"}],\"role\":\"model\"},"
	noParts       = "\"content\":{\"role\":\"model\"},"
)

// cut tells whether a limit cut the arguments of a call.
func cut(a *wire.Answer) bool { return a.OutputTokens < a.PlannedArgs }

// CutCallTokens is none: there is no call then.
func (API) CutCallTokens() int { return 0 }

// appendNoContent appends what stands for a content without parts: nothing where
// the filter took it.
func appendNoContent(dst []byte, a *wire.Answer) []byte {
	if a.Finish == wire.ContentFilter {
		return dst
	}
	return append(dst, noParts...)
}

// appendCall appends the content of a function call.
func appendCall(dst []byte, a *wire.Answer) []byte {
	dst = append(dst, "\"content\":{\"parts\":[{\"functionCall\":{\"name\":"...)
	dst = wire.AppendString(dst, a.Tool)
	dst = append(dst, ",\"args\":"...)
	from := len(dst)
	dst = wire.AppendArgs(dst, a.ID, a.PlannedArgs, 0, a.OutputTokens)
	// They come escaped for a string; the only escapes are those of quotes.
	args := dst[from:]
	to := from
	for {
		n := bytes.IndexByte(args, '\\')
		if n < 0 {
			break
		}
		to += copy(dst[to:], args[:n])
		args = args[n+1:]
	}
	to += copy(dst[to:], args)
	return append(dst[:to], "}}],\"role\":\"model\"},"...)
}

// appendFinish appends the finish reason and ends the candidates.
func appendFinish(dst []byte, a *wire.Answer) []byte {
	dst = append(dst, "\"finishReason\":\""...)
	dst = append(dst, finishReason(a.Finish)...)
	return append(dst, "\",\"index\":0}]"...)
}

// appendUsage appends the usage with the visible tokens so far, as a further
// field, unless it is missing. What is zero is left out.
func appendUsage(dst []byte, u *wire.Usage, visible int) []byte {
	if u.Missing {
		return dst
	}
	dst = append(dst, ",\"usageMetadata\":{\"promptTokenCount\":"...)
	dst = strconv.AppendInt(dst, int64(u.Prompt), 10)
	dst = appendCount(dst, "candidatesTokenCount", visible)
	dst = appendCount(dst, "totalTokenCount", u.Prompt+visible+u.Reasoning)
	dst = appendCount(dst, "cachedContentTokenCount", u.Cached)
	dst = append(dst, ",\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":"...)
	dst = strconv.AppendInt(dst, int64(u.Prompt), 10)
	dst = append(dst, "}]"...)
	dst = appendCount(dst, "thoughtsTokenCount", u.Reasoning)
	return append(dst, '}')
}

func appendCount(dst []byte, name string, n int) []byte {
	if n <= 0 {
		return dst
	}
	dst = append(append(append(dst, ",\""...), name...), "\":"...)
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendTail appends the model and the id, and ends a response.
func appendTail(dst []byte, a *wire.Answer) []byte {
	dst = append(dst, ",\"modelVersion\":"...)
	dst = wire.AppendString(dst, a.Model)
	dst = append(dst, ",\"responseId\":\""...)
	dst = wire.AppendID(dst, a.ID, 22)
	return append(dst, "\"}"...)
}

// AppendEmbeddings appends the vectors of a batch, or the one of a single input.
func (API) AppendEmbeddings(dst []byte, c *wire.Call, r *wire.Request, a *wire.Answer, dimensions int) []byte {
	head, end := "{\"embedding\":", ""
	if c.Batch {
		head, end = "{\"embeddings\":[", "]"
	}
	dst = append(dst, head...)
	vector := make([]float32, dimensions)
	for i, input := range r.Inputs {
		if i > 0 {
			dst = append(dst, ',')
		}
		wire.Vector(vector, a.Model, input)
		dst = append(dst, "{\"values\":["...)
		for j, x := range vector {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendFloat(dst, float64(x), 'g', -1, 32)
		}
		dst = append(dst, "]}"...)
	}
	dst = append(dst, end...)
	if !a.Usage.Missing {
		dst = append(dst, ",\"usageMetadata\":{\"promptTokenCount\":"...)
		dst = strconv.AppendInt(dst, int64(a.Usage.Prompt), 10)
		dst = append(dst, '}')
	}
	return append(dst, "}\n"...)
}

// AppendModels appends a model or the list of all, on one page.
func (API) AppendModels(dst []byte, c *wire.Call, models []wire.Model) []byte {
	if c.Model != "" && len(models) > 0 {
		return append(appendModel(dst, &models[0]), '\n')
	}
	dst = append(dst, "{\"models\":["...)
	for i := range models {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendModel(dst, &models[i])
	}
	return append(dst, "]}\n"...)
}

func appendModel(dst []byte, m *wire.Model) []byte {
	dst = append(dst, "{\"name\":"...)
	dst = wire.AppendString(dst, "models/"+m.Name)
	dst = append(dst, ",\"version\":\"001\",\"displayName\":"...)
	dst = wire.AppendString(dst, m.Name)
	dst = appendCount(dst, "inputTokenLimit", m.Context)
	dst = appendCount(dst, "outputTokenLimit", m.MaxOutput)
	dst = append(dst, ",\"supportedGenerationMethods\":["...)
	chat, embed := slices.Contains(m.Endpoints, wire.Chat), slices.Contains(m.Endpoints, wire.Embeddings)
	if chat {
		dst = append(dst, "\"generateContent\""...)
	}
	if chat && embed {
		dst = append(dst, ',')
	}
	if embed {
		dst = append(dst, "\"embedContent\""...)
	}
	return append(dst, "]}"...)
}
