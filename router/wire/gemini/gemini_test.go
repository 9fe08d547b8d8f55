package gemini_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/gemini"
)

func TestPath(t *testing.T) {
	for _, row := range []struct {
		name, model, endpoint string
		stream                bool
		path, query           string
	}{
		{"chat", "gemini-2.5-flash", llm.Chat, false, "/models/gemini-2.5-flash:generateContent", ""},
		{"stream", "gemini-2.5-flash", llm.Chat, true, "/models/gemini-2.5-flash:streamGenerateContent", "alt=sse"},
		{"completions", "gemini-2.5-flash", llm.Completions, true, "/models/gemini-2.5-flash:streamGenerateContent", "alt=sse"},
		{"embeddings", "gemini-embedding-001", llm.Embeddings, false, "/models/gemini-embedding-001:batchEmbedContents", ""},
		{"as the list of models spells it", "models/gemini-2.5-flash", llm.Chat, false, "/models/gemini-2.5-flash:generateContent", ""},
		{"odd letters", "a/b c", llm.Chat, false, "/models/a%2Fb%20c:generateContent", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			path, query, ok := gemini.Path(row.model, row.endpoint, row.stream)
			require.True(t, ok)
			require.Equal(t, row.path, path)
			require.Equal(t, row.query, query)
		})
	}
	_, _, ok := gemini.Path("m", llm.Models, false)
	require.False(t, ok)
	require.Equal(t, http.Header{"X-Goog-Api-Key": {"k"}}, gemini.Header("k"))
	require.Empty(t, gemini.Header(""))
}

// Only models that demand signatures get them, one for each turn with calls.
func TestSignatures(t *testing.T) {
	chat := &llm.ChatRequest{Messages: []llm.Message{
		{Role: llm.Assistant, Calls: []llm.Call{{ID: "1", Name: "f"}, {ID: "2", Name: "g"}}},
		{Role: llm.Assistant, Calls: []llm.Call{{ID: "3", Name: "f"}}},
	}}
	for model, want := range map[string]int{
		"gemini-1.5-pro": 0, "gemini-2.5-flash": 0, "gemini-3-pro-preview": 2, "gemini-3.5-flash": 2, "models/gemini-3-flash": 2, "gemma-3-27b-it": 0,
	} {
		body := string(gemini.Chat(chat, model))
		require.Equal(t, want, strings.Count(body, `"thoughtSignature":"skip_thought_signature_validator"`), model)
	}
	require.Contains(t, string(gemini.Chat(chat, "gemini-3-pro")),
		`{"functionCall":{"id":"1","name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"id":"2","name":"g","args":{}}}`)
}
