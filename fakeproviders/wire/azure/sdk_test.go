package azure_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/openai/openai-go/v3"
	azuresdk "github.com/openai/openai-go/v3/azure"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire/azure"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "0123456789abcdef0123456789abcdef"

// serve puts a provider without latency on a real server and returns its address.
func serve(t *testing.T, change func(*fakeproviders.Config)) *httptest.Server {
	t.Helper()
	c := fakeproviders.Config{
		Name: "p", Vendor: "azure", Region: "East US", API: azure.API{}, APIKey: key,
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
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return server
}

// client is the official SDK with its options for Azure.
func client(t *testing.T, change func(*fakeproviders.Config), opts ...option.RequestOption) sdk.Client {
	t.Helper()
	server := serve(t, change)
	// The SDK speaks without TLS over transports of its own, which keep their
	// connections: this ends them with the test.
	t.Cleanup(server.CloseClientConnections)
	return sdk.NewClient(append([]option.RequestOption{
		azuresdk.WithEndpoint(server.URL, "2024-10-21"), azuresdk.WithAPIKey(key), azuresdk.WithUnsafeAllowHTTP(),
	}, opts...)...)
}

func params(model string) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{
		Model:    model,
		Messages: []sdk.ChatCompletionMessageParamUnion{sdk.SystemMessage("be kind"), sdk.UserMessage("hello there")},
	}
}

func TestSDKChat(t *testing.T) {
	client := client(t, nil)
	var raw *http.Response
	got, err := client.Chat.Completions.New(t.Context(), params("m"), option.WithResponseInto(&raw))
	require.NoError(t, err)
	require.Len(t, got.Choices[0].Message.Content, 48)
	require.Equal(t, int64(17), got.Usage.TotalTokens)
	require.Equal(t, "East US", raw.Header.Get("x-ms-region"))
	require.NotEmpty(t, raw.Header.Get("apim-request-id"))
	require.Contains(t, got.JSON.ExtraFields, "prompt_filter_results")
	require.Contains(t, got.Choices[0].JSON.ExtraFields, "content_filter_results")
}

func TestSDKStream(t *testing.T) {
	client := client(t, nil)
	p := params("m")
	p.StreamOptions.IncludeUsage = sdk.Bool(true)
	s := client.Chat.Completions.NewStreaming(t.Context(), p)
	var acc sdk.ChatCompletionAccumulator
	for n := 0; s.Next(); n++ {
		chunk := s.Current()
		require.Equal(t, n == 0, chunk.ID == "", "the first chunk is about the prompt")
		if n > 0 {
			require.True(t, acc.AddChunk(chunk))
		} else {
			require.Empty(t, chunk.Choices)
			require.Contains(t, chunk.JSON.ExtraFields, "prompt_filter_results")
		}
	}
	require.NoError(t, s.Err())
	require.Len(t, acc.Choices[0].Message.Content, 48)
	require.Equal(t, int64(17), acc.Usage.TotalTokens)
}

func TestSDKTool(t *testing.T) {
	client := client(t, nil)
	p := params("m")
	p.Tools = []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "get_weather"})}
	got, err := client.Chat.Completions.New(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, "tool_calls", got.Choices[0].FinishReason)
	call := got.Choices[0].Message.ToolCalls[0]
	require.Equal(t, "get_weather", call.Function.Name)
	require.True(t, json.Valid([]byte(call.Function.Arguments)))
}

func TestSDKOtherEndpoints(t *testing.T) {
	client := client(t, nil)
	t.Run("completions", func(t *testing.T) {
		got, err := client.Completions.New(t.Context(), sdk.CompletionNewParams{
			Model: "m", Prompt: sdk.CompletionNewParamsPromptUnion{OfString: sdk.String("hello")}, MaxTokens: sdk.Int(3),
		})
		require.NoError(t, err)
		require.Len(t, got.Choices[0].Text, 12)
	})
	t.Run("embeddings", func(t *testing.T) {
		got, err := client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{
			Model: "embed", Input: sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}},
		})
		require.NoError(t, err)
		require.Len(t, got.Data, 2)
	})
	t.Run("models", func(t *testing.T) {
		got, err := client.Models.List(t.Context())
		require.NoError(t, err)
		require.Len(t, got.Data, 2)
	})
	t.Run("responses", func(t *testing.T) {
		p := responses.ResponseNewParams{Model: "m", Input: responses.ResponseNewParamsInputUnion{OfString: sdk.String("hello")}}
		got, err := client.Responses.New(t.Context(), p)
		require.NoError(t, err)
		require.Len(t, got.OutputText(), 48)
		s := client.Responses.NewStreaming(t.Context(), p)
		text, last := "", ""
		for s.Next() {
			text += s.Current().Delta
			last = s.Current().Type
		}
		require.NoError(t, s.Err())
		require.Len(t, text, 48)
		require.Equal(t, "response.completed", last)
	})
}

// The v1 paths are spoken by the SDK without its options for Azure.
func TestSDKv1(t *testing.T) {
	server := serve(t, nil)
	client := sdk.NewClient(option.WithBaseURL(server.URL+"/openai/v1"), option.WithAPIKey(key),
		option.WithHTTPClient(server.Client()), option.WithMaxRetries(0))
	got, err := client.Chat.Completions.New(t.Context(), params("m"))
	require.NoError(t, err)
	require.Len(t, got.Choices[0].Message.Content, 48)
	one, err := client.Models.Get(t.Context(), "embed")
	require.NoError(t, err)
	require.Equal(t, "embed", one.ID)
	_, err = client.Chat.Completions.New(t.Context(), params("nope"))
	require.Equal(t, "DeploymentNotFound", apiError(t, err).Code)
}

