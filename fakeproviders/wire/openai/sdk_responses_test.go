package openai_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func asking(model string) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: model, Instructions: sdk.String("be kind"),
		Input: responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
			responses.ResponseInputItemParamOfMessage("hello there", responses.EasyInputMessageRoleUser),
		}},
	}
}

func withFunction(p responses.ResponseNewParams) responses.ResponseNewParams {
	p.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction("get_weather", map[string]any{"type": "object"}, true)}
	return p
}

func TestSDKResponse(t *testing.T) {
	client := client(t, nil)
	got, err := client.Responses.New(t.Context(), asking("m"))
	require.NoError(t, err)
	require.Regexp(t, `^resp_[0-9A-Za-z]{48}$`, got.ID)
	require.Equal(t, responses.ResponseStatusCompleted, got.Status)
	require.Equal(t, "m", got.Model)
	require.WithinDuration(t, time.Now(), time.Unix(int64(got.CreatedAt), 0), time.Minute)
	require.Len(t, got.OutputText(), 48, "four bytes per token")
	require.Len(t, got.Output, 1)
	require.Equal(t, "message", got.Output[0].Type)
	require.Equal(t, int64(5), got.Usage.InputTokens, "7 bytes are 2 tokens, 11 are 3")
	require.Equal(t, int64(12), got.Usage.OutputTokens)
	require.Equal(t, int64(17), got.Usage.TotalTokens)
	require.Zero(t, got.Usage.InputTokensDetails.CachedTokens+got.Usage.OutputTokensDetails.ReasoningTokens)
}

func TestSDKResponseIsCutByItsLimit(t *testing.T) {
	client := client(t, func(c *fakeproviders.Config) {
		c.Demand = func(string) (fakeproviders.Demand, bool) { return fakeproviders.Demand{OutputTokens: 40}, true }
	})
	p := asking("m")
	p.MaxOutputTokens = sdk.Int(20)
	got, err := client.Responses.New(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, responses.ResponseStatusIncomplete, got.Status)
	require.Equal(t, "max_output_tokens", got.IncompleteDetails.Reason)
	require.Len(t, got.OutputText(), 80)
	final := follow(t, client.Responses.NewStreaming(t.Context(), p))
	require.Equal(t, "response.incomplete", final.last)
	require.Equal(t, responses.ResponseStatusIncomplete, final.response.Status)
}

// followed is what a stream told.
type followed struct {
	events, last string
	text, args   string
	response     responses.Response
}

// follow reads a stream to its end with the SDK's types.
func follow(t *testing.T, s *ssestream.Stream[responses.ResponseStreamEventUnion]) followed {
	t.Helper()
	var f followed
	for n := int64(0); s.Next(); n++ {
		e := s.Current()
		require.Equal(t, n, e.SequenceNumber)
		if e.Type != f.last {
			f.events += e.Type + "\n"
			f.last = e.Type
		}
		switch e := e.AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			f.text += e.Delta
		case responses.ResponseFunctionCallArgumentsDeltaEvent:
			f.args += e.Delta
		case responses.ResponseTextDoneEvent:
			require.Equal(t, f.text, e.Text)
		case responses.ResponseFunctionCallArgumentsDoneEvent:
			require.Equal(t, f.args, e.Arguments)
		case responses.ResponseCompletedEvent:
			f.response = e.Response
		case responses.ResponseIncompleteEvent:
			f.response = e.Response
		}
	}
	require.NoError(t, s.Err())
	return f
}

func TestSDKResponseStream(t *testing.T) {
	client := client(t, nil)
	got := follow(t, client.Responses.NewStreaming(t.Context(), asking("m")))
	require.Equal(t, `response.created
response.in_progress
response.output_item.added
response.content_part.added
response.output_text.delta
response.output_text.done
response.content_part.done
response.output_item.done
response.completed
`, got.events)
	require.Len(t, got.text, 48)
	require.Equal(t, got.text, got.response.OutputText())
	require.Equal(t, int64(17), got.response.Usage.TotalTokens)
}

