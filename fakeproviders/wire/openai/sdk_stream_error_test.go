package openai_test

import (
	"encoding/json"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// An error after the stream has begun reaches the caller as the SDK's error for
// streams, with the event that holds the service's own error.
func TestSDKErrorInStream(t *testing.T) {
	for name, row := range map[string]struct {
		status     int
		kind, code string
	}{
		"429": {429, "requests", "rate_limit_exceeded"},
		"500": {500, "server_error", ""},
		"503": {503, "service_unavailable_error", "server_is_overloaded"},
	} {
		client := client(t, always(t, "stream_error", fault.Values{"after": {Num: 2}, "status": {Num: float64(row.status)}}))
		check := func(t *testing.T, event, text string, err error) {
			t.Helper()
			require.Len(t, text, 8, "two tokens")
			var bad *ssestream.StreamError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, event, bad.Event.Type)
			var body struct{ Error sdk.ErrorObject }
			require.NoError(t, json.Unmarshal(bad.Event.Data, &body))
			require.Equal(t, row.kind, body.Error.Type)
			require.Equal(t, row.code, body.Error.Code)
			require.NotEmpty(t, body.Error.Message)
			require.Contains(t, bad.Message, body.Error.Message)
		}
		t.Run(name+" chat", func(t *testing.T) {
			s, text := client.Chat.Completions.NewStreaming(t.Context(), params("m")), ""
			for s.Next() {
				text += s.Current().Choices[0].Delta.Content
			}
			check(t, "", text, s.Err())
		})
		t.Run(name+" completions", func(t *testing.T) {
			s, text := client.Completions.NewStreaming(t.Context(), sdk.CompletionNewParams{
				Model: "m", Prompt: sdk.CompletionNewParamsPromptUnion{OfString: sdk.String("hello")},
			}), ""
			for s.Next() {
				text += s.Current().Choices[0].Text
			}
			check(t, "", text, s.Err())
		})
		t.Run(name+" responses", func(t *testing.T) {
			s, text := client.Responses.NewStreaming(t.Context(), asking("m")), ""
			for s.Next() {
				text += s.Current().Delta
			}
			check(t, "error", text, s.Err())
		})
	}
}
