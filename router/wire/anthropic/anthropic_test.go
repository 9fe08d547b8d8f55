package anthropic_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/anthropic"
)

func TestHeader(t *testing.T) {
	require.Equal(t, http.Header{"X-Api-Key": {"k"}, "Anthropic-Version": {"2023-06-01"}}, anthropic.Header("k"))
	require.Equal(t, http.Header{"Anthropic-Version": {"2023-06-01"}}, anthropic.Header(""))
}

func TestMaxTokens(t *testing.T) {
	for _, row := range []struct {
		name        string
		asked, room int64
		want        string
	}{
		{"the client's", 5, 64_000, `"max_tokens":5`},
		{"the model's", 0, 64_000, `"max_tokens":64000`},
		{"what any model gives", 0, 0, `"max_tokens":4096`},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.Contains(t, string(anthropic.Chat(&llm.ChatRequest{MaxTokens: row.asked}, "m", row.room, false)), row.want)
		})
	}
}
