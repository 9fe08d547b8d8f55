package anthropic_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is the official SDK in front of a provider without latency on a real server.
type rig struct {
	sdk.Client
	attempts atomic.Int32 // that the provider journalled
	waits    atomic.Value // the last retry-after, a string
}

// newRig returns a rig. The SDK retries as it does by default, with waits cut to
// a millisecond.
func newRig(t *testing.T, change func(*fakeproviders.Config)) *rig {
	t.Helper()
	r := &rig{}
	c := fakeproviders.Config{
		Name: "p", Vendor: "acme", APIKey: "sk-ant-test-0123456789", API: anthropic.API{},
		Models: []fakeproviders.Model{
			{Name: "m", Context: 1000, MaxOutput: 500},
			{Name: "embed", Endpoints: []string{"embeddings"}},
		},
		Demand: func(string) (fakeproviders.Demand, bool) {
			return fakeproviders.Demand{OutputTokens: 12, Tools: true}, true
		},
		Journal: func(*fakeproviders.Entry) { r.attempts.Add(1) },
	}
	if change != nil {
		change(&c)
	}
	p, err := fakeproviders.New(c)
	require.NoError(t, err)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	hurry := func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		res, err := next(req)
		if res != nil {
			r.waits.Store(res.Header.Get("Retry-After"))
			res.Header.Set("Retry-After-Ms", "1")
		}
		return res, err
	}
	r.Client = sdk.NewClient(option.WithBaseURL(server.URL), option.WithAPIKey("sk-ant-test-0123456789"),
		option.WithHTTPClient(server.Client()), option.WithMiddleware(hurry))
	return r
}

func params(model string) sdk.MessageNewParams {
	return sdk.MessageNewParams{
		Model: model, MaxTokens: 100,
		System:   []sdk.TextBlockParam{{Text: "be kind"}},
		Messages: []sdk.MessageParam{sdk.NewUserMessage(sdk.NewTextBlock("hello there"))},
	}
}

func withTool(p sdk.MessageNewParams) sdk.MessageNewParams {
	p.Tools = []sdk.ToolUnionParam{{OfTool: &sdk.ToolParam{
		Name: "get_weather", InputSchema: sdk.ToolInputSchemaParam{Properties: map[string]any{"input": map[string]any{"type": "string"}}},
	}}}
	return p
}

func TestSDKMessage(t *testing.T) {
	r := newRig(t, nil)
	var res *http.Response
	got, err := r.Messages.New(t.Context(), params("m"), option.WithResponseInto(&res))
	require.NoError(t, err)
	require.Equal(t, "m", got.Model)
	require.True(t, strings.HasPrefix(got.ID, "msg_"))
	require.Equal(t, sdk.StopReasonEndTurn, got.StopReason)
	require.Len(t, got.Content, 1)
	require.Equal(t, "text", got.Content[0].Type)
	require.Len(t, got.Content[0].Text, 48, "four bytes per token")
	require.Equal(t, int64(5), got.Usage.InputTokens, "7 bytes are 2 tokens, 11 are 3")
	require.Equal(t, int64(12), got.Usage.OutputTokens)
	require.Equal(t, sdk.UsageServiceTierStandard, got.Usage.ServiceTier)
	require.Zero(t, got.Usage.CacheReadInputTokens+got.Usage.CacheCreationInputTokens)
	require.True(t, strings.HasPrefix(res.Header.Get("request-id"), "req_"))
}

// accumulate reads a stream to its end and returns the message and the types of
// its events; the SDK keeps pings to itself.
func accumulate(t *testing.T, r *rig, p sdk.MessageNewParams) (sdk.Message, []string) {
	t.Helper()
	s := r.Messages.NewStreaming(t.Context(), p)
	var message sdk.Message
	var kinds []string
	for s.Next() {
		require.NoError(t, message.Accumulate(s.Current()))
		kinds = append(kinds, s.Current().Type)
	}
	require.NoError(t, s.Err())
	require.NoError(t, s.Close())
	return message, kinds
}

func TestSDKStream(t *testing.T) {
	got, kinds := accumulate(t, newRig(t, nil), params("m"))
	require.Equal(t, []string{
		"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
	}, slices.Compact(kinds), "in any number of deltas")
	require.Len(t, got.Content, 1)
	require.Len(t, got.Content[0].Text, 48)
	require.Equal(t, sdk.StopReasonEndTurn, got.StopReason)
	require.Equal(t, int64(5), got.Usage.InputTokens)
	require.Equal(t, int64(12), got.Usage.OutputTokens)
}

