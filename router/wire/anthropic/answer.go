package anthropic

import (
	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// maxTokens is the largest token count believed, so that no bill overflows.
const maxTokens = 1 << 31

// Result reads a whole answer. It is false for what is none: an error, a call
// without id or name, one without a reason to stop, or one that ended by itself without saying anything.
func Result(body []byte, _ string) (llm.Result, bool) {
	var r llm.Result
	var c llm.Choice
	root, ok := jsonscan.Parse(body)
	if !ok || root.Kind() != '{' {
		return r, false
	}
	list := false
	for name, v := range root.Fields() {
		switch string(name) {
		case "type":
			if s, _ := v.Text(); s != "message" {
				return r, false
			}
		case "id":
			r.ID, _ = v.Text()
		case "model":
			r.Model, _ = v.Text()
		case "content":
			list = v.Kind() == '['
			for e := range v.Elements() {
				if !readBlock(&c, e) {
					return r, false
				}
			}
		case "stop_reason":
			s, _ := v.Text()
			c.Finish = finish(s)
		case "usage":
			var u usage
			u.read(v)
			r.Usage, r.HasUsage = u.sum()
		}
	}
	if !list || c.Finish == "" {
		return r, false
	}
	r.Choices = []llm.Choice{c}
	return r, true
}

// readBlock adds a content block to a choice. The model's thoughts are not the
// client's. It is false for a call nobody could answer.
func readBlock(c *llm.Choice, v jsonscan.Value) bool {
	var kind, text string
	var call llm.Call
	for name, v := range v.Fields() {
		switch string(name) {
		case "type":
			kind, _ = v.Text()
		case "text":
			text, _ = v.Text()
		case "id":
			call.ID, _ = v.Text()
		case "name":
			call.Name, _ = v.Text()
		case "input":
			call.Arguments = string(v)
		}
	}
	switch kind {
	case "text":
		c.Text += text
	case "tool_use":
		c.Calls = append(c.Calls, call)
		return call.ID != "" && call.Name != ""
	}
	return true
}

// finish is a stop_reason in OpenAI's words; "" for none. One nobody has heard
// of is an ordinary end.
func finish(reason string) llm.Finish {
	switch reason {
	case "":
		return ""
	case "max_tokens", "model_context_window_exceeded":
		return llm.Length
	case "tool_use":
		return llm.ToolCalls
	case "refusal":
		return llm.ContentFilter
	}
	return llm.Stop // end_turn, stop_sequence, pause_turn
}

// usage is what an answer, or the events of a stream so far, have said. The
// three kinds of input are apart from each other.
type usage struct {
	input, cached, written, output, thinking int64
	hasInput, hasOutput                      bool
}

func (u *usage) read(v jsonscan.Value) {
	for name, v := range v.Fields() {
		switch string(name) {
		case "input_tokens":
			u.hasInput = count(v, &u.input) || u.hasInput
		case "cache_read_input_tokens":
			count(v, &u.cached)
		case "cache_creation_input_tokens":
			count(v, &u.written)
		case "output_tokens":
			u.hasOutput = count(v, &u.output) || u.hasOutput
		case "output_tokens_details":
			for name, v := range v.Fields() {
				if string(name) == "thinking_tokens" {
					count(v, &u.thinking)
				}
			}
		}
	}
}

// count reads a credible count of tokens; anything else changes nothing.
func count(v jsonscan.Value, dst *int64) bool {
	n, ok := v.Int()
	if !ok || n < 0 || n > maxTokens {
		return false
	}
	*dst = n
	return true
}

// sum is the usage in normal form; false until both input and output are known.
func (u *usage) sum() (llm.Usage, bool) {
	return llm.Usage{
		PromptTokens: u.input + u.cached + u.written, CachedTokens: u.cached, CacheWriteTokens: u.written,
		OutputTokens: u.output, ReasoningTokens: min(u.thinking, u.output),
	}, u.hasInput && u.hasOutput
}
