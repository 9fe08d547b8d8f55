package anthropic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
)

// parse reads a body as a message.
func parse(body string) (*wire.Request, *wire.Error) {
	r := &wire.Request{Prompt: wire.Prompt{Track: true}}
	return r, anthropic.API{}.Parse(&wire.Call{Endpoint: wire.Chat}, []byte(body), r)
}

func TestParse(t *testing.T) {
	r, bad := parse(` {"model":"claude","max_tokens":2000,"stream":true,"metadata":{"user_id":"u1"},"temperature":0.5,"unknown":[{}],` +
		`"thinking":{"type":"enabled","budget_tokens":1024},"tool_choice":{"type":"tool","name":"g"},` +
		`"tools":[{"name":"f","input_schema":{}},{"name":"g"}],"system":"12345","messages":[{"role":"user","content":"a\"b\u00e9\ud83d\ude00"}]} `)
	require.Nil(t, bad)
	require.Equal(t, "claude", r.Model)
	require.Equal(t, 2000, r.MaxTokens)
	require.Equal(t, "max_tokens", r.MaxField)
	require.True(t, r.Stream && r.IncludeUsage && r.Tools && r.ToolRequired)
	require.Equal(t, "g", r.Tool, "the tool that tool_choice names")
	require.Equal(t, "u1", r.User)
	require.Equal(t, 8+3+2+3, r.Prompt.Tokens, "30 and 12 bytes of tools, 5 bytes, and 3+2+4 bytes once unescaped")
}

func TestParseCountsBlocks(t *testing.T) {
	for name, row := range map[string]struct {
		content string
		tokens  int
	}{
		"text":                    {`"12345"`, 2},
		"text block":              {`[{"type":"text","text":"12345"}]`, 2},
		"two blocks":              {`[{"type":"text","text":"1"},{"text":"2","type":"text"}]`, 2},
		"image":                   {`[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]`, 1600},
		"image by URL":            {`[{"type":"image","source":{"type":"url","url":"https://x"}}]`, 1600},
		"plain document":          {`[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"12345678"}}]`, 2},
		"document of blocks":      {`[{"type":"document","source":{"type":"content","content":[{"type":"text","text":"1234"}]}}]`, 1},
		"document of a text":      {`[{"type":"document","source":{"type":"content","content":"12345"}}]`, 2},
		"tool use":                {`[{"type":"tool_use","id":"t","name":"f","input":{"a": 1}}]`, 2},
		"tool result":             {`[{"type":"tool_result","tool_use_id":"t","content":"12345"}]`, 2},
		"tool result of blocks":   {`[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"12345"}]}]`, 2},
		"tool result without any": {`[{"type":"tool_result","tool_use_id":"t"}]`, 0},
		"thinking does not count": {`[{"type":"thinking","thinking":"long and deep","signature":"s"},{"type":"text","text":"a"}]`, 1},
		"an unknown block":        {`[{"type":"new","text":"1234","more":{"text":"5678"}}]`, 1},
		"a cache mark of null":    {`[{"type":"text","text":"a","cache_control":null}]`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			r, bad := parse(`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":` + row.content + `}]}`)
			require.Nil(t, bad)
			require.Equal(t, row.tokens, r.Prompt.Tokens)
			require.Empty(t, r.Prompt.Marks)
		})
	}
}

func TestParseMarks(t *testing.T) {
	const mark = `,"cache_control":{"type":"ephemeral"}`
	message := `"messages":[{"role":"user","content":[{"type":"text","text":"1234"` + mark + `},{"type":"text","text":"567"}]}]`
	for name, row := range map[string]struct {
		body  string
		marks []int // tokens before each
	}{
		"messages":            {message, []int{1}},
		"system":              {`"system":[{"type":"text"` + mark + `,"text":"12345678"}],` + message, []int{2, 3}},
		"system after":        {message + `,"system":[{"type":"text"` + mark + `,"text":"12345678"}]`, []int{2, 3}},
		"tools":               {`"tools":[{"name":"f"},{"name":"g"` + mark + `}],` + message, []int{3 + 13, 3 + 13 + 1}},
		"the whole request":   {`"cache_control":{"type":"ephemeral"},` + message, []int{1, 2}},
		"inside tool results": {`"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"1"` + mark + `}]}]}]`, []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			r, bad := parse(`{"model":"m","max_tokens":1,` + row.body + `}`)
			require.Nil(t, bad)
			var got []int
			for _, m := range r.Prompt.Marks {
				got = append(got, m.Tokens)
			}
			require.Equal(t, row.marks, got)
		})
	}
	before, bad := parse(`{"system":[{"type":"text","text":"same"` + mark + `}],"model":"m","max_tokens":1,"messages":[{"role":"user","content":"one"}]}`)
	require.Nil(t, bad)
	after, bad := parse(`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"two"}],"system":[{"type":"text","text":"same"` + mark + `}]}`)
	require.Nil(t, bad)
	require.Equal(t, before.Prompt.Marks, after.Prompt.Marks, "equal beginnings are equal in any order of the fields")
}

