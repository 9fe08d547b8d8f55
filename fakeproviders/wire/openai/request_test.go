package openai_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

func TestParseChat(t *testing.T) {
	var r openai.Request
	require.Nil(t, r.Parse(openai.Chat, []byte(` {"model":"gpt-4.1","messages":[{"role":"system","content":"12345"},`+
		`{"content":[{"type":"text","text":"1234"},{"type":"image_url","image_url":{"url":"http://x"}}],"role":"user"},`+
		`{"role":"assistant","content":null,"tool_calls":[]},{"role":"tool","content":"a\"b\u00e9\ud83d\ude00"}],`+
		`"stream":true,"stream_options":{"include_usage":true},"max_tokens":9,"max_completion_tokens":7,"n":3,`+
		`"tools":[{"type":"function","function":{"name":"f","parameters":{}}},{"type":"function","function":{"name":"g"}}],`+
		`"tool_choice":"required","temperature":0.5} `)))
	require.Equal(t, "gpt-4.1", r.Model)
	require.Equal(t, 2+1+3, r.PromptTokens, "5 bytes, 4 bytes, and 3+2+4 bytes once unescaped")
	require.True(t, r.Stream && r.IncludeUsage && r.Tools && r.ToolRequired)
	require.Equal(t, "f", r.Tool)
	require.Equal(t, 7, r.MaxTokens)
	require.Equal(t, "max_completion_tokens", r.MaxField)
}

func TestParseNullsAreAbsent(t *testing.T) {
	var r openai.Request
	require.Nil(t, r.Parse(openai.Chat, []byte(`{"model":"m","messages":[{"content":"a"}],"stream":null,"stream_options":null,`+
		`"max_tokens":null,"max_completion_tokens":null,"tools":null,"tool_choice":null,"dimensions":null,"encoding_format":null}`)))
	require.Equal(t, 1, r.PromptTokens)
	require.False(t, r.Stream || r.IncludeUsage || r.Tools || r.ToolRequired || r.Base64)
	require.Zero(t, r.MaxTokens)
}

func TestParseTexts(t *testing.T) {
	for name, row := range map[string]struct {
		endpoint, value string
		tokens, inputs  int
		longest         int
	}{
		"string":             {openai.Embeddings, `"12345"`, 2, 1, 2},
		"strings":            {openai.Embeddings, `["1","12345",""]`, 3, 3, 2},
		"tokens":             {openai.Embeddings, `[1,2,3]`, 3, 1, 3},
		"token arrays":       {openai.Embeddings, `[[1,2],[3]]`, 3, 2, 2},
		"prompt":             {openai.Completions, `"12345"`, 2, 0, 2},
		"prompts":            {openai.Completions, `["1234","1"]`, 2, 0, 1},
		"prompt of tokens":   {openai.Completions, `[5,6]`, 2, 0, 2},
		"prompt null is one": {openai.Completions, `null`, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var r openai.Request
			field := map[string]string{openai.Embeddings: "input", openai.Completions: "prompt"}[row.endpoint]
			require.Nil(t, r.Parse(row.endpoint, []byte(`{"model":"m","`+field+`":`+row.value+`}`)))
			require.Equal(t, row.tokens, r.PromptTokens)
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
		"empty":                  {openai.Chat, "", "", ""},
		"two values":             {openai.Chat, "{}{}", "", ""},
		"trailing comma":         {openai.Chat, `{"model":"m",}`, "", ""},
		"control character":      {openai.Chat, "{\"model\":\"m\n\"}", "", ""},
		"bad escape":             {openai.Chat, `{"model":"\x"}`, "", ""},
		"bad number":             {openai.Chat, chat(`,"n":01`), "", ""},
		"bare word":              {openai.Chat, chat(`,"n":nul`), "", ""},
		"array":                  {openai.Chat, "[]", "", ""},
		"nested too deep":        {openai.Chat, `{"model":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + `}`, "", ""},
		"model is a number":      {openai.Chat, `{"model":5}`, "model", "invalid_type"},
		"no model":               {openai.Chat, `{"messages":[]}`, "", ""},
		"messages is a string":   {openai.Chat, `{"model":"m","messages":"hi"}`, "messages", "invalid_type"},
		"message is a string":    {openai.Chat, `{"model":"m","messages":["hi"]}`, "messages", "invalid_type"},
		"stream is a string":     {openai.Chat, chat(`,"stream":"yes"`), "stream", "invalid_type"},
		"max_tokens a string":    {openai.Chat, chat(`,"max_tokens":"5"`), "max_tokens", "invalid_type"},
		"max_tokens a fraction":  {openai.Chat, chat(`,"max_tokens":1.5`), "max_tokens", "invalid_type"},
		"max_tokens zero":        {openai.Chat, chat(`,"max_tokens":0`), "max_tokens", "integer_below_min_value"},
		"max_tokens beyond":      {openai.Chat, chat(`,"max_tokens":1e300`), "max_tokens", "integer_above_max_value"},
		"prompt is a number":     {openai.Completions, `{"model":"m","prompt":5}`, "prompt", "invalid_type"},
		"input is an object":     {openai.Embeddings, `{"model":"m","input":{}}`, "input", "invalid_type"},
		"input mixed":            {openai.Embeddings, `{"model":"m","input":[1,"a"]}`, "input", "invalid_type"},
		"input of nulls":         {openai.Embeddings, `{"model":"m","input":[null]}`, "input", "invalid_type"},
		"input empty":            {openai.Embeddings, `{"model":"m","input":[]}`, "input", "empty_array"},
		"too many inputs":        {openai.Embeddings, many, "input", "array_above_max_length"},
		"dimensions beyond":      {openai.Embeddings, `{"model":"m","input":"a","dimensions":5000}`, "dimensions", "integer_above_max_value"},
		"encoding_format":        {openai.Embeddings, `{"model":"m","input":"a","encoding_format":"hex"}`, "encoding_format", "invalid_value"},
		"no messages":            {openai.Chat, `{"model":"m"}`, "messages", "missing_required_parameter"},
		"no input":               {openai.Embeddings, `{"model":"m"}`, "input", "missing_required_parameter"},
		"prompt is no input":     {openai.Embeddings, `{"model":"m","prompt":"a"}`, "input", "missing_required_parameter"},
		"messages are no prompt": {openai.Chat, `{"model":"m","prompt":"a"}`, "messages", "missing_required_parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			var r openai.Request
			e := r.Parse(row.endpoint, []byte(row.body))
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
	var r openai.Request
	require.Nil(t, r.Parse(openai.Chat, []byte(body)))
	require.Equal(t, 3000*2+1, r.PromptTokens)
}
