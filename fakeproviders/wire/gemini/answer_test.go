package gemini_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden holds a body against a file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// answer is a text of some tokens, with 5 of thoughts, after a prompt of 100 of
// which 60 were read from the cache.
func answer(tokens int) *wire.Answer {
	return &wire.Answer{
		ID: 0x9e3779b97f4a7c15, Created: 1735689600, Model: `gemini-"3"`, OutputTokens: tokens, PlannedArgs: tokens, Finish: wire.Stop,
		Usage: wire.Usage{Prompt: 100, Cached: 60, Output: tokens + 5, Reasoning: 5},
	}
}

func call(tokens int) *wire.Answer {
	a := answer(tokens)
	a.Tool, a.Finish = `f"x`, wire.ToolCalls
	return a
}

// answers are the rows of both tests of shapes.
func answers() map[string]*wire.Answer {
	empty, cut, filtered, missing, plain := answer(0), call(5), answer(0), answer(3), answer(3)
	cut.PlannedArgs, cut.Finish = 9, wire.Length
	empty.Finish, filtered.Finish = wire.Length, wire.ContentFilter
	missing.Usage.Missing = true
	plain.Usage = wire.Usage{Prompt: 100, Output: 3}
	return map[string]*wire.Answer{
		"text": answer(3), "tool_call": call(3), "tool_call_long": call(12), "tool_call_cut": cut,
		"no_content": empty, "filtered": filtered, "no_usage": missing, "no_thoughts": plain,
	}
}

func body(a *wire.Answer) string { return string(gemini.API{}.AppendAnswer(nil, &chat, a)) }

func TestAnswers(t *testing.T) {
	for name, a := range answers() {
		t.Run(name, func(t *testing.T) {
			got := body(a)
			require.True(t, json.Valid([]byte(got)), got)
			golden(t, name+".json", []byte(got))
		})
	}
}

// stream is a whole stream with its tokens in pieces of two.
func stream(a *wire.Answer) []byte {
	s := gemini.API{}.Stream(&chat, nil, a, nil)
	b := s.AppendStart(s.AppendOpen(nil))
	for i := 0; i < a.OutputTokens; i += 2 {
		b = s.AppendTokens(b, i, min(i+2, a.OutputTokens))
	}
	return s.AppendDone(s.AppendFinish(b))
}

func chunks(t *testing.T, sse []byte) (out []gjson.Result) {
	t.Helper()
	for part := range strings.SplitSeq(strings.TrimSuffix(string(sse), "\r\n\r\n"), "\r\n\r\n") {
		data, ok := strings.CutPrefix(part, "data: ")
		require.True(t, ok, part)
		require.True(t, json.Valid([]byte(data)), data)
		out = append(out, gjson.Parse(data))
	}
	return out
}

func TestStreams(t *testing.T) {
	for name, a := range answers() {
		t.Run(name, func(t *testing.T) {
			got := stream(a)
			chunks(t, got)
			golden(t, name+".sse", got)
		})
	}
}

// A stream adds up to the whole answer, and its last usage is that of the answer.
func TestStreamsAddUp(t *testing.T) {
	whole := gjson.Parse(body(answer(1001)))
	text := ""
	var last gjson.Result
	for _, c := range chunks(t, stream(answer(1001))) {
		text += c.Get("candidates.0.content.parts.0.text").Str
		last = c
	}
	require.Equal(t, whole.Get("candidates.0.content.parts.0.text").Str, text)
	require.Equal(t, whole.Get("usageMetadata").Raw, last.Get("usageMetadata").Raw)
	require.Equal(t, whole.Get("responseId").Str, last.Get("responseId").Str)
}

func TestFunctionArguments(t *testing.T) {
	for n := 1; n < 40; n++ {
		whole := gjson.Get(body(call(n)), "candidates.0.content.parts.0.functionCall.args").Raw
		require.Len(t, whole, 4*n)
		got := chunks(t, stream(call(n)))
		require.Len(t, got, 2, "the call in one piece, and the finish")
		require.Equal(t, whole, got[0].Get("candidates.0.content.parts.0.functionCall.args").Raw)
	}
}

func TestStreamError(t *testing.T) {
	s := gemini.API{}.Stream(&chat, nil, answer(3), nil)
	bad := gemini.API{}.Refuse(&wire.Problem{Kind: wire.Overloaded})
	require.Equal(t, "data: {\"error\":{\"code\":503,\"message\":\"The model is overloaded. Please try again later.\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n",
		string(s.AppendError(nil, bad)))
}

func TestEmbeddings(t *testing.T) {
	r := &wire.Request{Inputs: []uint64{7, 8}}
	a := &wire.Answer{Model: "e", Usage: wire.Usage{Prompt: 9}}
	got := gjson.ParseBytes(gemini.API{}.AppendEmbeddings(nil, &batch, r, a, 4))
	require.Equal(t, int64(2), got.Get("embeddings.#").Int())
	require.Equal(t, int64(9), got.Get("usageMetadata.promptTokenCount").Int())
	sum := 0.0
	for _, x := range got.Get("embeddings.1.values").Array() {
		sum += x.Num * x.Num
	}
	require.InDelta(t, 1, math.Sqrt(sum), 1e-6)

	r.Inputs, a.Usage.Missing = r.Inputs[:1], true
	one := string(gemini.API{}.AppendEmbeddings(nil, &embed, r, a, 4))
	require.JSONEq(t, `{"embedding":{"values":`+got.Get("embeddings.0.values").Raw+`}}`, one)
}

func TestModels(t *testing.T) {
	models := []wire.Model{
		{Name: "a", Context: 1_048_576, MaxOutput: 65_536, Endpoints: []string{wire.Chat}},
		{Name: "b", Endpoints: []string{wire.Embeddings}},
		{Name: "c", Endpoints: []string{wire.Chat, wire.Embeddings}},
	}
	const (
		a = `{"name":"models/a","version":"001","displayName":"a","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent"]}`
		b = `{"name":"models/b","version":"001","displayName":"b","supportedGenerationMethods":["embedContent"]}`
		c = `{"name":"models/c","version":"001","displayName":"c","supportedGenerationMethods":["generateContent","embedContent"]}`
	)
	require.Equal(t, `{"models":[`+a+`,`+b+`,`+c+"]}\n", string(gemini.API{}.AppendModels(nil, &wire.Call{}, models)))
	require.Equal(t, b+"\n", string(gemini.API{}.AppendModels(nil, &wire.Call{Model: "b"}, models[1:2])))
}
