package gemini_test

import (
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/genai"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
)

func TestMain(m *testing.M) {
	// The SDK links a library that starts a goroutine when it is loaded.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// rig is the official SDK in front of a provider without latency on a real server.
type rig struct {
	*genai.Client
	attempts atomic.Int32 // that the provider journalled
}

func newRig(t *testing.T, change func(*fakeproviders.Config), retry *genai.HTTPRetryOptions) *rig {
	t.Helper()
	r := &rig{}
	c := fakeproviders.Config{
		Name: "p", Vendor: "acme", APIKey: "AIza-test-0123456789", API: gemini.API{},
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
	r.Client, err = genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: "AIza-test-0123456789", Backend: genai.BackendGeminiAPI, HTTPClient: server.Client(),
		HTTPOptions: genai.HTTPOptions{BaseURL: server.URL, RetryOptions: retry},
	})
	require.NoError(t, err)
	return r
}

func config() *genai.GenerateContentConfig {
	return &genai.GenerateContentConfig{SystemInstruction: genai.NewContentFromText("be kind", genai.RoleUser), MaxOutputTokens: 100}
}

func withTool(c *genai.GenerateContentConfig) *genai.GenerateContentConfig {
	c.Tools = []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{
		Name:       "get_weather",
		Parameters: &genai.Schema{Type: genai.TypeObject, Properties: map[string]*genai.Schema{"input": {Type: genai.TypeString}}},
	}}}}
	return c
}

func TestSDKGenerate(t *testing.T) {
	r := newRig(t, nil, nil)
	got, err := r.Models.GenerateContent(t.Context(), "m", genai.Text("hello there"), config())
	require.NoError(t, err)
	require.Equal(t, "m", got.ModelVersion)
	require.NotEmpty(t, got.ResponseID)
	require.Len(t, got.Candidates, 1)
	require.Equal(t, genai.FinishReasonStop, got.Candidates[0].FinishReason)
	require.Len(t, got.Text(), 48, "four bytes per token")
	require.Equal(t, int32(5), got.UsageMetadata.PromptTokenCount, "7 bytes are 2 tokens, 11 are 3")
	require.Equal(t, int32(12), got.UsageMetadata.CandidatesTokenCount)
	require.Equal(t, int32(17), got.UsageMetadata.TotalTokenCount)
	require.Zero(t, got.UsageMetadata.CachedContentTokenCount+got.UsageMetadata.ThoughtsTokenCount)
}

func TestSDKStream(t *testing.T) {
	r := newRig(t, nil, nil)
	text := ""
	var last *genai.GenerateContentResponse
	for chunk, err := range r.Models.GenerateContentStream(t.Context(), "m", genai.Text("hello there"), config()) {
		require.NoError(t, err)
		require.NotNil(t, chunk.UsageMetadata, "in every chunk")
		text += chunk.Text()
		last = chunk
	}
	require.Len(t, text, 48)
	require.Equal(t, genai.FinishReasonStop, last.Candidates[0].FinishReason)
	require.Equal(t, int32(17), last.UsageMetadata.TotalTokenCount)
}

func TestSDKMaxTokens(t *testing.T) {
	c := config()
	c.MaxOutputTokens = 3
	got, err := newRig(t, nil, nil).Models.GenerateContent(t.Context(), "m", genai.Text("hello there"), c)
	require.NoError(t, err)
	require.Equal(t, genai.FinishReasonMaxTokens, got.Candidates[0].FinishReason)
	require.Len(t, got.Text(), 12)
}

func TestSDKFunctionCall(t *testing.T) {
	r := newRig(t, nil, nil)
	whole, err := r.Models.GenerateContent(t.Context(), "m", genai.Text("hello there"), withTool(config()))
	require.NoError(t, err)
	calls := whole.FunctionCalls()
	require.Equal(t, genai.FinishReasonStop, whole.Candidates[0].FinishReason)
	for chunk, err := range r.Models.GenerateContentStream(t.Context(), "m", genai.Text("hello there"), withTool(config())) {
		require.NoError(t, err)
		calls = append(calls, chunk.FunctionCalls()...)
	}
	require.Len(t, calls, 2)
	for _, call := range calls {
		require.Equal(t, "get_weather", call.Name)
		require.NotEmpty(t, call.Args["input"])
	}
}

