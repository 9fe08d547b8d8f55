package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire"
	"github.com/routedrill/routedrill/router/wire/openai"
)

var update = flag.Bool("update", false, "write what comes out into testdata instead of comparing with it")

// The files of testdata are tables of translations, api.what.txtar: sections
// "name/in" with what goes in, each followed by "name/out" with what must come
// out. A name may begin with an endpoint and a slash; chat is usual.
func TestGolden(t *testing.T) {
	for _, api := range []string{wire.Anthropic, wire.Gemini} {
		for what, f := range map[string]func(testing.TB, wire.API, string, string) string{
			"requests": goldenRequest, "answers": goldenAnswer, "streams": goldenStream, "errors": goldenError,
		} {
			t.Run(api+"/"+what, func(t *testing.T) {
				golden(t, "testdata/"+api+"."+what+".txtar", func(endpoint, in string) string {
					return f(t, named(t, api), endpoint, in)
				})
			})
		}
	}
}

func golden(t *testing.T, file string, f func(endpoint, in string) string) {
	t.Helper()
	table, err := txtar.ParseFile(file)
	require.NoError(t, err)
	want, out := map[string]string{}, &txtar.Archive{Comment: table.Comment}
	for _, s := range table.Files {
		want[s.Name] = string(s.Data)
	}
	for _, s := range table.Files {
		name, in := strings.CutSuffix(s.Name, "/in")
		if !in {
			require.Contains(t, want, strings.TrimSuffix(s.Name, "out")+"in")
			continue
		}
		endpoint, _, found := strings.Cut(name, "/")
		if !found {
			endpoint = llm.Chat
		}
		var got string
		synctest.Test(t, func(*testing.T) { // whose clock stands at a known time
			got = f(endpoint, string(s.Data))
		})
		out.Files = append(out.Files, s, txtar.File{Name: name + "/out", Data: []byte(got)})
		if !*update {
			require.Equal(t, want[name+"/out"], got, name)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(file, txtar.Format(out), 0o644))
	}
}

var goldenTarget = wire.Target{Model: "the-model", MaxOutput: 8000}

// goldenRequest translates a client's request into the provider's.
func goldenRequest(t testing.TB, api wire.API, endpoint, in string) string {
	r := request(t, endpoint, in)
	if unfit := api.Unfit(r); unfit != "" {
		return "unfit: " + unfit + "\n"
	}
	path, query, ok := api.Path(goldenTarget, endpoint, r.Stream)
	require.True(t, ok)
	if query != "" {
		path += "?" + query
	}
	return "POST " + path + "\n" + indented(t, api.Body(r, goldenTarget))
}

func indented(t testing.TB, data []byte) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, data, "", "  "), string(data))
	return out.String() + "\n"
}

// asked is a request whose answers the tables hold.
func asked(t testing.TB, endpoint string, stream bool) *openai.Request {
	body := map[string]string{
		llm.Chat:        `{"model":"smart","messages":[{"role":"user","content":"hi"}]`,
		llm.Completions: `{"model":"smart","prompt":"hi"`,
		llm.Embeddings:  `{"model":"embed","input":["a","b"]`,
	}[endpoint]
	if stream {
		body += `,"stream":true,"stream_options":{"include_usage":true}`
	}
	return request(t, endpoint, body+"}")
}

// goldenAnswer translates a provider's answer into the client's.
func goldenAnswer(t testing.TB, api wire.API, endpoint, in string) string {
	a, out, ok := api.Answer(asked(t, endpoint, false), goldenTarget, []byte(strings.TrimSuffix(in, "\n")))
	if !ok {
		return "no answer\n"
	}
	require.True(t, a.Finished)
	empty := ""
	if a.Empty {
		empty = ", empty"
	}
	if a.Cut {
		empty += " and cut"
	}
	return fmt.Sprintf("# %d bytes of content%s, %s\n", a.ContentBytes, empty, usageText(a.Usage, a.HasUsage)) + indented(t, out)
}

func usageText(u llm.Usage, ok bool) string {
	if !ok {
		return "no usage"
	}
	return fmt.Sprintf("usage %d (%d cached, %d written) + %d (%d reasoning)",
		u.PromptTokens, u.CachedTokens, u.CacheWriteTokens, u.OutputTokens, u.ReasoningTokens)
}

// goldenStream translates a provider's stream into the client's. Lines that
// begin with # say what the router makes of the event above them.
func goldenStream(t testing.TB, api wire.API, endpoint, in string) string {
	var out strings.Builder
	s := api.Stream(asked(t, endpoint, true), goldenTarget, strings.NewReader(in))
	for {
		e, err := s.Next()
		if err != nil {
			fmt.Fprintf(&out, "# %v\n", err)
			return out.String()
		}
		out.Write(e.Out)
		fmt.Fprintf(&out, "#")
		for _, mark := range []struct {
			on   bool
			text string
		}{
			{!e.HasData, " no data"}, {e.Content, fmt.Sprintf(" content %d", e.ContentBytes)}, {e.Finished != 0, " finished"}, {e.Cut != 0, " cut"},
			{e.HasUsage, " " + usageText(e.Usage, true)}, {e.Error, " error"}, {e.Done, " done"},
		} {
			if mark.on {
				out.WriteString(mark.text)
			}
		}
		out.WriteString("\n")
	}
}

// goldenError translates a provider's error into the client's.
func goldenError(t testing.TB, api wire.API, _, in string) string {
	e, out := api.Error([]byte(in))
	if out == nil {
		require.Zero(t, e)
		return "no error\n"
	}
	text := string(out) + "\n"
	if e.RetryAfter > 0 {
		text += "# wait " + e.RetryAfter.String() + "\n"
	}
	return text
}
