package anthropic_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var chat = &wire.Call{Endpoint: wire.Chat}

// answer is a text of some tokens after a prompt of 100, of which 60 were read
// from the cache and 30 written to it.
func answer(tokens int) *wire.Answer {
	return &wire.Answer{
		ID: 0x9e3779b97f4a7c15, Created: 1735689600, Model: `claude-"4"`, OutputTokens: tokens, PlannedArgs: tokens, Finish: wire.Stop,
		Usage: wire.Usage{Prompt: 100, Cached: 60, CacheWrite: 30, Output: tokens + 5, Reasoning: 5},
	}
}

func call(tokens int) *wire.Answer {
	a := answer(tokens)
	a.Tool, a.Finish = `f"x`, wire.ToolCalls
	return a
}

func body(a *wire.Answer) string { return string(anthropic.API{}.AppendAnswer(nil, chat, a)) }

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

func TestAnswers(t *testing.T) {
	empty, cut, filtered, missing := answer(0), call(5), answer(2), answer(3)
	cut.PlannedArgs, cut.Finish = 9, wire.Length
	filtered.Finish = wire.ContentFilter
	empty.Finish = wire.Length
	missing.Usage.Missing = true
	for name, a := range map[string]*wire.Answer{
		"text":           answer(3),
		"tool_call":      call(3),
		"tool_call_long": call(12),
		"tool_call_cut":  cut,
		"no_content":     empty,
		"filtered":       filtered,
		"no_usage":       missing,
	} {
		t.Run(name, func(t *testing.T) {
			got := body(a)
			require.True(t, json.Valid([]byte(got)), got)
			golden(t, name+".json", []byte(got))
		})
	}
}

// Arguments of any length are an object of exactly four bytes per token, and in
// a stream, by any steps, the same.
func TestToolArguments(t *testing.T) {
	for n := 1; n < 40; n++ {
		whole := gjson.Get(body(call(n)), "content.0.input").Raw
		require.Len(t, whole, 4*n)
		for step := 1; step <= n; step++ {
			s, pieces := anthropic.API{}.Stream(chat, nil, call(n), nil), ""
			for i := 0; i < n; i += step {
				for _, e := range events(t, s.AppendTokens(nil, i, min(i+step, n))) {
					pieces += gjson.Get(e.data, "delta.partial_json").Str
				}
			}
			require.Equal(t, whole, pieces, "%d tokens by %d", n, step)
		}
	}
}

func TestTextIsTheSameStreamed(t *testing.T) {
	whole := gjson.Get(body(answer(1000)), "content.0.text").Str
	require.Len(t, whole, 4000)
	s := anthropic.API{}.Stream(chat, nil, answer(1000), nil)
	var pieces strings.Builder
	for i := 0; i < 1000; i += 7 {
		pieces.WriteString(gjson.Get(events(t, s.AppendTokens(nil, i, min(i+7, 1000)))[0].data, "delta.text").Str)
	}
	require.Equal(t, whole, pieces.String())
}

type event struct{ name, data string }

// events splits a stream, and holds each event's name against its type.
func events(t *testing.T, sse []byte) (out []event) {
	t.Helper()
	for part := range strings.SplitSeq(strings.TrimSuffix(string(sse), "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(part, "\n")
		require.True(t, ok, part)
		e := event{strings.TrimPrefix(name, "event: "), strings.TrimPrefix(data, "data: ")}
		require.True(t, json.Valid([]byte(e.data)), e.data)
		require.Equal(t, e.name, gjson.Get(e.data, "type").Str)
		out = append(out, e)
	}
	return out
}

// stream is a whole stream with its tokens in one piece.
func stream(a *wire.Answer) []byte {
	s := anthropic.API{}.Stream(chat, nil, a, nil)
	b := s.AppendStart(s.AppendOpen(nil))
	if a.OutputTokens > 0 {
		b = s.AppendTokens(b, 0, a.OutputTokens)
	}
	return s.AppendDone(s.AppendFinish(b))
}

func TestStreams(t *testing.T) {
	empty, missing := answer(0), answer(1)
	empty.Finish = wire.ContentFilter
	missing.Usage.Missing = true
	for name, a := range map[string]*wire.Answer{
		"text":       answer(3),
		"tool_call":  call(2),
		"no_content": empty,
		"no_usage":   missing,
	} {
		t.Run(name, func(t *testing.T) {
			got := stream(a)
			events(t, got)
			golden(t, name+".sse", got)
		})
	}
}

func TestStreamError(t *testing.T) {
	s := anthropic.API{}.Stream(chat, nil, answer(3), nil)
	bad := anthropic.API{}.Refuse(&wire.Problem{Kind: wire.Overloaded})
	require.Equal(t, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
		string(s.AppendError(nil, bad)))
	require.Equal(t, "event: error\ndata: {}\n\n", string(s.AppendError(nil, &wire.Error{Body: []byte("{}")})))
}

func TestModels(t *testing.T) {
	models := []wire.Model{
		{Name: "a", Owner: "o", Created: 1735689600, Context: 200_000, MaxOutput: 64_000},
		{Name: "b", Created: 1735689600},
	}
	const (
		a = `{"type":"model","id":"a","display_name":"a","created_at":"2025-01-01T00:00:00Z","lifecycle":"active","deprecated_at":null,` +
			`"retires_at":null,"max_input_tokens":200000,"max_tokens":64000}`
		b = `{"type":"model","id":"b","display_name":"b","created_at":"2025-01-01T00:00:00Z","lifecycle":"active","deprecated_at":null,"retires_at":null}`
	)
	for name, row := range map[string]struct {
		call   wire.Call
		models []wire.Model
		want   string
	}{
		"all":  {wire.Call{}, models, `{"data":[` + a + `,` + b + `],"has_more":false,"first_id":"a","last_id":"b"}`},
		"one":  {wire.Call{Model: "b"}, models, b},
		"none": {wire.Call{}, nil, `{"data":[],"has_more":false,"first_id":null,"last_id":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.want, string(anthropic.API{}.AppendModels(nil, &row.call, row.models)))
		})
	}
}
