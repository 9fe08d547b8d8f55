package gemini

import (
	"math"
	"slices"
	"strconv"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/scan"
)

// Limits on requests.
const (
	MaxBatch      = 100  // requests in one batchEmbedContents
	MaxDimensions = 3072 // of one embedding

	maxTokenField = 1 << 30
)

// request is a body while it is read: its large parts are found in one pass and
// read in the order of a prompt (instruction, tools, contents), whatever their
// order in the body is, so that equal beginnings stay equal.
type request struct {
	*wire.Request
	instruction, tools, contents []byte
	content, requests            []byte // of embeddings

	allowed []string // the functions that toolConfig allows; none = all
	barred  bool     // toolConfig forbids calls
	bad     *wire.Error

	kind      string // the service's name of the request
	embedding bool
	hash      uint64 // of the texts, where it is an input of an embedding
}

// Parse reads the body of a call.
func (API) Parse(c *wire.Call, body []byte, into *wire.Request) *wire.Error {
	into.Model, into.Stream = c.Model, c.Stream
	into.IncludeUsage = c.Stream // every chunk has it
	r := request{Request: into, kind: "GenerateContentRequest"}
	s := scan.Scanner{B: body}
	s.Open('{')
	for n := 0; s.More('}', n); n++ {
		key := s.Key()
		if raw := s.Skip(); raw != nil && raw[0] != 'n' {
			r.field(string(key.Raw), raw)
		}
	}
	if !s.End() {
		return badJSON()
	}
	switch {
	case c.Endpoint == wire.Chat:
		r.chat()
	case c.Batch:
		r.batch()
	case r.content == nil:
		r.fail(invalid("* EmbedContentRequest.content: contents is not specified\n"))
	default:
		r.embed(r.content, "content")
	}
	return r.bad
}

func badJSON() *wire.Error {
	return violation("", "Invalid JSON payload received. Unexpected token.")
}

// fail notes a mistake; the first one is answered.
func (r *request) fail(e *wire.Error) {
	if r.bad == nil {
		r.bad = e
	}
}

// wrong notes a value of the wrong type. The service repeats the value; that
// could be a prompt.
func (r *request) wrong(field, kind string) {
	r.fail(violation(field, "Invalid value at '"+field+"' ("+kind+")"))
}

// field reads one top-level field or keeps it for later, by either of its names.
// Fields a provider has no use for are skipped.
func (r *request) field(key string, raw []byte) {
	switch key {
	case "systemInstruction", "system_instruction":
		r.instruction = raw
	case "tools":
		r.tools = raw
	case "contents":
		r.contents = raw
	case "content":
		r.content = raw
	case "requests":
		r.requests = raw
	case "toolConfig", "tool_config":
		r.toolConfig(raw)
	case "generationConfig", "generation_config":
		v := either(gjson.ParseBytes(raw), "maxOutputTokens", "max_output_tokens")
		r.MaxTokens = r.integer("generation_config.max_output_tokens", v, maxTokenField)
		r.MaxField = "maxOutputTokens"
	case "outputDimensionality", "output_dimensionality":
		r.Dimensions = r.integer("output_dimensionality", gjson.ParseBytes(raw), MaxDimensions)
	}
}

// either returns the member of an object by one of its two names.
func either(v gjson.Result, camel, snake string) gjson.Result {
	if m := v.Get(camel); m.Exists() {
		return m
	}
	return v.Get(snake)
}

// integer reads a number from 1, which may stand in a string; 0 when it is absent.
func (r *request) integer(field string, v gjson.Result, limit int) int {
	if v.Type == gjson.Null {
		return 0
	}
	n := v.Num
	if v.Type == gjson.String {
		whole, err := strconv.Atoi(v.Str)
		if err != nil {
			r.wrong(field, "TYPE_INT32")
			return 0
		}
		n = float64(whole)
	} else if v.Type != gjson.Number {
		r.wrong(field, "TYPE_INT32")
		return 0
	}
	switch {
	case n != math.Trunc(n) || n > float64(limit):
		r.wrong(field, "TYPE_INT32")
	case n < 1:
		r.fail(invalid(field + " must be positive."))
	default:
		return int(n)
	}
	return 0
}

