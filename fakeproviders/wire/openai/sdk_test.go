package openai_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// provider is a provider without latency.
func provider(t *testing.T, change func(*fakeproviders.Config)) *fakeproviders.Provider {
	t.Helper()
	c := fakeproviders.Config{
		Name: "p", Vendor: "acme", APIKey: "sk-test-key-0123456789",
		Models: []fakeproviders.Model{
			{Name: "m", Endpoints: []string{"chat", "completions"}, Context: 1000, MaxOutput: 500},
			{Name: "embed", Endpoints: []string{"embeddings"}},
		},
		Demand: func(string) (fakeproviders.Demand, bool) {
			return fakeproviders.Demand{OutputTokens: 12, Tools: true}, true
		},
	}
	if change != nil {
		change(&c)
	}
	p, err := fakeproviders.New(c)
	require.NoError(t, err)
	return p
}

// client is the official SDK, without retries, in front of a provider without
// latency on a real server.
func client(t *testing.T, change func(*fakeproviders.Config)) sdk.Client {
	t.Helper()
	return connect(t, provider(t, change), option.WithMaxRetries(0))
}

// connect is the official SDK in front of a real server.
func connect(t *testing.T, h http.Handler, opts ...option.RequestOption) sdk.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return sdk.NewClient(append([]option.RequestOption{
		option.WithBaseURL(server.URL + "/v1"), option.WithAPIKey("sk-test-key-0123456789"), option.WithHTTPClient(server.Client()),
	}, opts...)...)
}

// always is a fault that hits every request.
func always(t *testing.T, kind string, p fault.Values) func(*fakeproviders.Config) {
	t.Helper()
	f, err := fault.New(kind, p)
	require.NoError(t, err)
	return func(c *fakeproviders.Config) {
		c.Faults = []fakeproviders.Event{{ID: kind, End: time.Hour, Rate: 1, Fault: f}}
	}
}

func params(model string) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{
		Model:    model,
		Messages: []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage("be kind"), sdk.UserMessage("hello there")},
	}
}

func withTool(p sdk.ChatCompletionNewParams) sdk.ChatCompletionNewParams {
	p.Tools = []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "get_weather", Parameters: shared.FunctionParameters{"type": "object"},
	})}
	return p
}

func TestSDKChat(t *testing.T) {
	client := client(t, nil)
	got, err := client.Chat.Completions.New(t.Context(), params("m"))
	require.NoError(t, err)
	require.Equal(t, "m", got.Model)
	require.True(t, strings.HasPrefix(got.ID, "chatcmpl-"))
	require.WithinDuration(t, time.Now(), time.Unix(got.Created, 0), time.Minute)
	require.Len(t, got.Choices, 1)
	require.Equal(t, "stop", got.Choices[0].FinishReason)
	require.Len(t, got.Choices[0].Message.Content, 48, "four bytes per token")
	require.Equal(t, "assistant", string(got.Choices[0].Message.Role))
	require.Equal(t, int64(5), got.Usage.PromptTokens, "7 bytes are 2 tokens, 11 are 3")
	require.Equal(t, int64(12), got.Usage.CompletionTokens)
	require.Equal(t, int64(17), got.Usage.TotalTokens)
	require.Zero(t, got.Usage.PromptTokensDetails.CachedTokens)
}

func TestSDKStream(t *testing.T) {
	client := client(t, nil)
	p := params("m")
	p.StreamOptions.IncludeUsage = sdk.Bool(true)
	s := client.Chat.Completions.NewStreaming(t.Context(), p)
	var acc sdk.ChatCompletionAccumulator
	for s.Next() {
		require.True(t, acc.AddChunk(s.Current()))
	}
	require.NoError(t, s.Err())
	require.NoError(t, s.Close())
	require.Len(t, acc.Choices[0].Message.Content, 48)
	require.Equal(t, "stop", acc.Choices[0].FinishReason)
	require.Equal(t, int64(17), acc.Usage.TotalTokens)
}

func TestSDKToolCall(t *testing.T) {
	client := client(t, nil)
	got, err := client.Chat.Completions.New(t.Context(), withTool(params("m")))
	require.NoError(t, err)
	require.Equal(t, "tool_calls", got.Choices[0].FinishReason)
	call := got.Choices[0].Message.ToolCalls[0]
	require.Equal(t, "function", call.Type)
	require.True(t, strings.HasPrefix(call.ID, "call_"))
	require.Equal(t, "get_weather", call.Function.Name)
	require.Len(t, call.Function.Arguments, 48)
	require.True(t, json.Valid([]byte(call.Function.Arguments)), call.Function.Arguments)

	s := client.Chat.Completions.NewStreaming(t.Context(), withTool(params("m")))
	var acc sdk.ChatCompletionAccumulator
	for s.Next() {
		require.True(t, acc.AddChunk(s.Current()))
	}
	require.NoError(t, s.Err())
	require.Equal(t, "tool_calls", acc.Choices[0].FinishReason)
	streamed := acc.Choices[0].Message.ToolCalls[0]
	require.Equal(t, "get_weather", streamed.Function.Name)
	require.True(t, json.Valid([]byte(streamed.Function.Arguments)), streamed.Function.Arguments)
	require.NotEmpty(t, streamed.ID)
}