func apiError(t *testing.T, err error) *sdk.Error {
	t.Helper()
	var e *sdk.Error
	require.ErrorAs(t, err, &e)
	return e
}

// always is a fault that hits every request.
func always(t *testing.T, kind string, v fault.Values) func(*fakeproviders.Config) {
	t.Helper()
	f, err := fault.New(kind, v)
	require.NoError(t, err)
	return func(c *fakeproviders.Config) {
		c.Faults = []fakeproviders.Event{{ID: kind, End: time.Hour, Rate: 1, Fault: f}}
	}
}

func TestSDKErrors(t *testing.T) {
	answering := func(status int) func(*fakeproviders.Config) {
		return always(t, "status", fault.Values{"status": {Num: float64(status)}})
	}
	tooLong, tooMuch := params("m"), params("m")
	tooLong.Messages = append(tooLong.Messages, sdk.UserMessage(strings.Repeat("abcd", 1000)))
	tooMuch.MaxCompletionTokens = sdk.Int(501)
	for name, row := range map[string]struct {
		change            func(*fakeproviders.Config)
		params            sdk.ChatCompletionNewParams
		status            int
		code, kind, param string
	}{
		"wrong key":          {func(c *fakeproviders.Config) { c.APIKey = "other" }, params("m"), 401, "401", "", ""},
		"unknown deployment": {nil, params("nope"), 404, "DeploymentNotFound", "", ""},
		"not a chat model":   {nil, params("embed"), 400, "OperationNotSupported", "", ""},
		"no messages":        {nil, sdk.ChatCompletionNewParams{Model: "m"}, 400, "missing_required_parameter", "invalid_request_error", "messages"},
		"context":            {nil, tooLong, 400, "context_length_exceeded", "invalid_request_error", "messages"},
		"too much output":    {nil, tooMuch, 400, "invalid_value", "invalid_request_error", "max_completion_tokens"},
		"quota of tokens":    {func(c *fakeproviders.Config) { c.Quotas.TPM = 3 }, params("m"), 429, "429", "", ""},
		"content filter":     {always(t, "content_filter", nil), params("m"), 400, "content_filter", "", "prompt"},
		"retired":            {always(t, "model_retired", nil), params("m"), 404, "404", "", ""},
		"scripted 408":       {answering(408), params("m"), 408, "Timeout", "", ""},
		"scripted 429":       {answering(429), params("m"), 429, "429", "", ""},
		"scripted 500":       {answering(500), params("m"), 500, "", "server_error", ""},
		"scripted 503":       {answering(503), params("m"), 503, "ServiceUnavailable", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := client(t, row.change, option.WithMaxRetries(0))
			_, err := client.Chat.Completions.New(t.Context(), row.params)
			e := apiError(t, err)
			require.Equal(t, row.status, e.StatusCode)
			require.Equal(t, row.code, e.Code)
			require.Equal(t, row.kind, e.Type)
			require.Equal(t, row.param, e.Param)
			require.NotEmpty(t, e.Message)
			require.NotEmpty(t, e.Response.Header.Get("apim-request-id"))
		})
	}
}

// An error after the stream has begun reaches the caller as the SDK's error for
// streams, with the event that holds the service's own error.
func TestSDKErrorInStream(t *testing.T) {
	for name, row := range map[string]struct {
		status     int
		code, kind string
	}{
		"408": {408, "Timeout", ""},
		"429": {429, "429", ""},
		"500": {500, "", "server_error"},
		"503": {503, "ServiceUnavailable", ""},
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
			require.Equal(t, row.code, body.Error.Code)
			require.Equal(t, row.kind, body.Error.Type)
			require.NotEmpty(t, body.Error.Message)
			require.Contains(t, bad.Message, body.Error.Message)
		}
		t.Run(name+" chat", func(t *testing.T) {
			s, text := client.Chat.Completions.NewStreaming(t.Context(), params("m")), ""
			for s.Next() {
				for _, c := range s.Current().Choices { // the first chunk has none
					text += c.Delta.Content
				}
			}
			check(t, "", text, s.Err())
		})
		t.Run(name+" responses", func(t *testing.T) {
			s := client.Responses.NewStreaming(t.Context(), responses.ResponseNewParams{
				Model: "m", Input: responses.ResponseNewParamsInputUnion{OfString: sdk.String("hello")},
			})
			text := ""
			for s.Next() {
				text += s.Current().Delta
			}
			check(t, "error", text, s.Err())
		})
	}
}

// A request that never fits is told to come back in a day: the SDK does not wait
// that long. What can be asked again is asked three times.
func TestSDKRetries(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*fakeproviders.Config)
		tries  int64
	}{
		"429":        {always(t, "status", fault.Values{"status": {Num: 429}, "retry_after": {Num: 1e6}}), 3},
		"500":        {always(t, "status", fault.Values{"status": {Num: 500}, "retry_after": {Num: 1e6}}), 3},
		"400":        {always(t, "status", fault.Values{"status": {Num: 400}, "retry_after": {Num: 1e6}}), 1},
		"never fits": {func(c *fakeproviders.Config) { c.Quotas.TPM = 3 }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var tries atomic.Int64
			client := client(t, func(c *fakeproviders.Config) {
				row.change(c)
				c.Journal = func(*fakeproviders.Entry) { tries.Add(1) }
			})
			_, err := client.Chat.Completions.New(t.Context(), params("m"))
			apiError(t, err)
			require.Equal(t, row.tries, tries.Load())
		})
	}
}