// The conversation after a function call.
func TestSDKConversation(t *testing.T) {
	contents := append(genai.Text("hello there"),
		genai.NewContentFromFunctionCall("get_weather", map[string]any{"input": "x"}, genai.RoleModel),
		genai.NewContentFromFunctionResponse("get_weather", map[string]any{"output": "sunny"}, genai.RoleUser))
	got, err := newRig(t, nil, nil).Models.GenerateContent(t.Context(), "m", contents, withTool(config()))
	require.NoError(t, err)
	require.Greater(t, got.UsageMetadata.PromptTokenCount, int32(30))
}

func TestSDKEmbeddings(t *testing.T) {
	r := newRig(t, nil, nil)
	contents := []*genai.Content{
		genai.NewContentFromText("one", genai.RoleUser), genai.NewContentFromText("two", genai.RoleUser), genai.NewContentFromText("one", genai.RoleUser),
	}
	got, err := r.Models.EmbedContent(t.Context(), "embed", contents, nil)
	require.NoError(t, err)
	require.Len(t, got.Embeddings, 3)
	require.Len(t, got.Embeddings[0].Values, 8)
	require.Equal(t, got.Embeddings[0].Values, got.Embeddings[2].Values)
	require.NotEqual(t, got.Embeddings[0].Values, got.Embeddings[1].Values)
	got, err = r.Models.EmbedContent(t.Context(), "embed", contents, &genai.EmbedContentConfig{OutputDimensionality: genai.Ptr[int32](64)})
	require.NoError(t, err)
	require.Len(t, got.Embeddings[1].Values, 64)
}

func TestSDKModels(t *testing.T) {
	r := newRig(t, nil, nil)
	var names []string
	for m, err := range r.Models.All(t.Context()) {
		require.NoError(t, err)
		names = append(names, m.Name)
	}
	require.Equal(t, []string{"models/m", "models/embed"}, names)
	one, err := r.Models.Get(t.Context(), "m", nil)
	require.NoError(t, err)
	require.Equal(t, int32(1000), one.InputTokenLimit)
	require.Equal(t, int32(500), one.OutputTokenLimit)
	require.Equal(t, []string{"generateContent"}, one.SupportedActions)
	_, err = r.Models.Get(t.Context(), "nope", nil)
	var bad genai.APIError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, 404, bad.Code)
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

// Each error is the SDK's typed error. The SDK retries where it is told to, and
// then 408, 429, 500, 502, 503 and 504.
func TestSDKErrors(t *testing.T) {
	otherKey := func(c *fakeproviders.Config) { c.APIKey = "other" }
	tooMuch := config()
	tooMuch.MaxOutputTokens = 501
	for name, row := range map[string]struct {
		change   func(*fakeproviders.Config)
		model    string
		prompt   string
		config   *genai.GenerateContentConfig
		code     int
		status   string
		details  []string // types, without their common beginning
		attempts int32
	}{
		"wrong key":        {otherKey, "m", "hi", config(), 400, "INVALID_ARGUMENT", []string{"ErrorInfo", "LocalizedMessage"}, 1},
		"unknown model":    {nil, "nope", "hi", config(), 404, "NOT_FOUND", nil, 1},
		"not a chat model": {nil, "embed", "hi", config(), 404, "NOT_FOUND", nil, 1},
		"prompt too long":  {nil, "m", strings.Repeat("abcd", 1000), config(), 400, "INVALID_ARGUMENT", nil, 1},
		"too much output":  {nil, "m", "hi", tooMuch, 400, "INVALID_ARGUMENT", nil, 1},
		"quota": {
			func(c *fakeproviders.Config) { c.Quotas.TPM = 3 }, "m", "hi", config(),
			429, "RESOURCE_EXHAUSTED", []string{"Help", "QuotaFailure"}, 3,
		},
		"400": {script(t, 400), "m", "hi", config(), 400, "INVALID_ARGUMENT", []string{"RetryInfo"}, 1},
		"403": {script(t, 403), "m", "hi", config(), 403, "PERMISSION_DENIED", []string{"RetryInfo"}, 1},
		"429": {script(t, 429), "m", "hi", config(), 429, "RESOURCE_EXHAUSTED", []string{"RetryInfo"}, 3},
		"500": {script(t, 500), "m", "hi", config(), 500, "INTERNAL", []string{"RetryInfo"}, 3},
		"503": {script(t, 503), "m", "hi", config(), 503, "UNAVAILABLE", []string{"RetryInfo"}, 3},
		"504": {script(t, 504), "m", "hi", config(), 504, "DEADLINE_EXCEEDED", []string{"RetryInfo"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, row.change, nil)
			_, err := r.Models.GenerateContent(t.Context(), row.model, genai.Text(row.prompt), row.config)
			var bad genai.APIError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, row.code, bad.Code)
			require.Equal(t, row.status, bad.Status)
			require.NotEmpty(t, bad.Message)
			var details []string
			for _, d := range bad.Details {
				kind, _ := d["@type"].(string)
				details = append(details, strings.TrimPrefix(kind, "type.googleapis.com/google.rpc."))
			}
			require.Equal(t, row.details, details)
			require.Equal(t, int32(1), r.attempts.Load(), "the SDK does not retry unasked")

			retry := &genai.HTTPRetryOptions{
				Attempts: genai.Ptr[int32](3), InitialDelay: genai.Ptr(0.001), MaxDelay: genai.Ptr(0.002), Jitter: genai.Ptr(0.0),
			}
			r = newRig(t, row.change, retry)
			for _, err = range r.Models.GenerateContentStream(t.Context(), row.model, genai.Text(row.prompt), row.config) {
				require.ErrorAs(t, err, &bad)
				require.Equal(t, row.status, bad.Status)
			}
			require.Error(t, err)
			require.Equal(t, row.attempts, r.attempts.Load())
		})
	}
}

