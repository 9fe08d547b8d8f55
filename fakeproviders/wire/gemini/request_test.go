package gemini_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
)

var (
	chat  = wire.Call{Endpoint: wire.Chat, Model: "m"}
	embed = wire.Call{Endpoint: wire.Embeddings, Model: "e"}
	batch = wire.Call{Endpoint: wire.Embeddings, Model: "e", Batch: true}
)

func parse(c wire.Call, body string) (*wire.Request, *wire.Error) {
	r := &wire.Request{Prompt: wire.Prompt{Track: true}}
	return r, gemini.API{}.Parse(&c, []byte(body), r)
}

func TestParse(t *testing.T) {
	const tools = `[{"%s":[{"name":"f"},{"name":"g"}]},{"googleSearch":{}}]`
	for name, body := range map[string]string{
		"camelCase": `{"systemInstruction":{"parts":[{"text":"12345"}]},"tools":` + strings.ReplaceAll(tools, "%s", "functionDeclarations") +
			`,"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}},"generationConfig":{"maxOutputTokens":9,` +
			`"thinkingConfig":{"thinkingBudget":5}},"contents":[{"role":"user","parts":[{"text":"a\"b\u00e9"},{"inlineData":{"data":"A"}}]}]}`,
		"snake_case": ` {"generation_config":{"max_output_tokens":"9"},"tool_config":{"function_calling_config":{"mode":"ANY",` +
			`"allowed_function_names":["g"]}},"contents":{"parts":[{"text":"a\"b\u00e9"},{"inline_data":{"data":"A"}}]},"unknown":[{}],` +
			`"system_instruction":{"parts":{"text":"12345"}},"tools":` + strings.ReplaceAll(tools, "%s", "function_declarations") + `} `,
	} {
		t.Run(name, func(t *testing.T) {
			c := chat
			c.Stream = true
			r, bad := parse(c, body)
			require.Nil(t, bad)
			require.Equal(t, "m", r.Model)
			require.Equal(t, 9, r.MaxTokens)
			require.True(t, r.Stream && r.IncludeUsage && r.Tools && r.ToolRequired)
			require.Equal(t, "g", r.Tool, "the first that is allowed")
			toolTokens := map[string]int{"camelCase": 19, "snake_case": 19}[name]
			require.Equal(t, 2+toolTokens+2+258, r.Prompt.Tokens)
		})
	}
}

func TestParseCountsParts(t *testing.T) {
	for name, row := range map[string]struct {
		parts  string
		tokens int
	}{
		"text":              {`[{"text":"12345"}]`, 2},
		"two texts":         {`[{"text":"1"},{"text":"2"}]`, 2},
		"one part":          {`{"text":"12345"}`, 2},
		"file":              {`[{"fileData":{"fileUri":"x"}}]`, 258},
		"function call":     {`[{"functionCall":{"a":1}}]`, 2},
		"function response": {`[{"function_response":{"a":1}}]`, 2},
		"something else":    {`[{"executableCode":{"code":"x"}}]`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, bad := parse(chat, `{"contents":[{"parts":`+row.parts+`}]}`)
			require.Nil(t, bad)
			require.Equal(t, row.tokens, r.Prompt.Tokens)
		})
	}
}

func TestEqualBeginningsInAnyOrderOfFields(t *testing.T) {
	system := `"systemInstruction":{"parts":[{"text":"` + strings.Repeat("abc ", wire.BlockTokens) + `"}]}`
	one, bad := parse(chat, `{`+system+`,"contents":[{"parts":[{"text":"one"}]}]}`)
	require.Nil(t, bad)
	two, bad := parse(chat, `{"contents":[{"parts":[{"text":"two"}]}],`+system+`}`)
	require.Nil(t, bad)
	require.Len(t, one.Prompt.Prefixes, 1)
	require.Equal(t, one.Prompt.Prefixes, two.Prompt.Prefixes)
}

func TestParseToolConfig(t *testing.T) {
	for name, row := range map[string]struct {
		config   string
		required bool
		tool     string
	}{
		"absent":  {`null`, false, "f"},
		"auto":    {`{"functionCallingConfig":{"mode":"AUTO"}}`, false, "f"},
		"any":     {`{"functionCallingConfig":{"mode":"ANY"}}`, true, "f"},
		"unknown": {`{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["x"]}}`, true, ""},
		"none":    {`{"functionCallingConfig":{"mode":"NONE"}}`, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, bad := parse(chat, `{"tools":{"functionDeclarations":[{"name":"f"}]},"contents":[{"parts":[{"text":"a"}]}],"toolConfig":`+row.config+`}`)
			require.Nil(t, bad)
			require.True(t, r.Tools)
			require.Equal(t, row.required, r.ToolRequired)
			require.Equal(t, row.tool, r.Tool)
		})
	}
}

