package openai_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

func TestParseChat(t *testing.T) {
	var r wire.Request
	require.Nil(t, openai.Parse(wire.Chat, []byte(` {"model":"gpt-4.1","messages":[{"role":"system","content":"12345"},`+
		`{"content":[{"type":"text","text":"1234"},{"type":"image_url","image_url":{"url":"http://x"}}],"role":"user"},`+
		`{"role":"assistant","content":null,"tool_calls":[]},{"role":"tool","content":"a\"b\u00e9\ud83d\ude00"}],`+
		`"stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"max_completion_tokens":7,"n":3,`+
		`"tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"function","function":{"name":"g"}}],`+
		`"tool_choice":"required","temperature":0.5} `), &r))
	require.Equal(t, "gpt-4.1", r.Model)
	require.Equal(t, 2+1+3, r.Prompt.Tokens, "5 bytes, 4 bytes, and 3+2+4 bytes once unescaped")
	require.True(t, r.Stream && r.IncludeUsage && r.Tools && r.ToolRequired)
	require.Equal(t, "f", r.Tool)
	require.Equal(t, 7, r.MaxTokens)
	require.Equal(t, "max_completion_tokens", r.MaxField)
}

func TestParseNullsAreAbsent(t *testing.T) {
	var r wire.Request
	require.Nil(t, openai.Parse(wire.Chat, []byte(`{"model":"m","messages":[{"content":"a"}],"stream":null,"stream_options":null,`+
		`"max_tokens":null,"max_completion_tokens":null,"tools":null,"tool_choice":null,"dimensions":null,"encoding_format":null}`), &r))
	require.Equal(t, 1, r.Prompt.Tokens)
	require.False(t, r.Stream || r.IncludeUsage || r.Tools || r.ToolRequired || r.Base64)
	require.Zero(t, r.MaxTokens)
}

func TestParseTexts(t *testing.T) {
	for name, row := range map[string]struct {
		endpoint, value string
		tokens, inputs  int
		longest         int
	}{
		"string":             {wire.Embeddings, `"12345"`, 2, 1, 2},
		"strings":            {wire.Embeddings, `["1","12345",""]`, 3, 3, 2},
		"tokens":             {wire.Embeddings, `[1,2,3]`, 3, 1, 3},
		"token arrays":       {wire.Embeddings, `[[1,2],[3]]`, 3, 2, 2},
		"prompt":             {wire.Completions, `"12345"`, 2, 0, 2},
		"prompts":            {wire.Completions, `["1234","1"]`, 2, 0, 1},
		"prompt of tokens":   {wire.Completions, `[5,6]`, 2, 0, 2},
		"prompt null is one": {wire.Completions, `null`, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var r wire.Request
			field := map[string]string{wire.Embeddings: "input", wire.Completions: "prompt"}[row.endpoint]
			require.Nil(t, openai.Parse(row.endpoint, []byte(`{"model":"m","`+field+`":`+row.value+`}`), &r))
			require.Equal(t, row.tokens, r.Prompt.Tokens)
			require.Len(t, r.Inputs, row.inputs)
			require.Equal(t, row.longest, r.Longest)
		})
	}
}

func TestParseRefuses(t *testing.T) {
	chat := func(more string) string { return `{"model":"m","messages":[{"content":"a"}]` + more + `}` }
	many := `{"model":"m","input":[` + strings.Repeat(`"a",`, 2048) + `"a"]}`
	for name, row := range map[string]struct {
		endpoint, body, param, code string
	}{
		"empty":                  {wire.Chat, "", "", ""},
		"two values":             {wire.Chat, "{}{}", "", ""},
		"trailing comma":         {wire.Chat, `{"model":"m",}`, "", ""},
		"control character":      {wire.Chat, "{\"model\":\"m\n\"}", "", ""},
		"bad escape":             {wire.Chat, `{"model":"\x"}`, "", ""},
		"bad number":             {wire.Chat, chat(`,"n":01`), "", ""},
		"bare word":              {wire.Chat, chat(`,"n":nul`), "", ""},
		"array":                  {wire.Chat, "[]", "", ""},
		"nested too deep":        {wire.Chat, `{"model":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, "", ""},
		"model is a number":      {wire.Chat, `{"model":5}`, "model", "invalid_type"},
		"no model":               {wire.Chat, `{"messages":[]}`, "", ""},
		"messages is a string":   {wire.Chat, `{"model":"m","messages":"hi"}`, "messages", "invalid_type"},
		"message is a string":    {wire.Chat, `{"model":"m","messages":["hi"]}`, "messages", "invalid_type"},
		"stream is a string":     {wire.Chat, chat(`,"stream":"yes"`), "stream", "invalid_type"},
		"max_tokens a string":    {wire.Chat, chat(`,"max_tokens":"5"`), "max_tokens", "invalid_type"},
		"max_tokens a fraction":  {wire.Chat, chat(`,"max_tokens":1.5`), "max_tokens", "invalid_type"},
		"max_tokens zero":        {wire.Chat, chat(`,"max_tokens":0`), "max_tokens", "integer_below_min_value"},
		"max_tokens beyond":      {wire.Chat, chat(`,"max_tokens":1e300`), "max_tokens", "integer_above_max_value"},
		"prompt is a number":     {wire.Completions, `{"model":"m","prompt":5}`, "prompt", "invalid_type"},
		"input is an object":     {wire.Embeddings, `{"model":"m","input":{}}`, "input", "invalid_type"},
		"input mixed":            {wire.Embeddings, `{"model":"m","input":[1,"a"]}`, "input", "invalid_type"},
		"input of nulls":         {wire.Embeddings, `{"model":"m","input":[null]}`, "input", "invalid_type"},
		"input empty":            {wire.Embeddings, `{"model":"m","input":[]}`, "input", "empty_array"},
		"too many inputs":        {wire.Embeddings, many, "input", "array_above_max_length"},
		"dimensions beyond":      {wire.Embeddings, `{"model":"m","input":"a","dimensions":5000}`, "dimensions", "integer_above_max_value"},
		"encoding_format":        {wire.Embeddings, `{"model":"m","input":"a","encoding_format":"hex"}`, "encoding_format", "invalid_value"},
		"no messages":            {wire.Chat, `{"model":"m"}`, "messages", "missing_required_parameter"},
		"no input":               {wire.Embeddings, `{"model":"m"}`, "input", "missing_required_parameter"},
		"prompt is no input":     {wire.Embeddings, `{"model":"m","prompt":"a"}`, "input", "missing_required_parameter"},
		"messages are no prompt": {wire.Chat, `{"model":"m","prompt":"a"}`, "messages", "missing_required_parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			var r wire.Request
			e := openai.Parse(row.endpoint, []byte(row.body), &r)
			require.NotNil(t, e)
			require.Equal(t, 400, e.Status)
			require.Equal(t, "invalid_request_error", e.Type)
			require.Equal(t, row.param, e.Param)
			require.Equal(t, row.code, e.Code)
		})
	}
}

func TestWideBodiesAreNotDeep(t *testing.T) {
	body := `{"model":"m","messages":[` + strings.Repeat(`{"content":"[[[{{{\"["},`, 3000) + `{"content":"a"}]}`
	var r wire.Request
	require.Nil(t, openai.Parse(wire.Chat, []byte(body), &r))
	require.Equal(t, 3000*2+1, r.Prompt.Tokens)
}
