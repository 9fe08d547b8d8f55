package azure_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestAnswers(t *testing.T) {
	answer := func(change func(*wire.Answer)) *wire.Answer {
		a := &wire.Answer{
			ID: 42, Created: 1735689600, Model: "gpt-4.1", OutputTokens: 3, PlannedArgs: 3, Finish: wire.Stop,
			Usage: wire.Usage{Prompt: 7, Output: 3},
		}
		change(a)
		return a
	}
	for name, row := range map[string]struct {
		endpoint string
		a        *wire.Answer
	}{
		"chat":       {wire.Chat, answer(func(*wire.Answer) {})},
		"tool":       {wire.Chat, answer(func(a *wire.Answer) { a.Tool, a.Finish = "f", wire.ToolCalls })},
		"filtered":   {wire.Chat, answer(func(a *wire.Answer) { a.Finish = wire.ContentFilter })},
		"completion": {wire.Completions, answer(func(*wire.Answer) {})},
	} {
		t.Run(name, func(t *testing.T) {
			c := &wire.Call{Endpoint: row.endpoint}
			whole := api.AppendAnswer(nil, c, row.a)
			require.True(t, json.Valid(whole), "%s", whole)
			s := api.Stream(c, &wire.Request{IncludeUsage: true}, row.a, nil)
			b := s.AppendTokens(s.AppendTokens(s.AppendStart(s.AppendOpen(nil)), 0, 2), 2, 3)
			b = s.AppendDone(s.AppendFinish(b))
			for event := range strings.SplitSeq(strings.TrimSuffix(string(b), "data: [DONE]\n\n"), "\n\n") {
				require.True(t, event == "" || json.Valid([]byte(strings.TrimPrefix(event, "data: "))), event)
			}
			golden(t, name, string(whole)+"\n"+string(b))
		})
	}
}

// Responses are OpenAI's own.
func TestResponses(t *testing.T) {
	c, a := &wire.Call{Endpoint: wire.Responses}, &wire.Answer{ID: 1, OutputTokens: 2, Finish: wire.Stop}
	require.Equal(t, openai.API{}.AppendAnswer(nil, c, a), api.AppendAnswer(nil, c, a))
	require.IsType(t, &openai.ResponseStream{}, api.Stream(c, &wire.Request{}, a, nil))
}

func TestFilteredPrompt(t *testing.T) {
	golden(t, "filtered-prompt", string(api.Refuse(&wire.Problem{Kind: wire.Filtered}).Body)+"\n")
}