func TestSDKMaxTokens(t *testing.T) {
	r := newRig(t, nil)
	p := params("m")
	p.MaxTokens = 3
	got, err := r.Messages.New(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, sdk.StopReasonMaxTokens, got.StopReason)
	require.Len(t, got.Content[0].Text, 12)
	streamed, _ := accumulate(t, r, p)
	require.Equal(t, sdk.StopReasonMaxTokens, streamed.StopReason)
	require.Len(t, streamed.Content[0].Text, 12)
}

func TestSDKToolUse(t *testing.T) {
	r := newRig(t, nil)
	whole, err := r.Messages.New(t.Context(), withTool(params("m")))
	require.NoError(t, err)
	streamed, _ := accumulate(t, r, withTool(params("m")))
	for _, got := range []*sdk.Message{whole, &streamed} {
		require.Equal(t, sdk.StopReasonToolUse, got.StopReason)
		require.Len(t, got.Content, 1)
		use, ok := got.Content[0].AsAny().(sdk.ToolUseBlock)
		require.True(t, ok)
		require.Equal(t, "get_weather", use.Name)
		require.True(t, strings.HasPrefix(use.ID, "toolu_"))
		var input struct{ Input string }
		require.NoError(t, json.Unmarshal(use.Input, &input))
		require.NotEmpty(t, input.Input)
	}
}

// The conversation after a tool call, with everything a message may hold.
func TestSDKConversation(t *testing.T) {
	r := newRig(t, nil)
	p := withTool(params("m"))
	p.System[0].CacheControl = sdk.NewCacheControlEphemeralParam()
	p.Metadata = sdk.MetadataParam{UserID: sdk.String("user-1")}
	p.Messages = append(p.Messages,
		sdk.NewAssistantMessage(sdk.NewToolUseBlock("toolu_1", map[string]any{"input": "x"}, "get_weather")),
		sdk.NewUserMessage(sdk.NewToolResultBlock("toolu_1", "sunny", false)))
	got, err := r.Messages.New(t.Context(), p)
	require.NoError(t, err)
	require.Greater(t, got.Usage.InputTokens, int64(12))
}

func TestSDKModels(t *testing.T) {
	r := newRig(t, nil)
	list, err := r.Models.List(t.Context(), sdk.ModelListParams{})
	require.NoError(t, err)
	require.Len(t, list.Data, 2)
	require.False(t, list.HasMore)
	require.Equal(t, "m", list.Data[0].ID)
	one, err := r.Models.Get(t.Context(), "m", sdk.ModelGetParams{})
	require.NoError(t, err)
	require.Equal(t, int64(1000), one.MaxInputTokens)
	require.Equal(t, int64(500), one.MaxTokens)
	require.Equal(t, 2025, one.CreatedAt.Year())
	_, err = r.Models.Get(t.Context(), "nope", sdk.ModelGetParams{})
	var bad *sdk.Error
	require.ErrorAs(t, err, &bad)
	require.Equal(t, 404, bad.StatusCode)
}

// script makes every request fail with a status.
func script(t *testing.T, status int) func(*fakeproviders.Config) {
	t.Helper()
	f, err := fault.New("status", fault.Values{"status": {Num: float64(status)}, "retry_after": {Num: float64(2 * time.Second)}})
	require.NoError(t, err)
	return func(c *fakeproviders.Config) {
		c.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: f}}
	}
}