func TestParseToolChoice(t *testing.T) {
	for name, row := range map[string]struct {
		choice   string
		required bool
		tool     string
	}{
		"absent":  {`null`, false, "f"},
		"auto":    {`{"type":"auto"}`, false, "f"},
		"any":     {`{"type":"any","disable_parallel_tool_use":true}`, true, "f"},
		"tool":    {`{"type":"tool","name":"g"}`, true, "g"},
		"unknown": {`{"type":"tool","name":"x"}`, true, "f"},
		"none":    {`{"type":"none"}`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, bad := parse(`{"model":"m","max_tokens":1,"tools":[{"name":"f"},{"name":"g"}],"tool_choice":` + row.choice +
				`,"messages":[{"role":"user","content":"a"}]}`)
			require.Nil(t, bad)
			require.True(t, r.Tools)
			require.Equal(t, row.required, r.ToolRequired)
			require.Equal(t, row.tool, r.Tool)
		})
	}
}

func TestParseNullsAreAbsent(t *testing.T) {
	r, bad := parse(`{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a"}],"stream":null,"system":null,"tools":null,` +
		`"tool_choice":null,"thinking":null,"metadata":null,"cache_control":null}`)
	require.Nil(t, bad)
	require.False(t, r.Stream || r.Tools || r.ToolRequired)
	require.Equal(t, 1, r.Prompt.Tokens)
}

