package wire_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire"
	"github.com/routedrill/routedrill/router/wire/openai"
)

func named(t testing.TB, name string) wire.API {
	t.Helper()
	api, ok := wire.Named(name)
	require.True(t, ok)
	return api
}

func request(t testing.TB, endpoint, body string) *openai.Request {
	t.Helper()
	r, err := openai.ReadRequest(endpoint, []byte(body))
	require.NoError(t, err)
	return r
}

func TestNames(t *testing.T) {
	for _, name := range wire.Names() {
		named(t, name)
	}
	require.Equal(t, named(t, wire.OpenAI), named(t, ""))
	_, ok := wire.Named("soap")
	require.False(t, ok)
}

func TestPassthrough(t *testing.T) {
	api := named(t, wire.OpenAI)
	to := wire.Target{Model: "gpt-4.1"}
	for endpoint, want := range map[string]string{
		llm.Chat: "/chat/completions", llm.Completions: "/completions", llm.Embeddings: "/embeddings", llm.Models: "",
	} {
		path, query, ok := api.Path(to, endpoint, true)
		require.Equal(t, want, path)
		require.Empty(t, query)
		require.Equal(t, want != "", ok)
	}
	require.Equal(t, http.Header{"Authorization": {"Bearer k"}}, api.Header("k"))
	require.Empty(t, api.Header(""))

	r := request(t, llm.Chat, `{"model":"smart","x":[1],"messages":[]}`)
	require.Empty(t, api.Unfit(r))
	require.Equal(t, `{"model":"gpt-4.1","x":[1],"messages":[]}`, string(api.Body(r, to)))

	const body = `{"model":"gpt-4.1-2025","choices":[{"message":{"content":"abc"},"finish_reason":"stop"}],"x":1}`
	a, out, ok := api.Answer(r, to, []byte(body))
	require.True(t, ok)
	require.Equal(t, llm.Answer{Model: "gpt-4.1-2025", Finished: true, Complete: true, ContentBytes: 3}, a)
	require.Equal(t, body, string(out), "an answer passes as it is")

	e, out := api.Error([]byte(`{"error":{"message":"m","type":"t","code":"c"},"x":1}`))
	require.Equal(t, llm.Error{Message: "m", Type: "t", Code: "c"}, e)
	require.Equal(t, `{"error":{"message":"m","type":"t","code":"c"},"x":1}`, string(out))
	_, out = api.Error([]byte(`<html>`))
	require.Nil(t, out)
}

// What Anthropic's API is asked for where the client does not say how long an
// answer may be: what fits the context whatever the prompt turns out to have.
func TestRoomForTheAnswer(t *testing.T) {
	for _, row := range []struct {
		name               string
		maxOutput, context int
		want               string
	}{
		{"nothing known", 0, 0, "4096"},
		{"context alone known", 0, 1_000_000, "4096"},
		{"no context known", 64_000, 0, "64000"},
		{"plenty", 64_000, 1_000_000, "64000"},
		{"less than the model gives", 64_000, 100_000, "49972"},
		{"next to nothing", 64_000, 52_000, "4096"},
		{"a model that gives little", 1000, 52_000, "1000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			api := named(t, wire.Anthropic)
			r := request(t, llm.Chat, `{"model":"m","messages":[{"role":"user","content":"`+strings.Repeat("abc ", 25_000)+`"}]}`)
			require.EqualValues(t, 25_014, r.PromptEstimate)
			require.Empty(t, api.Unfit(r))
			body := string(api.Body(r, wire.Target{Model: "m", MaxOutput: row.maxOutput, Context: row.context}))
			require.Contains(t, body, `"max_tokens":`+row.want+",")
		})
	}
}

func TestPassthroughStream(t *testing.T) {
	const whole = ": hello\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"ab\"}}],\"x\":1}\n\ndata: [DONE]\n\n"
	s := named(t, wire.OpenAI).Stream(nil, wire.Target{}, strings.NewReader(whole))
	var out string
	for _, want := range []wire.Event{
		{},
		{HasData: true, Event: llm.Event{Content: true, ContentBytes: 2, Choices: 1}},
		{HasData: true, Event: llm.Event{Done: true}},
	} {
		e, err := s.Next()
		require.NoError(t, err)
		out += string(e.Out)
		got := *e
		got.Out = nil
		require.Equal(t, want, got)
	}
	_, err := s.Next()
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, whole, out)

	for body, want := range map[string]error{
		"data: {\n\n": wire.ErrMalformed,
		"data: " + strings.Repeat("x", 2<<20) + "\n\n": wire.ErrTooLong,
	} {
		_, err := named(t, wire.OpenAI).Stream(nil, wire.Target{}, strings.NewReader(body)).Next()
		require.ErrorIs(t, err, want)
	}
}
