package responses

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// How a response, or an item of one, is.
const (
	inProgress = "in_progress"
	completed  = "completed"
	cut        = "incomplete"
	failed     = "failed"
)

// response is a response as clients get it.
type response struct {
	ID                string          `json:"id"`
	Object            string          `json:"object"`
	CreatedAt         int64           `json:"created_at"` // Unix seconds
	Status            string          `json:"status"`
	Background        bool            `json:"background"`
	Error             *failure        `json:"error"`
	IncompleteDetails *incomplete     `json:"incomplete_details"`
	Instructions      json.RawMessage `json:"instructions"`
	MaxOutputTokens   json.RawMessage `json:"max_output_tokens"`
	Model             string          `json:"model"`
	Output            []*item         `json:"output"`
	ParallelToolCalls json.RawMessage `json:"parallel_tool_calls"`
	PreviousID        json.RawMessage `json:"previous_response_id"`
	Reasoning         json.RawMessage `json:"reasoning"`
	Store             bool            `json:"store"`
	Temperature       json.RawMessage `json:"temperature"`
	Text              json.RawMessage `json:"text"`
	ToolChoice        json.RawMessage `json:"tool_choice"`
	Tools             json.RawMessage `json:"tools"`
	TopP              json.RawMessage `json:"top_p"`
	Truncation        string          `json:"truncation"`
	Usage             *usage          `json:"usage"`
	User              json.RawMessage `json:"user"`
	Metadata          json.RawMessage `json:"metadata"`
}

type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type incomplete struct {
	Reason string `json:"reason"`
}

type usage struct {
	Input        int64 `json:"input_tokens"`
	InputDetails struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	Output        int64 `json:"output_tokens"`
	OutputDetails struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
	Total int64 `json:"total_tokens"`
}

// item is one of a response: a message, or a call of a function.
type item struct {
	ID      string
	Status  string
	Content []*part // of a message
	Call    *function
}

// function is a call, and what there is of its arguments.
type function struct {
	ID, Name  string
	Arguments strings.Builder
}

// part is a piece of a message.
type part struct {
	Refusal bool
	Text    strings.Builder
}

// MarshalJSON writes the item as the API has it.
func (i *item) MarshalJSON() ([]byte, error) {
	if i.Call != nil {
		return json.Marshal(map[string]string{
			"id": i.ID, "type": "function_call", "status": i.Status, "call_id": i.Call.ID, "name": i.Call.Name, "arguments": i.Call.Arguments.String(),
		})
	}
	content := i.Content
	if content == nil {
		content = []*part{}
	}
	return json.Marshal(map[string]any{"id": i.ID, "type": "message", "role": "assistant", "status": i.Status, "content": content})
}

// MarshalJSON writes the part as the API has it.
func (p *part) MarshalJSON() ([]byte, error) {
	if p.Refusal {
		return json.Marshal(map[string]string{"type": "refusal", "refusal": p.Text.String()})
	}
	return json.Marshal(map[string]any{"type": "output_text", "text": p.Text.String(), "annotations": []any{}, "logprobs": []any{}})
}

// answer is a chat answer, or an event of a streamed one.
type answer struct {
	ID      string          `json:"id"`
	Created int64           `json:"created"`
	Model   string          `json:"model"`
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Index   int    `json:"index"`
		Message *piece `json:"message"`
		Delta   *piece `json:"delta"`
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Prompt  int64 `json:"prompt_tokens"`
		Output  int64 `json:"completion_tokens"`
		Details struct {
			Cached int64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		OutputDetails struct {
			Reasoning int64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	} `json:"usage"`
}

// piece is a message of an answer, or what is added to one.
type piece struct {
	Content json.RawMessage `json:"content"`
	Refusal string          `json:"refusal"`
	Calls   []struct {
		Index    *int   `json:"index"`
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// text is the text of a content, which is a text or, with some providers, a list of parts.
func (p *piece) text() string {
	var s string
	if json.Unmarshal(p.Content, &s) == nil {
		return s
	}
	var parts []struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(p.Content, &parts) // what is neither holds no text
	for _, p := range parts {
		s += p.Text
	}
	return s
}

// begin makes the response of an answer, before anything has come of it.
func (a asked) begin(c *answer) *response {
	or := func(name, otherwise string) json.RawMessage {
		if v, ok := a[name]; ok {
			return v
		}
		return json.RawMessage(otherwise)
	}
	return &response{
		ID: "resp_" + tail(c.ID), Object: "response", CreatedAt: c.Created, Model: c.Model, Status: inProgress, Output: []*item{}, Truncation: "disabled",
		Instructions: or("instructions", "null"), MaxOutputTokens: or("max_output_tokens", "null"), ParallelToolCalls: or("parallel_tool_calls", "true"),
		Reasoning: or("reasoning", `{"effort":null,"summary":null}`), Temperature: or("temperature", "null"), TopP: or("top_p", "null"),
		Text: or("text", `{"format":{"type":"text"}}`), ToolChoice: or("tool_choice", `"auto"`), Tools: or("tools", "[]"),
		User: or("user", "null"), Metadata: or("metadata", "{}"),
	}
}

// tail is what tells one answer's id from another's.
func tail(id string) string { return strings.TrimPrefix(id, "chatcmpl-") }

// use notes the usage, where there is one.
func (r *response) use(c *answer) {
	if u := c.Usage; u != nil {
		r.Usage = &usage{Input: u.Prompt, Output: u.Output, Total: u.Prompt + u.Output}
		r.Usage.InputDetails.Cached, r.Usage.OutputDetails.Reasoning = u.Details.Cached, u.OutputDetails.Reasoning
	}
}

// end says how the response has ended, by the chat's word for it.
func (r *response) end(finish string) {
	switch r.Status = completed; finish {
	case "length":
		r.Status, r.IncompleteDetails = cut, &incomplete{"max_output_tokens"}
	case "content_filter":
		r.Status, r.IncompleteDetails = cut, &incomplete{"content_filter"}
	}
	for _, i := range r.Output {
		if i.Status == inProgress {
			i.Status = r.Status
		}
	}
}

// add appends an item, with an id of its own.
func (r *response) add(i *item) *item {
	prefix := "msg_"
	if i.Call != nil {
		prefix = "fc_"
	}
	i.ID, i.Status = prefix+strings.TrimPrefix(r.ID, "resp_"), inProgress
	if n := len(r.Output); n > 0 {
		i.ID += "_" + strconv.Itoa(n)
	}
	r.Output = append(r.Output, i)
	return i
}

var errNoAnswer = errors.New("responses: not a chat answer")

// whole is the response to a request whose answer has come whole.
func (a asked) whole(body []byte) ([]byte, error) {
	var c answer
	if json.Unmarshal(body, &c) != nil || len(c.Choices) == 0 || c.Choices[0].Message == nil {
		return nil, errNoAnswer
	}
	r := a.begin(&c)
	m := c.Choices[0].Message
	text := m.text()
	if text != "" || m.Refusal != "" {
		i := r.add(&item{})
		for n, s := range [...]string{text, m.Refusal} {
			if s != "" {
				p := &part{Refusal: n == 1}
				p.Text.WriteString(s)
				i.Content = append(i.Content, p)
			}
		}
	}
	for _, one := range m.Calls {
		f := &function{ID: one.ID, Name: one.Function.Name}
		f.Arguments.WriteString(one.Function.Arguments)
		r.add(&item{Call: f})
	}
	r.use(&c)
	r.end(c.Choices[0].Finish)
	return json.Marshal(r)
}