func TestParseEmbeddings(t *testing.T) {
	r, bad := parse(embed, `{"content":{"parts":[{"text":"12345"}]},"taskType":"X","output_dimensionality":16}`)
	require.Nil(t, bad)
	require.Equal(t, 2, r.Prompt.Tokens)
	require.Equal(t, 16, r.Dimensions)
	require.Len(t, r.Inputs, 1)
	require.False(t, r.Stream)

	b, bad := parse(batch, `{"requests":[{"model":"models/e","content":{"parts":[{"text":"12345"}]},"outputDimensionality":16},`+
		`{"content":{"role":"user","parts":[{"text":"1"}]}},{"content":{"parts":{"text":"12345"}}}]}`)
	require.Nil(t, bad)
	require.Equal(t, 5, b.Prompt.Tokens)
	require.Equal(t, 2, b.Longest)
	require.Equal(t, 16, b.Dimensions)
	require.Len(t, b.Inputs, 3)
	require.Equal(t, r.Inputs[0], b.Inputs[0], "a vector depends on the text only")
	require.Equal(t, b.Inputs[0], b.Inputs[2])
	require.NotEqual(t, b.Inputs[0], b.Inputs[1])
}

func TestParseRefuses(t *testing.T) {
	const (
		noContents = "* GenerateContentRequest.contents: contents is not specified\n"
		badJSON    = "Invalid JSON payload received. Unexpected token."
		pkg        = "type.googleapis.com/google.ai.generativelanguage.v1beta."
	)
	user := func(more string) string { return `{"contents":[{"parts":[{"text":"a"}]}]` + more + `}` }
	one := `{"content":{"parts":[{"text":"a"}]}}`
	for name, row := range map[string]struct {
		call                 wire.Call
		body, message, field string // the field of a violation
	}{
		"empty":               {chat, "", badJSON, ""},
		"two values":          {chat, "{}{}", badJSON, ""},
		"no object":           {chat, "[]", badJSON, ""},
		"cut":                 {chat, `{"contents":[`, badJSON, ""},
		"no contents":         {chat, "{}", noContents, ""},
		"contents null":       {chat, `{"contents":null}`, noContents, ""},
		"contents empty":      {chat, `{"contents":[]}`, noContents, ""},
		"contents a string":   {chat, `{"contents":"a"}`, "Invalid value at 'contents' (" + pkg + "Content)", "contents"},
		"content a string":    {chat, `{"contents":["a"]}`, "Invalid value at 'contents[0]' (" + pkg + "Content)", "contents[0]"},
		"parts a string":      {chat, `{"contents":[{"parts":"a"}]}`, "Invalid value at 'contents[0].parts' (" + pkg + "Part)", "contents[0].parts"},
		"part a string":       {chat, `{"contents":[{"parts":["a"]}]}`, "Invalid value at 'contents[0].parts[0]' (" + pkg + "Part)", "contents[0].parts[0]"},
		"text a number":       {chat, `{"contents":[{"parts":[{"text":5}]}]}`, "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING)", "contents[0].parts[0].text"},
		"no parts":            {chat, `{"contents":[{"role":"user"}]}`, "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n", ""},
		"parts empty":         {chat, `{"contents":[{"parts":[]}]}`, "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.\n", ""},
		"wrong role":          {chat, `{"contents":[{"role":"assistant","parts":[{"text":"a"}]}]}`, "Please use a valid role: user, model.", ""},
		"tools a string":      {chat, user(`,"tools":"f"`), "Invalid value at 'tools' (" + pkg + "Tool)", "tools"},
		"instruction wrong":   {chat, user(`,"systemInstruction":"a"`), "Invalid value at 'system_instruction' (" + pkg + "Content)", "system_instruction"},
		"max a word":          {chat, user(`,"generationConfig":{"maxOutputTokens":"x"}`), "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32)", "generation_config.max_output_tokens"},
		"max a boolean":       {chat, user(`,"generationConfig":{"maxOutputTokens":true}`), "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32)", "generation_config.max_output_tokens"},
		"max 1.5":             {chat, user(`,"generationConfig":{"maxOutputTokens":1.5}`), "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32)", "generation_config.max_output_tokens"},
		"max beyond":          {chat, user(`,"generationConfig":{"maxOutputTokens":1e300}`), "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32)", "generation_config.max_output_tokens"},
		"max negative":        {chat, user(`,"generationConfig":{"maxOutputTokens":-1}`), "generation_config.max_output_tokens must be positive.", ""},
		"nothing to embed":    {embed, `{}`, "* EmbedContentRequest.content: contents is not specified\n", ""},
		"embed no parts":      {embed, `{"content":{}}`, "* EmbedContentRequest.content.parts: contents.parts must not be empty.\n", ""},
		"too many dimensions": {embed, `{"content":{"parts":[{"text":"a"}]},"outputDimensionality":9999}`, "Invalid value at 'output_dimensionality' (TYPE_INT32)", "output_dimensionality"},
		"no batch":            {batch, `{}`, "* BatchEmbedContentsRequest.requests: at least one request is required\n", ""},
		"empty batch":         {batch, `{"requests":[]}`, "* BatchEmbedContentsRequest.requests: at least one request is required\n", ""},
		"batch a string":      {batch, `{"requests":"a"}`, "Invalid value at 'requests' (Array)", "requests"},
		"batch of a string":   {batch, `{"requests":["a"]}`, "Invalid value at 'requests[0]' (" + pkg + "EmbedContentRequest)", "requests[0]"},
		"batch of nothing":    {batch, `{"requests":[{"content":null}]}`, "* BatchEmbedContentsRequest.requests[0].content: contents is not specified\n", ""},
		"batch too large":     {batch, `{"requests":[` + strings.Repeat(one+",", 100) + one + `]}`, "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n", ""},
		"nested too deep":     {chat, user(`,"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600)), badJSON, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, bad := parse(row.call, row.body)
			require.NotNil(t, bad)
			require.Equal(t, row.call.Model, r.Model)
			require.Equal(t, 400, bad.Status)
			require.Equal(t, "INVALID_ARGUMENT", bad.Code)
			require.Equal(t, row.message, gjson.GetBytes(bad.Body, "error.message").Str)
			require.Equal(t, row.field, gjson.GetBytes(bad.Body, "error.details.0.fieldViolations.0.field").Str)
			require.Equal(t, row.field != "" || row.message == badJSON, gjson.GetBytes(bad.Body, "error.details").Exists())
		})
	}
}

// FuzzParse reads any body of any call: it never panics, and what it refuses is
// worded.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"contents":[{"role":"user","parts":[{"text":"a"},{"functionCall":{}},{"inline_data":{}}]}],"tools":[{"functionDeclarations":[{"name":"f"}]}],`+
		`"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}},"generation_config":{"max_output_tokens":"5"}}`), byte(0))
	f.Add([]byte(`{"content":{"parts":{"text":"a"}},"outputDimensionality":5}`), byte(1))
	f.Add([]byte(`{"requests":[{"content":{"parts":[{"text":"a"}]}}]}`), byte(2))
	f.Fuzz(func(t *testing.T, body []byte, which byte) {
		c := []wire.Call{chat, embed, batch}[which%3]
		var tracked, plain wire.Request
		tracked.Prompt.Track = true
		bad := gemini.API{}.Parse(&c, body, &tracked)
		_ = gemini.API{}.Parse(&c, body, &plain)
		require.Equal(t, tracked.Prompt.Tokens, plain.Prompt.Tokens)
		require.Equal(t, c.Model, tracked.Model)
		require.GreaterOrEqual(t, tracked.MaxTokens, 0)
		require.LessOrEqual(t, len(tracked.Inputs), gemini.MaxBatch)
		if bad != nil {
			require.Equal(t, 400, bad.Status)
			require.True(t, gjson.ValidBytes(bad.Body))
			require.NotEmpty(t, gjson.GetBytes(bad.Body, "error.message").Str)
		} else if c.Endpoint == wire.Embeddings {
			require.NotEmpty(t, tracked.Inputs)
		}
	})
}

// BenchmarkParse reads a conversation of 600 prompt tokens.
func BenchmarkParse(b *testing.B) {
	body := []byte(`{"contents":[{"parts":[{"text":"` + strings.Repeat("abc ", 600) +
		`"}],"role":"user"}],"systemInstruction":{"parts":[{"text":"be kind"}]},"generationConfig":{"maxOutputTokens":1000}}`)
	b.ReportAllocs()
	for b.Loop() {
		var r wire.Request
		if bad := (gemini.API{}).Parse(&chat, body, &r); bad != nil {
			b.Fatal(bad)
		}
	}
}
