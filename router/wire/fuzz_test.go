package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// seeds adds what goes into the tables of one kind.
func seeds(f *testing.F, what string) {
	files, err := os.ReadDir("testdata")
	require.NoError(f, err)
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), "."+what+".txtar") {
			continue
		}
		table, err := txtar.ParseFile("testdata/" + file.Name())
		require.NoError(f, err)
		for _, s := range table.Files {
			if strings.HasSuffix(s.Name, "/in") {
				f.Add(s.Data)
			}
		}
	}
}

// Whatever a client sends is refused, or becomes a request that is valid JSON.
func FuzzRequests(f *testing.F) {
	seeds(f, "requests")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, endpoint := range []string{llm.Chat, llm.Completions, llm.Embeddings} {
			r, err := openai.ReadRequest(endpoint, body)
			if err != nil {
				continue
			}
			r.Needs()
			for _, name := range wire.Names() {
				api := named(t, name)
				if _, _, ok := api.Path(goldenTarget, endpoint, r.Stream); ok && api.Unfit(r) == "" {
					require.True(t, json.Valid(api.Body(r, goldenTarget)), name)
				}
			}
		}
	})
}

// Whatever a provider answers is no answer, or becomes a valid one.
func FuzzAnswers(f *testing.F) {
	seeds(f, "answers")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, name := range wire.Names() {
			api := named(t, name)
			for _, endpoint := range []string{llm.Chat, llm.Completions, llm.Embeddings} {
				r := asked(t, endpoint, false)
				if _, _, ok := api.Path(goldenTarget, endpoint, false); !ok || api.Unfit(r) != "" {
					continue
				}
				a, out, ok := api.Answer(r, goldenTarget, body)
				if !ok {
					continue
				}
				require.True(t, json.Valid(out), name)
				credible(t, a.Usage)
				again, ok := openai.ReadAnswer(endpoint, out)
				require.True(t, ok, "what the client gets is an answer")
				require.Equal(t, a.HasUsage || !wire.Passes(name), again.HasUsage)
			}
		}
	})
}

func credible(t *testing.T, u llm.Usage) {
	t.Helper()
	require.GreaterOrEqual(t, u.PromptTokens, u.CachedTokens+u.CacheWriteTokens)
	require.GreaterOrEqual(t, u.OutputTokens, u.ReasoningTokens)
	require.GreaterOrEqual(t, min(u.CachedTokens, u.CacheWriteTokens, u.ReasoningTokens), int64(0))
	require.Less(t, u.PromptTokens+u.OutputTokens, int64(1)<<34)
}

// Whatever a provider streams ends in an error or at its end, and what the
// client gets of it can be read as its own API says. How the bytes are split
// makes no difference.
func FuzzStreams(f *testing.F) {
	seeds(f, "streams")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, name := range wire.Names() {
			for _, endpoint := range []string{llm.Chat, llm.Completions} {
				out, err := play(t, name, endpoint, bytes.NewReader(body))
				split, errSplit := play(t, name, endpoint, iotest.OneByteReader(bytes.NewReader(body)))
				require.Equal(t, err, errSplit)
				require.Equal(t, out, split)
			}
		}
	})
}

// unified is what the client got but for the time, which passes while a test
// runs, and with one kind of line end, since half of one may be cut off with the
// event it stands behind.
func unified(out string) string {
	return lineEnd.ReplaceAllString(created.ReplaceAllString(out, ""), "\n")
}

var created, lineEnd = regexp.MustCompile(`"created":\d+`), regexp.MustCompile(`\r\n?`)

// play reads a stream to its end and returns what the client got.
func play(t *testing.T, name, endpoint string, body io.Reader) (string, error) {
	s := named(t, name).Stream(asked(t, endpoint, true), goldenTarget, body)
	var out strings.Builder
	for range 1 << 20 {
		e, err := s.Next()
		if err != nil {
			require.True(t, errors.Is(err, io.EOF) || errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLong), err)
			return unified(out.String()), err
		}
		credible(t, e.Usage)
		out.Write(e.Out)
		if e.HasData && !wire.Passes(name) {
			readable(t, e)
		}
	}
	t.Fatal("the stream does not end")
	return "", nil
}

// readable checks that the events made of one say the same as that one.
func readable(t *testing.T, e *wire.Event) {
	t.Helper()
	var sum llm.Event
	for _, block := range strings.SplitAfter(string(e.Out), "\n\n") {
		data, found := strings.CutPrefix(block, "data: ")
		if block == "" {
			continue
		}
		require.True(t, found, block)
		one, ok := openai.ReadEvent([]byte(strings.TrimSuffix(data, "\n\n")))
		require.True(t, ok, block)
		sum.Done = sum.Done || one.Done
		sum.Content = sum.Content || one.Content
		sum.Choices, sum.Finished, sum.Stopped = sum.Choices|one.Choices, sum.Finished|one.Finished, sum.Stopped|one.Stopped
	}
	require.Equal(t, e.Done, sum.Done)
	require.Equal(t, e.Content, sum.Content)
	require.Equal(t, e.Choices, sum.Choices)
	require.Equal(t, e.Finished, sum.Finished)
	require.Equal(t, e.Stopped, sum.Stopped)
}

// Whatever an error body is, what is made of it is an error of the client's API.
func FuzzErrors(f *testing.F) {
	seeds(f, "errors")
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, name := range wire.Names() {
			e, out := named(t, name).Error(body)
			require.GreaterOrEqual(t, int64(e.RetryAfter), int64(0))
			if out != nil {
				_, ok := openai.ReadError(out)
				require.True(t, ok, name)
			}
		}
	})
}
