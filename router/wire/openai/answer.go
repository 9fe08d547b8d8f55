package openai

import (
	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// maxTokens is the largest token count believed, so that no bill overflows.
const maxTokens = 1 << 31

// ReadAnswer reads a whole answer. It is false for what is no answer: not a
// JSON object, an error object, no or empty `choices` (embeddings: `data`), or
// choices that are no objects.
func ReadAnswer(endpoint string, body []byte) (llm.Answer, bool) {
	var a llm.Answer
	root, ok := jsonscan.Parse(body)
	if !ok || root.Kind() != '{' {
		return a, false
	}
	list, entries := "choices", 0
	if endpoint == llm.Embeddings {
		list = "data"
	}
	a.Finished, a.Complete, a.Empty = true, true, endpoint != llm.Embeddings
	cut := false
	for name, v := range root.Fields() {
		switch string(name) {
		case "model":
			a.Model, _ = v.Text()
		case "error":
			if !v.IsNull() {
				return a, false
			}
		case "usage":
			a.Usage, a.HasUsage = readUsage(v, endpoint == llm.Embeddings)
		case list:
			for e := range v.Elements() {
				if e.Kind() != '{' {
					return a, false
				}
				entries++
				if list == "choices" {
					c := readChoice(e)
					a.ContentBytes += c.bytes
					a.Finished = a.Finished && c.finished
					a.Complete = a.Complete && c.stopped
					a.Empty = a.Empty && !c.content && (c.stopped || c.cut || !c.finished)
					cut = cut || c.cut
				}
			}
		}
	}
	a.Cut = a.Empty && cut
	return a, entries > 0
}

// ReadEvent reads the data of one stream event. It is false for what cannot be
// read.
func ReadEvent(data []byte) (llm.Event, bool) {
	var e llm.Event
	if string(data) == "[DONE]" {
		e.Done = true
		return e, true
	}
	root, ok := jsonscan.Parse(data)
	if !ok || root.Kind() != '{' {
		return e, false
	}
	for name, v := range root.Fields() {
		switch string(name) {
		case "error":
			e.Error = e.Error || !v.IsNull()
		case "usage":
			e.Usage, e.HasUsage = readUsage(v, false)
		case "choices":
			for el := range v.Elements() {
				c := readChoice(el)
				bit := uint64(1) << min(max(c.index, 0), 63)
				e.Choices |= bit
				if c.finished {
					e.Finished |= bit
				}
				if c.stopped {
					e.Stopped |= bit
				}
				if c.cut {
					e.Cut |= bit
				}
				e.Content = e.Content || c.content
				e.ContentBytes += c.bytes
			}
		}
	}
	return e, true
}

// choice is one element of `choices`, of an answer or of a stream's event.
type choice struct {
	index    int64
	bytes    int64 // of content that is text
	content  bool  // there is some, of whatever kind
	finished bool
	stopped  bool // finished, and claims to be complete
	cut      bool // finished, at a limit
}

func readChoice(v jsonscan.Value) choice {
	var c choice
	for name, v := range v.Fields() {
		switch string(name) {
		case "index":
			c.index, _ = v.Int()
		case "finish_reason":
			c.finished = v.Kind() == '"'
			switch string(v) {
			case `"stop"`, `"tool_calls"`, `"function_call"`:
				c.stopped = true
			case `"length"`:
				c.cut = true
			}
		case "text":
			c.bytes += int64(v.TextLen())
		case "message", "delta":
			c.read(v)
		}
	}
	c.content = c.content || c.bytes > 0
	return c
}

// read adds what a message holds. Besides what OpenAI's API has, there are
// others' names for reasoning, lists of parts for content, and media.
func (c *choice) read(message jsonscan.Value) {
	for name, v := range message.Fields() {
		switch string(name) {
		case "content", "refusal", "reasoning_content", "reasoning":
			c.bytes += int64(v.TextLen())
			c.content = c.content || holds(v)
		case "tool_calls", "function_call":
			if holds(v) {
				c.bytes += int64(len(v))
			}
		case "audio", "images":
			c.content = c.content || holds(v)
		}
	}
}

// holds reports whether v is an object or a list with something in it.
func holds(v jsonscan.Value) bool {
	return len(v) > 2 && (v.Kind() == '{' || v.Kind() == '[')
}

// readUsage reads a usage object; false unless it is complete and credible.
// Embeddings have no output tokens.
func readUsage(v jsonscan.Value, embeddings bool) (llm.Usage, bool) {
	var u llm.Usage
	prompt, output := false, embeddings
	for name, v := range v.Fields() {
		switch string(name) {
		case "prompt_tokens":
			u.PromptTokens, prompt = count(v)
		case "completion_tokens":
			u.OutputTokens, output = count(v)
		case "prompt_tokens_details":
			for name, v := range v.Fields() {
				if string(name) == "cached_tokens" {
					u.CachedTokens, _ = count(v)
				}
			}
		case "completion_tokens_details":
			for name, v := range v.Fields() {
				if string(name) == "reasoning_tokens" {
					u.ReasoningTokens, _ = count(v)
				}
			}
		}
	}
	if !prompt || !output {
		return llm.Usage{}, false
	}
	u.CachedTokens = min(u.CachedTokens, u.PromptTokens)
	u.ReasoningTokens = min(u.ReasoningTokens, u.OutputTokens)
	return u, true
}

func count(v jsonscan.Value) (int64, bool) {
	n, ok := v.Int()
	if !ok || n < 0 || n > maxTokens {
		return 0, false
	}
	return n, true
}
