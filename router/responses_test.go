package router_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"
)

func greeting(model string) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: model, Instructions: param.NewOpt("be kind"),
		Input: responses.ResponseNewParamsInputUnion{OfString: param.NewOpt("hello there")},
	}
}

func offering(p responses.ResponseNewParams) responses.ResponseNewParams {
	p.Tools = []responses.ToolUnionParam{{OfFunction: &responses.FunctionToolParam{
		Name: "get_weather", Parameters: map[string]any{"type": "object", "properties": map[string]any{}},
	}}}
	return p
}

// TestSDKResponses: whoever serves, and whether the first target is well or not, the
// SDK sees the Responses API.
func TestSDKResponses(t *testing.T) {
	for _, failing := range []string{"", "reset"} {
		for _, model := range []string{"smart", "smart-too", "anthropic/m"} {
			t.Run(failing+" "+model, func(t *testing.T) {
				client := sdkGateway(t, failing)
				r, err := client.Responses.New(t.Context(), greeting(model))
				require.NoError(t, err)
				require.Equal(t, responses.ResponseStatusCompleted, r.Status)
				require.Len(t, r.OutputText(), 48)
				require.Equal(t, int64(12), r.Usage.OutputTokens)
				require.Equal(t, r.Usage.InputTokens+12, r.Usage.TotalTokens)
				require.Equal(t, "m", r.Model)
				require.Equal(t, "be kind", r.Instructions.OfString)
				require.True(t, strings.HasPrefix(r.ID, "resp_"), r.ID)

				kinds, text, last := readResponse(t, client.Responses.NewStreaming(t.Context(), greeting(model)))
				require.Equal(t, []string{
					"response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
					"response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
				}, kinds)
				require.Equal(t, text, last.OutputText())
				require.Len(t, text, 48)
				require.Equal(t, int64(12), last.Usage.OutputTokens)

				r, err = client.Responses.New(t.Context(), offering(greeting(model)))
				require.NoError(t, err)
				call := calls(r)[0]
				require.Equal(t, "get_weather", call.Name)
				require.True(t, json.Valid([]byte(call.Arguments.OfString)))

				// What the tool said goes back.
				next := offering(greeting(model))
				said := responses.ResponseInputItemParamOfFunctionCallOutput(`{"sky":"clear"}`)
				said.OfFunctionCallOutput.CallID = param.NewOpt(call.CallID)
				next.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
					responses.ResponseInputItemParamOfMessage("hello there", responses.EasyInputMessageRoleUser),
					responses.ResponseInputItemParamOfFunctionCall(call.Arguments.OfString, call.CallID, call.Name),
					said,
				}}
				kinds, _, last = readResponse(t, client.Responses.NewStreaming(t.Context(), next))
				require.Contains(t, kinds, "response.function_call_arguments.delta")
				require.Contains(t, kinds, "response.function_call_arguments.done")
				require.Equal(t, "get_weather", calls(last)[0].Name)
				require.True(t, json.Valid([]byte(calls(last)[0].Arguments.OfString)))
			})
		}
	}
}

func calls(r *responses.Response) (list []responses.ResponseOutputItemUnion) {
	for _, i := range r.Output {
		if i.Type == "function_call" {
			list = append(list, i)
		}
	}
	return list
}

type responseStream interface {
	Next() bool
	Current() responses.ResponseStreamEventUnion
	Err() error
}

// readResponse reads a stream to its end: the kinds of its events, once each for those
// in a row, its text, and the response at its end.
func readResponse(t *testing.T, s responseStream) (kinds []string, text string, last *responses.Response) {
	t.Helper()
	for n := int64(0); s.Next(); n++ {
		e := s.Current()
		require.Equal(t, n, e.SequenceNumber)
		if len(kinds) == 0 || kinds[len(kinds)-1] != e.Type {
			kinds = append(kinds, e.Type)
		}
		switch e.Type {
		case "response.output_text.delta":
			text += e.Delta
		case "response.completed", "response.incomplete":
			last = &e.Response
		}
	}
	require.NoError(t, s.Err())
	require.NotNil(t, last)
	return kinds, text, last
}

// TestSDKResponsesErrors: what cannot be done is said to be so, in the form the SDK knows.
func TestSDKResponsesErrors(t *testing.T) {
	client := sdkGateway(t, "")
	for _, row := range []struct {
		name   string
		change func(*responses.ResponseNewParams)
		status int
		says   string
	}{
		{"an earlier response", func(p *responses.ResponseNewParams) { p.PreviousResponseID = param.NewOpt("resp_1") }, 400, "`previous_response_id`: nothing is stored here"},
		{"in the background", func(p *responses.ResponseNewParams) { p.Background = param.NewOpt(true) }, 400, "`background` is not supported"},
		{"to be kept", func(p *responses.ResponseNewParams) { p.Store = param.NewOpt(true) }, 400, "responses are not stored here"},
		{"a tool of the provider's", func(p *responses.ResponseNewParams) {
			p.Tools = []responses.ToolUnionParam{responses.ToolParamOfWebSearch(responses.WebSearchToolTypeWebSearch)}
		}, 400, "only functions are supported"},
		{"no such model", func(p *responses.ResponseNewParams) { p.Model = "smrt" }, 404, `did you mean "smart"`},
		{"no model", func(p *responses.ResponseNewParams) { p.Model = "" }, 400, "`model` must be a non-empty string"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := greeting("smart")
			row.change(&p)
			_, err := client.Responses.New(t.Context(), p)
			var e *sdk.Error
			require.True(t, errors.As(err, &e), "%v", err)
			require.Equal(t, row.status, e.StatusCode)
			require.Contains(t, e.Message, row.says)
			s := client.Responses.NewStreaming(t.Context(), p)
			require.False(t, s.Next())
			require.True(t, errors.As(s.Err(), &e), "%v", s.Err())
			require.Equal(t, row.status, e.StatusCode)
		})
	}
	t.Run("no response is kept", func(t *testing.T) {
		_, err := client.Responses.Get(t.Context(), "resp_1", responses.ResponseGetParams{})
		var e *sdk.Error
		require.True(t, errors.As(err, &e), "%v", err)
		require.Equal(t, http.StatusNotFound, e.StatusCode)
		require.Equal(t, "response_not_found", e.Code)
	})
}
