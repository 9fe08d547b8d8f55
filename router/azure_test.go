package router_test

import (
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/wire"
)

// After https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference
const (
	azureFilters = `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}`
	azureToken   = `{"choices":[{"content_filter_results":{},"delta":{"content":"Hello"},"finish_reason":null,"index":0,"logprobs":null}],"created":1,"id":"c","model":"gpt-4.1-2025-04-14","object":"chat.completion.chunk"}`
	azureFinish  = `{"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0}],"created":1,"id":"c","model":"gpt-4.1-2025-04-14","object":"chat.completion.chunk"}`
)

func TestAzure(t *testing.T) {
	const embedding = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":1,"total_tokens":1}}`
	v := newVendor(t, plain(200, answerBody), streamed(event(azureFilters)+event(azureToken)+event(azureFinish)+event(usage)+event(done)),
		plain(200, embedding), plain(404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`),
		plain(400, `{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`))
	client, l := gateway(t, router.Provider{
		Name: "azure", Wire: wire.Azure, BaseURL: v.url + "/openai", APIKey: theKey, APIVersion: "2025-03-01-preview",
		Models: []router.Model{{Name: "our-gpt"}},
	})

	res, err := client.Chat.Completions.New(t.Context(), ask())
	require.NoError(t, err)
	require.Equal(t, "m-2025", res.Model)
	q := v.request(t, 0)
	require.Equal(t, "POST /openai/deployments/our-gpt/chat/completions?api-version=2025-03-01-preview", q.uri)
	require.Equal(t, theKey, q.header.Get("Api-Key"))
	require.Empty(t, q.header.Get("Authorization"))
	require.JSONEq(t, `{"model":"our-gpt","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hello"}]}`, q.body)

	stream := client.Chat.Completions.NewStreaming(t.Context(), ask())
	var text string
	for stream.Next() {
		for _, c := range stream.Current().Choices {
			text += c.Delta.Content
		}
	}
	require.NoError(t, stream.Err())
	require.Equal(t, "Hello", text)
	require.Equal(t, audit.OK, l.last(t).Attempts[0].Reason)
	require.False(t, l.last(t).Attempts[0].Estimated)

	_, err = client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{Model: "smart", Input: sdk.EmbeddingNewParamsInputUnion{OfString: sdk.String("x")}})
	require.NoError(t, err)
	require.Equal(t, "POST /openai/deployments/our-gpt/embeddings?api-version=2025-03-01-preview", v.request(t, 2).uri)

	for _, want := range []struct {
		status int
		code   string
		reason string
	}{{404, "model_missing", audit.ModelMissing}, {400, "content_filter", audit.ContentFiltered}} {
		_, err = client.Chat.Completions.New(t.Context(), ask())
		e := refusal(t, err)
		require.Equal(t, want.status, e.StatusCode)
		require.Equal(t, want.code, e.Code)
		require.Equal(t, want.reason, l.last(t).Attempts[0].Reason)
	}
}

func TestBaseURLsWithMoreThanAPath(t *testing.T) {
	for _, row := range []struct{ name, base, wire, want string }{
		{"query", "/openai?tenant=7", wire.Azure, "/openai/deployments/m/chat/completions?tenant=7&api-version=2024-10-21"},
		{"query, none of its own", "/v1?tenant=7", wire.OpenAI, "/v1/chat/completions?tenant=7"},
		{"escaped", "/a%2Fb/v1/", wire.OpenAI, "/a%2Fb/v1/chat/completions"},
		{"no path", "", wire.OpenAI, "/chat/completions"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := newVendor(t, plain(200, answerBody))
			client, _ := gateway(t, router.Provider{Name: "p", Wire: row.wire, BaseURL: v.url + row.base, Models: []router.Model{{Name: "m"}}})
			_, err := client.Chat.Completions.New(t.Context(), ask())
			require.NoError(t, err)
			require.Equal(t, "POST "+row.want, v.request(t, 0).uri)
		})
	}
}
