package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/routedrill/routedrill/router/wire"
)

// The vendors' own packages know every field of every request we make.
func TestSDKsKnowOurRequests(t *testing.T) {
	for api, judge := range map[string]func(testing.TB, []byte){wire.Anthropic: anthropicKnows, wire.Gemini: geminiKnows} {
		table, err := txtar.ParseFile("testdata/" + api + ".requests.txtar")
		require.NoError(t, err)
		judged := 0
		for _, s := range table.Files {
			head, body, _ := strings.Cut(string(s.Data), "\n")
			if !strings.HasSuffix(s.Name, "/out") || strings.HasPrefix(head, "unfit:") {
				continue
			}
			t.Run(s.Name, func(t *testing.T) { judge(t, []byte(body)) })
			judged++
		}
		require.Greater(t, judged, 10)
	}
}

// anthropicKnows requires that a request read and written again by the vendor's
// package has lost nothing.
func anthropicKnows(t testing.TB, body []byte) {
	var p anthropic.MessageNewParams
	require.NoError(t, json.Unmarshal(body, &p))
	got, err := json.Marshal(p)
	require.NoError(t, err)
	var want map[string]any
	require.NoError(t, json.Unmarshal(body, &want))
	delete(want, "stream") // the package adds it by the method called
	text, err := json.Marshal(want)
	require.NoError(t, err)
	require.JSONEq(t, string(text), string(got))
}

// geminiKnows requires that the vendor's package has a place for every field. It
// has no type for whole requests, but for all their parts.
func geminiKnows(t testing.TB, body []byte) {
	var whole struct {
		SystemInstruction *genai.Content
		Contents          []*genai.Content
		Tools             []*genai.Tool
		ToolConfig        *genai.ToolConfig
		GenerationConfig  *genai.GenerationConfig
		Requests          []struct {
			Model                string
			Content              *genai.Content
			OutputDimensionality int32
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&whole))
}