// An error after the stream has begun is the SDK's typed error too, with code and
// status of the error.
func TestSDKErrorInStream(t *testing.T) {
	for name, row := range map[string]struct {
		code   int
		status string
	}{
		"429": {429, "RESOURCE_EXHAUSTED"},
		"500": {500, "INTERNAL"},
		"503": {503, "UNAVAILABLE"},
		"504": {504, "DEADLINE_EXCEEDED"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := fault.New("stream_error", fault.Values{"after": {Num: 2}, "status": {Num: float64(row.code)}})
			require.NoError(t, err)
			r := newRig(t, func(c *fakeproviders.Config) {
				c.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: f}}
			}, &genai.HTTPRetryOptions{Attempts: genai.Ptr[int32](3), InitialDelay: genai.Ptr(0.001)})
			text, failures := "", 0
			for chunk, err := range r.Models.GenerateContentStream(t.Context(), "m", genai.Text("hello there"), config()) {
				if err == nil {
					require.Zero(t, failures, "it comes last")
					text += chunk.Text()
					continue
				}
				failures++
				var bad genai.APIError
				require.ErrorAs(t, err, &bad)
				require.Equal(t, row.code, bad.Code)
				require.Equal(t, row.status, bad.Status)
				require.NotEmpty(t, bad.Message)
			}
			require.Len(t, text, 8, "two tokens, once: it is not asked for again")
			require.Equal(t, 1, failures)
		})
	}
}

// A prompt that the filter refuses is no error to the SDK, but an answer without
// candidates that says why, and states what it is billed.
func TestSDKBlockedPrompt(t *testing.T) {
	f, err := fault.New("content_filter", nil)
	require.NoError(t, err)
	journal := make(chan fakeproviders.Entry, 2)
	r := newRig(t, func(c *fakeproviders.Config) {
		c.Faults = []fakeproviders.Event{{ID: "f", End: time.Hour, Rate: 1, Fault: f}}
		c.Models[0].Price.InputNano = 2000
		c.Journal = func(e *fakeproviders.Entry) { journal <- *e }
	}, nil)
	whole, err := r.Models.GenerateContent(t.Context(), "m", genai.Text("hello there"), config())
	require.NoError(t, err)
	got := []*genai.GenerateContentResponse{whole}
	for chunk, err := range r.Models.GenerateContentStream(t.Context(), "m", genai.Text("hello there"), config()) {
		require.NoError(t, err)
		got = append(got, chunk)
	}
	require.Len(t, got, 2)
	for _, one := range got {
		require.Empty(t, one.Candidates)
		require.Equal(t, genai.BlockedReasonProhibitedContent, one.PromptFeedback.BlockReason)
		require.Equal(t, int32(5), one.UsageMetadata.PromptTokenCount)
		require.Equal(t, int32(5), one.UsageMetadata.TotalTokenCount)
		e := <-journal
		require.Equal(t, fakeproviders.EndComplete, e.End)
		require.Equal(t, 200, e.Status)
		require.True(t, e.UsageSent)
		require.Equal(t, int64(10), e.BillMicroUSD, "5 × 2000 nano-USD")
	}
}