func TestSDKResponseToolCall(t *testing.T) {
	client := client(t, nil)
	whole, err := client.Responses.New(t.Context(), withFunction(asking("m")))
	require.NoError(t, err)
	streamed := follow(t, client.Responses.NewStreaming(t.Context(), withFunction(asking("m"))))
	require.Equal(t, `response.created
response.in_progress
response.output_item.added
response.function_call_arguments.delta
response.function_call_arguments.done
response.output_item.done
response.completed
`, streamed.events)
	for name, r := range map[string]*responses.Response{"whole": whole, "streamed": &streamed.response} {
		t.Run(name, func(t *testing.T) {
			require.Len(t, r.Output, 1)
			call := r.Output[0].AsFunctionCall()
			require.Equal(t, "get_weather", call.Name)
			require.True(t, strings.HasPrefix(call.CallID, "call_"))
			require.True(t, strings.HasPrefix(call.ID, "fc_"))
			require.Len(t, call.Arguments, 48)
			require.True(t, json.Valid([]byte(call.Arguments)), call.Arguments)
		})
	}
	require.Len(t, streamed.args, 48)

	// The answer to the call is part of the next prompt.
	call := whole.Output[0].AsFunctionCall()
	p := asking("m")
	output := responses.ResponseInputItemParamOfFunctionCallOutput("12345678")
	output.OfFunctionCallOutput.CallID = sdk.String(call.CallID)
	p.Input.OfInputItemList = append(p.Input.OfInputItemList,
		responses.ResponseInputItemParamOfFunctionCall(call.Arguments, call.CallID, call.Name), output)
	next, err := client.Responses.New(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, int64(5+12+2), next.Usage.InputTokens)
	require.Len(t, next.OutputText(), 48, "without tools it answers")
}

func TestSDKResponseErrors(t *testing.T) {
	answering := func(status int) func(*fakeproviders.Config) {
		return always(t, "status", fault.Values{"status": {Num: float64(status)}})
	}
	tooLong, tooMuch, tooLittle := asking("m"), asking("m"), asking("m")
	tooLong.Instructions = sdk.String(strings.Repeat("abcd", 1001))
	tooMuch.MaxOutputTokens = sdk.Int(501)
	tooLittle.MaxOutputTokens = sdk.Int(15)
	for name, row := range map[string]struct {
		change            func(*fakeproviders.Config)
		params            responses.ResponseNewParams
		status            int
		kind, param, code string
	}{
		"wrong key": {func(c *fakeproviders.Config) { c.APIKey = "other" }, asking("m"), 401,
			"invalid_request_error", "", "invalid_api_key"},
		"unknown model":     {nil, asking("nope"), 404, "invalid_request_error", "", "model_not_found"},
		"embedding model":   {nil, asking("embed"), 400, "invalid_request_error", "model", "model_not_found"},
		"no input":          {nil, responses.ResponseNewParams{Model: "m"}, 400, "invalid_request_error", "input", "missing_required_parameter"},
		"context":           {nil, tooLong, 400, "invalid_request_error", "input", "context_length_exceeded"},
		"too much output":   {nil, tooMuch, 400, "invalid_request_error", "max_output_tokens", "invalid_value"},
		"too little output": {nil, tooLittle, 400, "invalid_request_error", "max_output_tokens", "integer_below_min_value"},
		"quota of tokens":   {func(c *fakeproviders.Config) { c.Quotas.TPM = 3 }, asking("m"), 429, "tokens", "", "rate_limit_exceeded"},
		"scripted 500":      {answering(500), asking("m"), 500, "server_error", "", ""},
		"scripted 503":      {answering(503), asking("m"), 503, "service_unavailable_error", "", "server_is_overloaded"},
	} {
		t.Run(name, func(t *testing.T) {
			client := client(t, row.change)
			_, err := client.Responses.New(t.Context(), row.params)
			whole := apiError(t, err)
			streamed := apiError(t, client.Responses.NewStreaming(t.Context(), row.params).Err())
			for _, e := range []*sdk.Error{whole, streamed} {
				require.Equal(t, row.status, e.StatusCode)
				require.Equal(t, row.kind, e.Type)
				require.Equal(t, row.param, e.Param)
				require.Equal(t, row.code, e.Code)
				require.NotEmpty(t, e.Message)
			}
		})
	}
}

// Without its terminator a stream has told no usage.
func TestSDKResponseWithoutTerminator(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*fakeproviders.Config)
		last   string
		usage  bool
	}{
		"whole": {func(*fakeproviders.Config) {}, "response.completed", true},
		"cut":   {always(t, "no_terminator", nil), "response.output_item.done", false},
	} {
		t.Run(name, func(t *testing.T) {
			told := make(chan bool, 1)
			client := client(t, func(c *fakeproviders.Config) {
				row.change(c)
				c.Journal = func(e *fakeproviders.Entry) { told <- e.UsageSent }
			})
			require.Equal(t, row.last, follow(t, client.Responses.NewStreaming(t.Context(), asking("m"))).last)
			require.Equal(t, row.usage, <-told)
		})
	}
}
