package router_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
	"github.com/routedrill/routedrill/router"
)

// sdkGateway is the official OpenAI SDK in front of a router in front of fakes that
// speak their vendors' APIs: the first of each route is out of order where
// failing says so, the second serves.
func sdkGateway(t *testing.T, failing string) sdk.Client {
	t.Helper()
	fake := func(name string, api wire.API, faulty bool) string {
		c := fakeproviders.Config{
			Name: name, API: api,
			Models: []fakeproviders.Model{{Name: "m", Context: 8000}, {Name: "e", Endpoints: []string{wire.Embeddings}}},
			Demand: func(string) (fakeproviders.Demand, bool) {
				return fakeproviders.Demand{OutputTokens: 12, Tools: true}, true
			},
		}
		if faulty {
			f, err := fault.New(failing, nil)
			require.NoError(t, err)
			c.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: f}}
		}
		p, err := fakeproviders.New(c)
		require.NoError(t, err)
		server := httptest.NewServer(p)
		t.Cleanup(server.Close)
		return server.URL
	}
	models := []router.Model{{Name: "m"}, {Name: "e"}}
	engine, err := router.New(router.Config{
		Providers: []router.Provider{
			{Name: "openai", BaseURL: fake("openai", nil, failing != "") + "/v1", Models: models},
			{Name: "anthropic", Wire: "anthropic", BaseURL: fake("anthropic", anthropic.API{}, false) + "/v1", Models: models[:1]},
			{Name: "gemini", Wire: "gemini", BaseURL: fake("gemini", gemini.API{}, false) + "/v1beta", Models: models},
		},
		Routes: []router.Route{
			{Name: "smart", Targets: []string{"openai/m", "anthropic/m"}},
			{Name: "smart-too", Targets: []string{"openai/m", "gemini/m"}},
		},
	})
	require.NoError(t, err)
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return sdk.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey("any"), option.WithMaxRetries(0),
		option.WithHTTPClient(server.Client()))
}

func hello(model string) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{
		Model:    model,
		Messages: []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage("be kind"), sdk.UserMessage("hello there")},
	}
}

// TestSDKThroughTheRouter: whoever serves, and whether the first target is well or
// not, the SDK sees the OpenAI API.
func TestSDKThroughTheRouter(t *testing.T) {
	for _, failing := range []string{"", "reset", "false_unauthorized"} {
		for _, model := range []string{"smart", "smart-too", "anthropic/m", "gemini/m"} {
			t.Run(failing+" "+model, func(t *testing.T) {
				client := sdkGateway(t, failing)

				answer, err := client.Chat.Completions.New(t.Context(), hello(model))
				require.NoError(t, err)
				require.Equal(t, "m", answer.Model)
				require.Equal(t, "stop", answer.Choices[0].FinishReason)
				require.Len(t, answer.Choices[0].Message.Content, 48)
				require.Equal(t, int64(12), answer.Usage.CompletionTokens)
				require.Positive(t, answer.Usage.PromptTokens)

				p := hello(model)
				p.StreamOptions.IncludeUsage = sdk.Bool(true)
				stream := client.Chat.Completions.NewStreaming(t.Context(), p)
				var all sdk.ChatCompletionAccumulator
				for stream.Next() {
					require.True(t, all.AddChunk(stream.Current()))
				}
				require.NoError(t, stream.Err())
				require.Len(t, all.Choices[0].Message.Content, 48)
				require.Equal(t, "stop", all.Choices[0].FinishReason)
				require.Equal(t, int64(12), all.Usage.CompletionTokens)

				p = hello(model)
				p.Tools = []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
					Name: "get_weather", Parameters: shared.FunctionParameters{"type": "object"},
				})}
				answer, err = client.Chat.Completions.New(t.Context(), p)
				require.NoError(t, err)
				require.Equal(t, "tool_calls", answer.Choices[0].FinishReason)
				require.Equal(t, "get_weather", answer.Choices[0].Message.ToolCalls[0].Function.Name)

				stream = client.Chat.Completions.NewStreaming(t.Context(), p)
				all = sdk.ChatCompletionAccumulator{}
				for stream.Next() {
					require.True(t, all.AddChunk(stream.Current()))
				}
				require.NoError(t, stream.Err())
				require.Equal(t, "tool_calls", all.Choices[0].FinishReason)
				require.Equal(t, "get_weather", all.Choices[0].Message.ToolCalls[0].Function.Name)
			})
		}
	}
}