func (r *request) toolConfig(raw []byte) {
	config := either(gjson.ParseBytes(raw), "functionCallingConfig", "function_calling_config")
	switch config.Get("mode").Str {
	case "ANY", "any":
		r.ToolRequired = true
	case "NONE", "none":
		r.barred = true
	}
	names := either(config, "allowedFunctionNames", "allowed_function_names").Array()
	for _, name := range names[:min(len(names), 128)] {
		r.allowed = append(r.allowed, name.Str)
	}
}

// chat reads what was kept of a generateContent.
func (r *request) chat() {
	if r.instruction != nil {
		r.instruct()
	}
	if r.tools != nil {
		r.readTools()
	}
	if r.contents == nil {
		r.fail(invalid("* GenerateContentRequest.contents: contents is not specified\n"))
		return
	}
	r.readContents()
}

// batch reads a batchEmbedContents.
func (r *request) batch() {
	const field = "requests"
	if r.requests == nil {
		r.fail(invalid("* BatchEmbedContentsRequest.requests: at least one request is required\n"))
		return
	}
	s := scan.Scanner{B: r.requests}
	if s.Peek() != '[' {
		r.wrong(field, "Array")
		return
	}
	s.Open('[')
	n := 0
	for ; s.More(']', n); n++ {
		place := field + "[" + strconv.Itoa(n) + "]"
		if s.Peek() != '{' {
			s.Skip()
			r.wrong(place, "type.googleapis.com/google.ai.generativelanguage.v1beta.EmbedContentRequest")
			continue
		}
		if n < MaxBatch {
			r.one(&s, place)
		} else {
			s.Skip()
		}
	}
	switch {
	case n == 0:
		r.fail(invalid("* BatchEmbedContentsRequest.requests: at least one request is required\n"))
	case n > MaxBatch:
		r.fail(invalid("* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n"))
	}
}

// one reads one request of a batch.
func (r *request) one(s *scan.Scanner, place string) {
	var content []byte
	s.Open('{')
	for k := 0; s.More('}', k); k++ {
		key := s.Key()
		raw := s.Skip()
		switch string(key.Raw) {
		case "content":
			content = raw
		case "outputDimensionality", "output_dimensionality":
			r.Dimensions = r.integer(place+".output_dimensionality", gjson.ParseBytes(raw), MaxDimensions)
		}
	}
	if content == nil || content[0] == 'n' {
		r.fail(invalid("* BatchEmbedContentsRequest." + place + ".content: contents is not specified\n"))
		return
	}
	r.embed(content, place+".content")
}

// embed adds one input.
func (r *request) embed(content []byte, place string) {
	var input wire.Request
	in := request{Request: &input, kind: "EmbedContentRequest", embedding: true}
	s := scan.Scanner{B: content}
	in.readContent(&s, place)
	if in.bad != nil {
		r.fail(in.bad)
	}
	r.Prompt.Add(input.Prompt.Tokens, in.hash)
	r.Longest = max(r.Longest, input.Prompt.Tokens)
	r.Inputs = append(r.Inputs, in.hash)
}

// readTools counts the declarations of functions.
func (r *request) readTools() {
	tools := gjson.ParseBytes(r.tools)
	if !tools.IsArray() && !tools.IsObject() {
		r.wrong("tools", "type.googleapis.com/google.ai.generativelanguage.v1beta.Tool")
		return
	}
	r.Prompt.Text(r.tools)
	for _, tool := range tools.Array() {
		for _, f := range either(tool, "functionDeclarations", "function_declarations").Array() {
			name := f.Get("name").Str
			r.Tools = true
			if r.Tool == "" && !r.barred && (len(r.allowed) == 0 || slices.Contains(r.allowed, name)) {
				r.Tool = name
			}
		}
	}
}