func TestParseRefuses(t *testing.T) {
	const user = `"messages":[{"role":"user","content":"a"}]`
	body := func(more string) string { return `{"model":"m","max_tokens":5,` + user + more + `}` }
	messages := func(m string) string { return `{"model":"m","max_tokens":5,"messages":` + m + `}` }
	five := `,"system":[` + strings.Repeat(`{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},`, 4) +
		`{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]`
	for name, row := range map[string]struct{ body, message string }{
		"empty":                 {"", "The request body is not valid JSON: unexpected end of data: line 1 column 1 (char 0)"},
		"two values":            {"{}{}", "The request body is not valid JSON: unexpected character: line 1 column 3 (char 2)"},
		"bad on line 2":         {"{\n\"a\" 1}", "The request body is not valid JSON: unexpected character: line 2 column 5 (char 6)"},
		"cut":                   {`{"model":"m"`, "The request body is not valid JSON: unexpected end of data: line 1 column 13 (char 12)"},
		"no object":             {"[]", "Input should be an object"},
		"bad and no object":     {"[", "The request body is not valid JSON: unexpected end of data: line 1 column 2 (char 1)"},
		"no model":              {`{"max_tokens":5,` + user + `}`, "model: Field required"},
		"model is a number":     {`{"model":5,"max_tokens":5,` + user + `}`, "model: Input should be a valid string"},
		"no max_tokens":         {`{"model":"m",` + user + `}`, "max_tokens: Field required"},
		"max_tokens null":       {`{"model":"m","max_tokens":null,` + user + `}`, "max_tokens: Input should be a valid integer"},
		"max_tokens a string":   {`{"model":"m","max_tokens":"5",` + user + `}`, "max_tokens: Input should be a valid integer"},
		"max_tokens 1.5":        {`{"model":"m","max_tokens":1.5,` + user + `}`, "max_tokens: Input should be a valid integer, got a number with a fractional part"},
		"max_tokens 0":          {`{"model":"m","max_tokens":0,` + user + `}`, "max_tokens: Input should be greater than or equal to 1"},
		"max_tokens beyond":     {`{"model":"m","max_tokens":1e300,` + user + `}`, "max_tokens: Input should be less than or equal to 1073741824"},
		"stream a string":       {body(`,"stream":"yes"`), "stream: Input should be a valid boolean"},
		"system a number":       {body(`,"system":5`), "system: Input should be a valid string"},
		"tools an object":       {body(`,"tools":{}`), "tools: Input should be a valid list"},
		"a tool a string":       {body(`,"tools":["f"]`), "tools.0: Input should be an object"},
		"a tool without name":   {body(`,"tools":[{"name":"f"},{}]`), "tools.1.name: Field required"},
		"no messages":           {`{"model":"m","max_tokens":5}`, "messages: Field required"},
		"messages a string":     {messages(`"hi"`), "messages: Input should be a valid list"},
		"messages empty":        {messages(`[]`), "messages: at least one message is required"},
		"message a string":      {messages(`["hi"]`), "messages.0: Input should be an object"},
		"no role":               {messages(`[{"content":"a"}]`), "messages.0.role: Field required"},
		"wrong role":            {messages(`[{"role":"tool","content":"a"}]`), "messages.0.role: Input should be 'user' or 'assistant'"},
		"no content":            {messages(`[{"role":"user"}]`), "messages.0.content: Field required"},
		"content a number":      {messages(`[{"role":"user","content":5}]`), "messages.0.content: Input should be a valid list"},
		"block a string":        {messages(`[{"role":"user","content":["a"]}]`), "messages: content blocks should be objects"},
		"empty block":           {messages(`[{"role":"user","content":[{"type":"text","text":""}]}]`), "messages: text content blocks must be non-empty"},
		"empty block of system": {body(`,"system":[{"type":"text","text":""}]`), "system: text content blocks must be non-empty"},
		"empty content": {
			messages(`[{"role":"user","content":""}]`),
			"messages.0: all messages must have non-empty content except for the optional final assistant message",
		},
		"an empty assistant in between": {
			messages(`[{"role":"assistant","content":[]},{"role":"user","content":"a"}]`),
			"messages.0: all messages must have non-empty content except for the optional final assistant message",
		},
		"a system message first": {
			messages(`[{"role":"system","content":"a"}]`),
			"messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.",
		},
		"five marks":      {body(five), "A maximum of 4 blocks with cache_control may be provided. Found 5."},
		"little thinking": {body(`,"thinking":{"type":"enabled","budget_tokens":1}`), "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"},
		"no budget":       {body(`,"thinking":{"type":"enabled"}`), "thinking.enabled.budget_tokens: Field required"},
		"thinking beyond max_tokens": {
			body(`,"thinking":{"type":"enabled","budget_tokens":2000}`),
			"`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at " +
				"https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
		},
		"nested too deep": {
			body(`,"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600)),
			"The request body is not valid JSON: unexpected character: line 1 column 588 (char 587)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, bad := parse(row.body)
			require.NotNil(t, bad)
			require.Equal(t, 400, bad.Status)
			require.Equal(t, "invalid_request_error", bad.Code)
			require.Equal(t, row.message, gjson.GetBytes(bad.Body, "error.message").Str)
		})
	}
}

func TestASystemMessageMayFollow(t *testing.T) {
	r, bad := parse(`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]}`)
	require.Nil(t, bad)
	require.Equal(t, 2, r.Prompt.Tokens)
}

func TestTheLastAssistantMayBeEmpty(t *testing.T) {
	_, bad := parse(`{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":""}]}`)
	require.Nil(t, bad)
}

func TestParseKeepsWhatItRead(t *testing.T) {
	r, bad := parse(`{"model":"m","stream":true,"max_tokens":0}`)
	require.NotNil(t, bad)
	require.Equal(t, "m", r.Model)
	require.True(t, r.Stream)
}

// FuzzParse reads any body: it never panics, and what it refuses is worded.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"model":"m","max_tokens":5,"system":[{"type":"text","text":"a","cache_control":{}}],"tools":[{"name":"f"}],` +
		`"messages":[{"role":"user","content":[{"type":"image","source":{"type":"text","data":"x","content":["a"]}},` +
		`{"type":"tool_result","content":[{"text":"a"}]},{"type":"tool_use","input":{}}]}],"thinking":{"type":"enabled","budget_tokens":1e9}}`))
	f.Add([]byte(`{"messages":[{"content":[{"source":{"content":[]},"cache_control":5}]}],"cache_control":null}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var tracked, plain wire.Request
		tracked.Prompt.Track = true
		bad := anthropic.API{}.Parse(&wire.Call{Endpoint: wire.Chat}, body, &tracked)
		_ = anthropic.API{}.Parse(&wire.Call{Endpoint: wire.Chat}, body, &plain)
		require.Equal(t, tracked.Prompt.Tokens, plain.Prompt.Tokens)
		require.GreaterOrEqual(t, tracked.MaxTokens, 0)
		if bad != nil {
			require.Equal(t, 400, bad.Status)
			require.True(t, gjson.ValidBytes(bad.Body))
			require.NotEmpty(t, gjson.GetBytes(bad.Body, "error.message").Str)
		} else {
			require.NotEmpty(t, tracked.Model)
			require.Positive(t, tracked.MaxTokens)
		}
	})
}

// BenchmarkParse reads a message of 600 prompt tokens.
func BenchmarkParse(b *testing.B) {
	body := []byte(`{"max_tokens":1000,"messages":[{"role":"user","content":"` + strings.Repeat("abc ", 600) +
		`"}],"model":"m","system":"be kind","stream":true}`)
	b.ReportAllocs()
	for b.Loop() {
		var r wire.Request
		if bad := (anthropic.API{}).Parse(&wire.Call{Endpoint: wire.Chat}, body, &r); bad != nil {
			b.Fatal(bad)
		}
	}
}