func TestSDKEmbeddingsThroughTheRouter(t *testing.T) {
	client := sdkGateway(t, "")
	for _, model := range []string{"openai/e", "gemini/e"} {
		t.Run(model, func(t *testing.T) {
			got, err := client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{
				Model: model, Input: sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}},
			})
			require.NoError(t, err)
			require.Len(t, got.Data, 2)
			require.NotEmpty(t, got.Data[1].Embedding)
			require.Equal(t, int64(1), got.Data[1].Index)
		})
	}
}

// Errors are the SDK's typed errors, also those of other vendors.
func TestSDKErrorsThroughTheRouter(t *testing.T) {
	client := sdkGateway(t, "")
	long := hello("")
	long.Messages = append(long.Messages, sdk.UserMessage(strings.Repeat("abcd", 9000)))
	for name, row := range map[string]struct {
		model  string
		status int
	}{
		"no such route":        {"nothing", 404},
		"too long for openai":  {"openai/m", 400},
		"too long for claude":  {"anthropic/m", 400},
		"too long for gemini":  {"gemini/m", 400},
		"no chat model":        {"openai/e", 404},
		"an empty model field": {"", 400},
	} {
		t.Run(name, func(t *testing.T) {
			p := long
			p.Model = row.model
			_, err := client.Chat.Completions.New(t.Context(), p)
			var bad *sdk.Error
			require.ErrorAs(t, err, &bad)
			require.Equal(t, row.status, bad.StatusCode)
			require.NotEmpty(t, bad.Message)
		})
	}
}

// A client that cancels a stream gets its own error, and the router ends.
func TestSDKCancelThroughTheRouter(t *testing.T) {
	client := sdkGateway(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	stream := client.Chat.Completions.NewStreaming(ctx, hello("smart"))
	require.True(t, stream.Next())
	cancel()
	for stream.Next() { // what had arrived already
	}
	if err := stream.Err(); err != nil {
		require.ErrorIs(t, err, context.Canceled)
	}
}

// The older of the APIs: a prompt, and what comes after it.
func TestSDKCompletionsThroughTheRouter(t *testing.T) {
	client := sdkGateway(t, "reset")
	for _, model := range []string{"smart", "smart-too"} {
		t.Run(model, func(t *testing.T) {
			p := sdk.CompletionNewParams{Model: sdk.CompletionNewParamsModel(model), Prompt: sdk.CompletionNewParamsPromptUnion{OfString: sdk.String("once upon a time")}}
			got, err := client.Completions.New(t.Context(), p)
			require.NoError(t, err)
			require.Len(t, got.Choices[0].Text, 48)
			require.Equal(t, int64(12), got.Usage.CompletionTokens)
			stream := client.Completions.NewStreaming(t.Context(), p)
			text := ""
			for stream.Next() {
				if c := stream.Current().Choices; len(c) > 0 {
					text += c[0].Text
				}
			}
			require.NoError(t, stream.Err())
			require.Len(t, text, 48)
		})
	}
}

func TestSDKModelsThroughTheRouter(t *testing.T) {
	client := sdkGateway(t, "")
	list, err := client.Models.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list.Data, 7)
	for _, want := range list.Data {
		got, err := client.Models.Get(t.Context(), want.ID)
		require.NoError(t, err, want.ID)
		require.Equal(t, want.ID, got.ID)
		require.Equal(t, want.OwnedBy, got.OwnedBy)
	}
	_, err = client.Models.Get(t.Context(), "openai/nothing")
	var bad *sdk.Error
	require.ErrorAs(t, err, &bad)
	require.Equal(t, 404, bad.StatusCode)
}