// Each error is the SDK's typed error, and is retried twice where the SDK says so.
func TestSDKErrors(t *testing.T) {
	tooLong, long, tooMuch := params("m"), params("m"), params("m")
	tooLong.Messages = append(tooLong.Messages, sdk.NewUserMessage(sdk.NewTextBlock(strings.Repeat("abcd", 1000))))
	long.Messages = append(long.Messages, sdk.NewUserMessage(sdk.NewTextBlock(strings.Repeat("abcd", 950))))
	tooMuch.MaxTokens = 501
	otherKey := func(c *fakeproviders.Config) { c.APIKey = "other" }
	for name, row := range map[string]struct {
		change   func(*fakeproviders.Config)
		params   sdk.MessageNewParams
		status   int
		kind     sdk.ErrorType
		attempts int32
	}{
		"wrong key":        {otherKey, params("m"), 401, sdk.ErrorTypeAuthenticationError, 1},
		"unknown model":    {nil, params("nope"), 404, sdk.ErrorTypeNotFoundError, 1},
		"not a chat model": {nil, params("embed"), 400, sdk.ErrorTypeInvalidRequestError, 1},
		"prompt too long":  {nil, tooLong, 400, sdk.ErrorTypeInvalidRequestError, 1},
		"context":          {nil, long, 400, sdk.ErrorTypeInvalidRequestError, 1},
		"too much output":  {nil, tooMuch, 400, sdk.ErrorTypeInvalidRequestError, 1},
		"no messages":      {nil, sdk.MessageNewParams{Model: "m", MaxTokens: 5}, 400, sdk.ErrorTypeInvalidRequestError, 1},
		"quota":            {func(c *fakeproviders.Config) { c.Quotas.TPM = 3 }, params("m"), 429, sdk.ErrorTypeRateLimitError, 3},
		"400":              {script(t, 400), params("m"), 400, sdk.ErrorTypeInvalidRequestError, 1},
		"402":              {script(t, 402), params("m"), 402, sdk.ErrorTypeBillingError, 1},
		"403":              {script(t, 403), params("m"), 403, sdk.ErrorTypePermissionError, 1},
		"408":              {script(t, 408), params("m"), 408, sdk.ErrorTypeInvalidRequestError, 3},
		"409":              {script(t, 409), params("m"), 409, sdk.ErrorTypeInvalidRequestError, 3},
		"413":              {script(t, 413), params("m"), 413, "request_too_large", 1},
		"429":              {script(t, 429), params("m"), 429, sdk.ErrorTypeRateLimitError, 3},
		"500":              {script(t, 500), params("m"), 500, sdk.ErrorTypeAPIError, 3},
		"504":              {script(t, 504), params("m"), 504, sdk.ErrorTypeTimeoutError, 3},
		"529":              {script(t, 529), params("m"), 529, sdk.ErrorTypeOverloadedError, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, row.change)
			_, err := r.Messages.New(t.Context(), row.params)
			var bad *sdk.Error
			require.ErrorAs(t, err, &bad)
			require.Equal(t, row.status, bad.StatusCode)
			require.Equal(t, row.kind, bad.Type())
			require.True(t, strings.HasPrefix(bad.RequestID, "req_"))
			require.Contains(t, bad.RawJSON(), `"request_id":"`+bad.RequestID+`"`, "the body repeats the header")
			require.Equal(t, row.attempts, r.attempts.Load())
			if row.change != nil && strings.Trim(name, "0123456789") == "" {
				require.Equal(t, "2", r.waits.Load(), "retry-after in seconds")
			}
			s := r.Messages.NewStreaming(t.Context(), row.params)
			require.False(t, s.Next())
			require.ErrorAs(t, s.Err(), &bad)
			require.Equal(t, row.status, bad.StatusCode)
		})
	}
}

// An error after the stream has begun is the SDK's typed error too: the status is
// the 200 that the stream began with, the type that of the error, and the id of the
// request comes from the headers, since the event states none.
func TestSDKErrorInStream(t *testing.T) {
	for name, row := range map[string]struct {
		status int
		kind   sdk.ErrorType
	}{
		"429": {429, sdk.ErrorTypeRateLimitError},
		"500": {500, sdk.ErrorTypeAPIError},
		"504": {504, sdk.ErrorTypeTimeoutError},
		"529": {529, sdk.ErrorTypeOverloadedError},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := fault.New("stream_error", fault.Values{"after": {Num: 2}, "status": {Num: float64(row.status)}})
			require.NoError(t, err)
			r := newRig(t, func(c *fakeproviders.Config) {
				c.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: f}}
			})
			s, text := r.Messages.NewStreaming(t.Context(), params("m")), ""
			for s.Next() {
				text += s.Current().Delta.Text
			}
			require.Len(t, text, 8, "two tokens, once: it is not asked for again")
			var bad *sdk.Error
			require.ErrorAs(t, s.Err(), &bad)
			require.Equal(t, row.kind, bad.Type())
			require.Equal(t, 200, bad.StatusCode)
			require.True(t, strings.HasPrefix(bad.RequestID, "req_"))
			var body struct{ Error struct{ Message string } }
			require.NoError(t, json.Unmarshal([]byte(bad.RawJSON()), &body))
			require.NotEmpty(t, body.Error.Message)
			require.NotContains(t, bad.RawJSON(), "request_id")
		})
	}
}
