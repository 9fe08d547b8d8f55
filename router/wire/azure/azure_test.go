package azure_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/azure"
)

func TestPath(t *testing.T) {
	for _, row := range []struct{ name, deployment, endpoint, version, path, query string }{
		{"chat", "gpt-4-1", llm.Chat, "", "/deployments/gpt-4-1/chat/completions", "api-version=2024-10-21"},
		{"completions", "davinci", llm.Completions, "2025-03-01-preview", "/deployments/davinci/completions", "api-version=2025-03-01-preview"},
		{"embeddings", "ada", llm.Embeddings, "", "/deployments/ada/embeddings", "api-version=2024-10-21"},
		{"odd letters", "a/b c?", llm.Chat, "", "/deployments/a%2Fb%20c%3F/chat/completions", "api-version=2024-10-21"},
	} {
		t.Run(row.name, func(t *testing.T) {
			path, query, ok := azure.Path(row.deployment, row.endpoint, row.version)
			require.True(t, ok)
			require.Equal(t, row.path, path)
			require.Equal(t, row.query, query)
		})
	}
	_, _, ok := azure.Path("m", llm.Models, "")
	require.False(t, ok)
	require.Equal(t, http.Header{"Api-Key": {"k"}}, azure.Header("k"))
	require.Empty(t, azure.Header(""))
}

func TestValidVersion(t *testing.T) {
	for version, want := range map[string]bool{
		azure.DefaultVersion: true, "2024-09-01-preview": true, "2026-01-01": true,
		"2024-06-01": false, "2023-05-15": false, "": false, "latest": false, "2024-10-21&x=y": false, "2024-10-21-beta": false,
	} {
		require.Equal(t, want, azure.ValidVersion(version), version)
	}
}

// Bodies as seen in public bug reports.
func TestReadError(t *testing.T) {
	for _, row := range []struct {
		name, body string
		want       llm.Error
		ok         bool
	}{
		{"deployment", `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`,
			llm.Error{Code: "model_not_found", Message: "The API deployment for this resource does not exist."}, true},
		{"filter", `{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`,
			llm.Error{Code: "content_filter", Message: "The response was filtered", Param: "prompt"}, true},
		{"limit", `{"error":{"code":"429","message":"Requests to the ChatCompletions_Create Operation have exceeded call rate limit."}}`,
			llm.Error{Code: "429", Message: "Requests to the ChatCompletions_Create Operation have exceeded call rate limit."}, true},
		{"key", `{"error":{"code":"401","message":"Access denied"}}`, llm.Error{Code: "invalid_api_key", Message: "Access denied"}, true},
		{"gateway", `{"statusCode":404,"message":"Resource not found"}`, llm.Error{}, true},
		{"html", `<html>`, llm.Error{}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, ok := azure.ReadError([]byte(row.body))
			require.Equal(t, row.ok, ok)
			require.Equal(t, row.want, got)
		})
	}
}
