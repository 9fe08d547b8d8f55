package wire_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/wire"
)

// The vendors' own packages know every field of every request we make: what
// they read and write again has lost nothing.
func TestSDKsKnowOurRequests(t *testing.T) {
	for api, again := range map[string]func([]byte) ([]byte, error){
		wire.Anthropic: func(body []byte) ([]byte, error) {
			var p anthropic.MessageNewParams
			if err := json.Unmarshal(body, &p); err != nil {
				return nil, err
			}
			return json.Marshal(p)
		},
	} {
		table, err := txtar.ParseFile("testdata/" + api + ".requests.txtar")
		require.NoError(t, err)
		judged := 0
		for _, s := range table.Files {
			head, body, _ := strings.Cut(string(s.Data), "\n")
			if !strings.HasSuffix(s.Name, "/out") || strings.HasPrefix(head, "lacks") {
				continue
			}
			got, err := again([]byte(body))
			require.NoError(t, err, s.Name)
			var want map[string]any
			require.NoError(t, json.Unmarshal([]byte(body), &want))
			delete(want, "stream") // the package adds it by the method called
			text, err := json.Marshal(want)
			require.NoError(t, err)
			require.JSONEq(t, string(text), string(got), s.Name)
			judged++
		}
		require.Greater(t, judged, 10)
	}
}
