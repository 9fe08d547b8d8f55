package anthropic

import (
	"bytes"
	"math"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/scan"
)

const (
	maxTokenField = 1 << 30
	maxMarks      = 4 // blocks with cache_control in one request
	minThinking   = 1024
)

// request is a body while it is read: its large parts are found in one pass and
// read in the order in which the service puts a prompt together, whatever their
// order in the body is, so that equal beginnings stay equal.
type request struct {
	*wire.Request
	tools, system, messages []byte

	choice  string // the tool that tool_choice names
	barred  bool   // tool_choice forbids calls
	markEnd bool   // cache_control of the whole request
	budget  int    // thinking.budget_tokens
	marks   int
	bad     *wire.Error // the first mistake
}

// Parse reads the body of a message.
func (API) Parse(_ *wire.Call, body []byte, into *wire.Request) *wire.Error {
	r := request{Request: into}
	s := scan.Scanner{B: body}
	if c := s.Peek(); c != '{' && c != 0 {
		if s.Skip(); s.End() {
			return invalid("Input should be an object")
		}
		return badJSON(body, s.At)
	}
	s.Open('{')
	for n := 0; s.More('}', n); n++ {
		key := s.Key()
		if raw := s.Skip(); raw != nil {
			r.field(string(key.Raw), raw)
		}
	}
	if !s.End() {
		return badJSON(body, s.At)
	}
	// Usage always comes at the end of a stream.
	r.IncludeUsage = r.Stream
	r.complete()
	return r.bad
}

// fail notes a mistake; the first one is answered.
func (r *request) fail(message string) {
	if r.bad == nil {
		r.bad = invalid(message)
	}
}

// field reads one top-level field or keeps it for later. Fields a provider has
// no use for are skipped.
func (r *request) field(key string, raw []byte) {
	switch key {
	case "tools":
		r.tools = raw
	case "system":
		r.system = raw
	case "messages":
		r.messages = raw
	case "model":
		v := gjson.ParseBytes(raw)
		if v.Type != gjson.String {
			r.fail("model: Input should be a valid string")
		}
		r.Model = v.Str
	case "max_tokens":
		r.MaxTokens, r.MaxField = r.integer("max_tokens", gjson.ParseBytes(raw)), key
	case "stream":
		v := gjson.ParseBytes(raw)
		if v.Type != gjson.Null && !v.IsBool() {
			r.fail("stream: Input should be a valid boolean")
		}
		r.Stream = v.Type == gjson.True
	case "tool_choice":
		v := gjson.ParseBytes(raw)
		kind := v.Get("type").Str
		r.ToolRequired, r.barred = kind == "any" || kind == "tool", kind == "none"
		r.choice = v.Get("name").Str
	case "thinking":
		if v := gjson.ParseBytes(raw); v.Get("type").Str == "enabled" {
			r.budget = r.integer("thinking.enabled.budget_tokens", v.Get("budget_tokens"))
		}
	case "metadata":
		r.User = wire.Clip(gjson.GetBytes(raw, "user_id").Str)
	case "cache_control":
		r.markEnd = raw[0] == '{'
	}
}

// integer reads a number from 1.
func (r *request) integer(field string, v gjson.Result) int {
	switch {
	case !v.Exists():
		r.fail(field + ": Field required")
	case v.Type != gjson.Number:
		r.fail(field + ": Input should be a valid integer")
	case v.Num != math.Trunc(v.Num):
		r.fail(field + ": Input should be a valid integer, got a number with a fractional part")
	case v.Num < 1:
		r.fail(field + ": Input should be greater than or equal to 1")
	case v.Num > maxTokenField:
		r.fail(field + ": Input should be less than or equal to " + strconv.Itoa(maxTokenField))
	default:
		return int(v.Num)
	}
	return 0
}

// complete reads what was kept and checks that everything needed was there.
func (r *request) complete() {
	if r.Model == "" {
		r.fail("model: Field required")
	}
	if r.MaxField == "" {
		r.fail("max_tokens: Field required")
	}
	if r.messages == nil {
		r.fail("messages: Field required")
	}
	if r.tools != nil {
		r.readTools()
	}
	if r.system != nil {
		r.readSystem()
	}
	if r.messages != nil {
		r.readMessages()
	}
	if r.markEnd {
		r.mark()
	}
	switch {
	case r.marks > maxMarks:
		r.fail("A maximum of 4 blocks with cache_control may be provided. Found " + strconv.Itoa(r.marks) + ".")
	case r.budget == 0:
	case r.budget < minThinking:
		r.fail("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
	case r.budget >= r.MaxTokens:
		r.fail("`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at " +
			"https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size")
	}
}

// readTools counts the definitions of tools.
func (r *request) readTools() {
	if r.tools[0] != '[' {
		if r.tools[0] != 'n' {
			r.fail("tools: Input should be a valid list")
		}
		return
	}
	s := scan.Scanner{B: r.tools}
	s.Open('[')
	for n := 0; s.More(']', n); n++ {
		if s.Peek() != '{' {
			s.Skip()
			r.fail("tools." + strconv.Itoa(n) + ": Input should be an object")
			continue
		}
		r.tool(&s, n)
	}
	if r.barred {
		r.Tool = ""
	}
}

// tool reads one tool. Its definition is prompt, byte for byte.
func (r *request) tool(s *scan.Scanner, n int) {
	from := s.At
	name, marked := "", false
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		switch key := s.Key(); {
		case key.Is("name") && s.Peek() == '"':
			name = s.Text().String()
		case key.Is("cache_control"):
			marked = s.Skip()[0] == '{'
		default:
			s.Skip()
		}
	}
	if name == "" {
		r.fail("tools." + strconv.Itoa(n) + ".name: Field required")
	}
	if !r.Tools || name == r.choice {
		r.Tool = name
	}
	r.Tools = true
	r.Prompt.Text(s.B[from:s.At])
	if marked {
		r.mark()
	}
}

// mark notes that the prompt up to here is to be cached.
func (r *request) mark() {
	r.marks++
	r.Prompt.Mark()
}

// badJSON says where a body stops to be JSON.
func badJSON(body []byte, at int) *wire.Error {
	at = min(at, len(body))
	before := body[:at]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := at - bytes.LastIndexByte(before, '\n')
	what := "unexpected character"
	if at == len(body) {
		what = "unexpected end of data"
	}
	return invalid("The request body is not valid JSON: " + what + ": line " + strconv.Itoa(line) + " column " + strconv.Itoa(column) +
		" (char " + strconv.Itoa(at) + ")")
}