func TestSDKEmbeddings(t *testing.T) {
	client := client(t, nil)
	in := sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two", "one"}}
	got, err := client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{Model: "embed", Input: in})
	require.NoError(t, err)
	require.Len(t, got.Data, 3)
	require.Len(t, got.Data[0].Embedding, 8)
	require.Equal(t, got.Data[0].Embedding, got.Data[2].Embedding)
	require.NotEqual(t, got.Data[0].Embedding, got.Data[1].Embedding)
	require.Equal(t, int64(3), got.Usage.TotalTokens)
	got, err = client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{Model: "embed", Input: in, Dimensions: sdk.Int(64)})
	require.NoError(t, err)
	require.Len(t, got.Data[1].Embedding, 64)
}

func TestSDKCompletions(t *testing.T) {
	client := client(t, nil)
	p := sdk.CompletionNewParams{
		Model: "m", Prompt: sdk.CompletionNewParamsPromptUnion{OfString: sdk.String("hello")}, MaxTokens: sdk.Int(3),
	}
	got, err := client.Completions.New(t.Context(), p)
	require.NoError(t, err)
	require.Len(t, got.Choices[0].Text, 12)
	require.Equal(t, sdk.CompletionChoiceFinishReasonLength, got.Choices[0].FinishReason)
	require.Equal(t, int64(2), got.Usage.PromptTokens)
	s := client.Completions.NewStreaming(t.Context(), p)
	text := ""
	for s.Next() {
		text += s.Current().Choices[0].Text
	}
	require.NoError(t, s.Err())
	require.Len(t, text, 12)
}

func TestSDKModels(t *testing.T) {
	client := client(t, nil)
	list, err := client.Models.List(t.Context())
	require.NoError(t, err)
	require.Len(t, list.Data, 2)
	require.Equal(t, "m", list.Data[0].ID)
	one, err := client.Models.Get(t.Context(), "embed")
	require.NoError(t, err)
	require.Equal(t, "acme", one.OwnedBy)
	_, err = client.Models.Get(t.Context(), "nope")
	require.Equal(t, 404, apiError(t, err).StatusCode)
}

func apiError(t *testing.T, err error) *sdk.Error {
	t.Helper()
	var e *sdk.Error
	require.ErrorAs(t, err, &e)
	return e
}

func TestSDKErrors(t *testing.T) {
	answering := func(status int) func(*fakeproviders.Config) {
		return always(t, "status", fault.Values{"status": {Num: float64(status)}})
	}
	otherKey := func(c *fakeproviders.Config) { c.APIKey = "other" }
	tooLong := params("m")
	tooLong.MaxCompletionTokens = sdk.Int(500)
	tooLong.Messages = append(tooLong.Messages, sdk.UserMessage(strings.Repeat("abcd", 500)))
	tooMuch := params("m")
	tooMuch.MaxCompletionTokens = sdk.Int(501)
	for name, row := range map[string]struct {
		change func(*fakeproviders.Config)
		params sdk.ChatCompletionNewParams
		status int
		kind   string
		param  string
		code   string
	}{
		"wrong key":         {otherKey, params("m"), 401, "invalid_request_error", "", "invalid_api_key"},
		"unknown model":     {nil, params("nope"), 404, "invalid_request_error", "", "model_not_found"},
		"not a chat model":  {nil, params("embed"), 404, "invalid_request_error", "model", ""},
		"context":           {nil, tooLong, 400, "invalid_request_error", "messages", "context_length_exceeded"},
		"too much output":   {nil, tooMuch, 400, "invalid_request_error", "max_completion_tokens", "invalid_value"},
		"no messages":       {nil, sdk.ChatCompletionNewParams{Model: "m"}, 400, "invalid_request_error", "messages", ""},
		"scripted 403":      {answering(403), params("m"), 403, "request_forbidden", "", "unsupported_country_region_territory"},
		"scripted 429":      {answering(429), params("m"), 429, "requests", "", "rate_limit_exceeded"},
		"scripted 500":      {answering(500), params("m"), 500, "server_error", "", ""},
		"scripted 503":      {answering(503), params("m"), 503, "service_unavailable_error", "", "server_is_overloaded"},
		"scripted 529":      {answering(529), params("m"), 529, "server_error", "", ""},
		"quota of requests": {func(c *fakeproviders.Config) { c.Quotas.TPM = 3 }, params("m"), 429, "tokens", "", "rate_limit_exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			client := client(t, row.change)
			_, err := client.Chat.Completions.New(t.Context(), row.params)
			e := apiError(t, err)
			require.Equal(t, row.status, e.StatusCode)
			require.Equal(t, row.kind, e.Type)
			require.Equal(t, row.param, e.Param)
			if name != "no messages" {
				require.Equal(t, row.code, e.Code)
			}
			require.NotEmpty(t, e.Message)
			require.True(t, strings.HasPrefix(e.Response.Header.Get("X-Request-Id"), "req_"))
		})
	}
}
