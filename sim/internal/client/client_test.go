package client_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/internal/client"
	"github.com/routedrill/routedrill/sim/internal/inproc"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

const (
	plainOK = `{"model":"m","choices":[{"message":{"content":"the cat saw "},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3}}`
	chunk   = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"the cat \"},\"finish_reason\":null}]}\n\n"
	finish  = "data: {\"model\":\"m\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
	usage   = "data: {\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}\n\n"
	done    = "data: [DONE]\n\n"
)

// answerWith is a gateway that gives the nth answer to the nth try.
func answerWith(answers ...func(w http.ResponseWriter, r *http.Request)) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Routedrill-Provider", "p")
		w.Header().Set("X-Routedrill-Model", "m")
		answers[min(int(n.Add(1)), len(answers))-1](w, r)
	})
}

func plain(status int, body string, headers ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// stream writes the parts one second apart.
func stream(parts ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, p := range parts {
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
				return
			}
			_, _ = io.WriteString(w, p)
			w.(http.Flusher).Flush()
		}
	}
}

func silence(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func abort(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestOutcomes(t *testing.T) {
	chat := scenarios.Task{Name: "chat", Endpoint: "chat", Model: "m", Deadline: 30 * time.Second, Client: scenarios.Client{Preset: "none", Timeout: 30 * time.Second}}
	python := chat
	python.Client = scenarios.Client{Preset: "openai-python", Timeout: 10 * time.Second, MaxRetries: 2}
	embed := chat
	embed.Endpoint, embed.Inputs = "embeddings", 2

	tests := []struct {
		name    string
		task    scenarios.Task
		stream  bool
		gateway http.Handler
		outcome record.Outcome
		tries   uint8
		content uint32
		ttft    time.Duration // about; 0 means no first token is expected
		took    time.Duration // at least; and at most a second more
	}{
		{name: "plain answer", task: chat, gateway: answerWith(plain(200, plainOK)), outcome: record.OK, tries: 1, content: 3, ttft: 1},
		{name: "tool call", task: chat, gateway: answerWith(plain(200, `{"choices":[{"message":{"content":null,"tool_calls":[{"function":{"arguments":"{\"q\":\"abcd\"}"}}]},"finish_reason":"tool_calls"}]}`)), outcome: record.OK, tries: 1, content: 3, ttft: 1},
		{name: "no choices", task: chat, gateway: answerWith(plain(200, `{"model":"m","choices":[]}`)), outcome: record.Invalid, tries: 1},
		{name: "empty content", task: chat, gateway: answerWith(plain(200, `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`)), outcome: record.Invalid, tries: 1},
		{name: "filtered before it said anything", task: chat, gateway: answerWith(plain(200, `{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}`)), outcome: record.Filtered, tries: 1},
		{name: "cut JSON", task: chat, gateway: answerWith(plain(200, plainOK[:40])), outcome: record.Invalid, tries: 1},
		{name: "HTML under 200", task: chat, gateway: answerWith(plain(200, "<html>busy</html>")), outcome: record.Invalid, tries: 1},
		{name: "error status, no retries", task: chat, gateway: answerWith(plain(503, "{}")), outcome: record.HTTPError, tries: 1},
		{name: "connection cut", task: chat, gateway: answerWith(abort), outcome: record.ConnError, tries: 1},
		{name: "silence until the deadline", task: chat, gateway: answerWith(silence), outcome: record.DeadlineOver, tries: 1, took: 30 * time.Second},

		{name: "embeddings", task: embed, gateway: answerWith(plain(200, `{"model":"m","data":[{"embedding":[0.1]},{"embedding":"AAAA"}],"usage":{"prompt_tokens":4}}`)), outcome: record.OK, tries: 1, content: 2, ttft: 1},
		{name: "embeddings without vectors", task: embed, gateway: answerWith(plain(200, `{"data":[]}`)), outcome: record.Invalid, tries: 1},

		{name: "stream", task: chat, stream: true, gateway: answerWith(stream(chunk, chunk, finish, usage+done)), outcome: record.OK, tries: 1, content: 4, ttft: time.Second, took: 4 * time.Second},
		{name: "stream without usage", task: chat, stream: true, gateway: answerWith(stream(chunk, finish+done)), outcome: record.OK, tries: 1, content: 2, ttft: time.Second, took: 2 * time.Second},
		{name: "stream without its end", task: chat, stream: true, gateway: answerWith(stream(chunk, chunk)), outcome: record.Truncated, tries: 1, content: 4, ttft: time.Second, took: 2 * time.Second},
		{name: "stream ended without a finish reason", task: chat, stream: true, gateway: answerWith(stream(chunk, done)), outcome: record.Truncated, tries: 1, content: 2, ttft: time.Second, took: 2 * time.Second},
		{name: "stream without content", task: chat, stream: true, gateway: answerWith(stream(finish, done)), outcome: record.Invalid, tries: 1, took: 2 * time.Second},
		{name: "stream filtered before it said anything", task: chat, stream: true, gateway: answerWith(stream(strings.Replace(finish, "stop", "content_filter", 1), done)), outcome: record.Filtered, tries: 1, took: 2 * time.Second},
		{name: "error in the stream", task: chat, stream: true, gateway: answerWith(stream(chunk, "data: {\"error\":{\"message\":\"x\"}}\n\n", done)), outcome: record.StreamError, tries: 1, content: 2, ttft: time.Second, took: 2 * time.Second},
		{name: "garbled event", task: chat, stream: true, gateway: answerWith(stream(chunk, "data: {\"choi\n\n", done)), outcome: record.Invalid, tries: 1, content: 2, ttft: time.Second, took: 2 * time.Second},
		{name: "stream of another type", task: chat, stream: true, gateway: answerWith(plain(200, plainOK)), outcome: record.Invalid, tries: 1},

		{name: "SDK retries an error status", task: python, gateway: answerWith(plain(503, "{}"), plain(429, "{}"), plain(200, plainOK)), outcome: record.OK, tries: 3, content: 3, ttft: time.Second, took: time.Second},
		{name: "SDK gives up", task: python, gateway: answerWith(plain(500, "{}")), outcome: record.HTTPError, tries: 3, took: time.Second},
		{name: "SDK does not retry the request's own fault", task: python, gateway: answerWith(plain(400, "{}")), outcome: record.HTTPError, tries: 1},
		{name: "SDK is told not to retry", task: python, gateway: answerWith(plain(500, "{}", "X-Should-Retry", "false")), outcome: record.HTTPError, tries: 1},
		{name: "SDK waits as it is told", task: python, gateway: answerWith(plain(429, "{}", "Retry-After", "7"), plain(200, plainOK)), outcome: record.OK, tries: 2, content: 3, ttft: 7 * time.Second, took: 7 * time.Second},
		{name: "SDK retries a cut connection", task: python, gateway: answerWith(abort, plain(200, plainOK)), outcome: record.OK, tries: 2, content: 3, ttft: time.Second / 2},
		{name: "SDK retries a try that timed out", task: python, gateway: answerWith(silence, plain(200, plainOK)), outcome: record.OK, tries: 2, content: 3, ttft: 10 * time.Second, took: 10 * time.Second},
		{name: "the deadline ends the retries", task: python, gateway: answerWith(silence), outcome: record.DeadlineOver, tries: 3, took: 30 * time.Second},
		{name: "SDK does not retry a broken stream", task: python, stream: true, gateway: answerWith(stream(chunk)), outcome: record.Truncated, tries: 1, content: 2, ttft: time.Second, took: time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := ask(t, tt.gateway, tt.task, load.Spec{Stream: tt.stream, PromptTokens: 9, OutputTokens: 3})
				require.Equal(t, tt.outcome.String(), r.Outcome.String())
				require.Equal(t, tt.tries, r.Tries)
				require.Equal(t, tt.content, r.ContentTokens)
				if tt.ttft == 0 {
					require.Equal(t, record.Never, r.FirstToken)
				} else {
					require.InDelta(t, tt.ttft.Seconds(), r.FirstToken.Seconds(), 1)
				}
				require.GreaterOrEqual(t, r.Done, tt.took)
				require.Less(t, r.Done, tt.took+1100*time.Millisecond)
				if r.Outcome == record.OK {
					require.True(t, r.Finished)
					require.EqualValues(t, 0, r.Provider)
				}
			})
		})
	}
}

// ask makes one request of the client and returns its record.
func ask(t *testing.T, gateway http.Handler, task scenarios.Task, spec load.Spec) (out record.Request) {
	t.Helper()
	hop := &inproc.Transport{Handler: gateway, Delay: func(*http.Request) time.Duration { return time.Millisecond }}
	defer hop.Close()
	run, cancel := context.WithCancel(t.Context())
	defer cancel()
	zero := func(s string) int16 {
		if s == "p" || s == "m" {
			return 0
		}
		return record.None
	}
	n := 0
	c := &client.Client{
		Plan:  &load.Plan{Arrivals: []time.Duration{0}, Specs: []load.Spec{spec}},
		Tasks: []scenarios.Task{task}, Origin: time.Now(), Seed: 1, Base: &url.URL{Scheme: "http", Host: "gateway.drill", Path: "/v1"},
		Hop: hop, Run: run, Provider: zero, Model: zero, Done: func(r record.Request) { out = r; n++ },
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://load/", http.NoBody)
	require.NoError(t, err)
	req.Header.Set(load.SeqHeader, "0")
	resp, err := c.RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 1, n, "one outcome")
	return out
}

// body returns the bytes of a request of a task, and holds its length against them.
func body(t *testing.T, task scenarios.Task, spec load.Spec) (got string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		task.Deadline = time.Second
		ask(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			data, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			got = string(data)
			require.EqualValues(t, len(got), r.ContentLength)
			require.Equal(t, "req-000000", r.Header.Get("X-Client-Request-Id"))
		}), task, spec)
	})
	return got
}

// words is the beginning of a text of so many tokens that begins with a tag.
func words(tag string, tokens int) string {
	filler := strings.Repeat("the cat saw one dog and two big red owl fly ", 2000)
	return (tag + filler[min(len(tag), len(filler)):])[:4*tokens]
}

// The bytes of a request are those its task asks for, whatever its size.
func TestRequestBytes(t *testing.T) {
	chat := scenarios.Task{Endpoint: "chat", Model: "smart"}
	tests := []struct {
		name string
		task scenarios.Task
		spec load.Spec
		want string
	}{
		{"chat", chat, load.Spec{PromptTokens: 3}, `{"model":"smart","messages":[{"role":"user","content":"aaa aaa aaa "}]}`},
		{"chat stream", chat, load.Spec{PromptTokens: 9000, Text: 26, Stream: true, MaxTokens: 7},
			`{"model":"smart","max_tokens":7,"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"` + words("aba aaa aaa aaa ", 9000) + `"}]}`},
		{"on behalf of a tenant", chat, load.Spec{PromptTokens: 1, Text: 3, Tenant: 12}, `{"model":"smart","user":"tenant-12","messages":[{"role":"user","content":"daa "}]}`},
		{"after a prefix", chat, load.Spec{PromptTokens: 12, Prefix: 6, Text: 1},
			`{"model":"smart","messages":[{"role":"system","content":"aaa aaa aaa yyc dog and "},{"role":"user","content":"baa aaa aaa aaa dog and "}]}`},
		{"after a short prefix", chat, load.Spec{PromptTokens: 4, Prefix: 1, PrefixOf: 2, Text: 1},
			`{"model":"smart","messages":[{"role":"system","content":"caa "},{"role":"user","content":"baa aaa aaa "}]}`},
		{"completions", scenarios.Task{Endpoint: "completions", Model: "a/b"}, load.Spec{PromptTokens: 1}, `{"model":"a/b","prompt":"aaa "}`},
		{"completions after a prefix", scenarios.Task{Endpoint: "completions", Model: "a/b"}, load.Spec{PromptTokens: 5, Prefix: 1, Text: 1}, `{"model":"a/b","prompt":"aaa baa aaa aaa aaa "}`},
		{"embeddings", scenarios.Task{Endpoint: "embeddings", Model: "embed", Inputs: 3}, load.Spec{PromptTokens: 7, Text: 2},
			`{"model":"embed","input":["gaa aaa ","haa aaa ","iaa aaa "]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.Equal(t, tt.want, body(t, tt.task, tt.spec))
		})
	}
}

// TestPromptsAreAlikeWhereTheyAreNamedAlike: what providers' caches see.
func TestPromptsAreAlikeWhereTheyAreNamedAlike(t *testing.T) {
	base := load.Spec{PromptTokens: 600, Text: 17, Prefix: 300}
	with := func(change func(*load.Spec)) load.Spec {
		s := base
		change(&s)
		return s
	}
	tests := []struct {
		name  string
		other load.Spec
		alike int // tokens of the prompt they have in common
	}{
		{"the same prompt", base, 600},
		{"the next prompt", with(func(s *load.Spec) { s.Text++ }), 300},
		{"a longer prompt of the same name", with(func(s *load.Spec) { s.PromptTokens = 900 }), 600},
		{"the same number in another space", with(func(s *load.Spec) { s.Space = load.SpaceSessions }), 303},
		{"the prefix of a tenant", with(func(s *load.Spec) { s.PrefixOf = 1 }), 0},
		{"the prefix of another task", with(func(s *load.Spec) { s.Task = 1 }), 3},
		{"no prefix", with(func(s *load.Spec) { s.Prefix = 0 }), 0},
	}
	task := scenarios.Task{Endpoint: "chat", Model: "m"}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := client.PromptText(task, base), client.PromptText(task, tt.other)
			n := 0
			for n < len(a) && n < len(b) && a[n:n+4] == b[n:n+4] {
				n += 4
			}
			require.Equal(t, tt.alike, n/4)
		})
	}
}

func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{plainOK, chunk + finish + usage + done, "data: {}\n\n", "data:\n\n", `{"choices":{"message":1}}`, chunk + strings.Repeat("x", 70_000)} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, body string, stream bool) {
		kind := "application/json"
		if stream {
			kind = "text/event-stream"
		}
		synctest.Test(t, func(t *testing.T) {
			task := scenarios.Task{Endpoint: "chat", Model: "m", Deadline: time.Minute, Client: scenarios.Client{Preset: "none"}}
			r := ask(t, answerWith(plain(200, body, "Content-Type", kind)), task, load.Spec{Stream: stream, PromptTokens: 1})
			require.NotEqual(t, record.NoOutcome, r.Outcome, fmt.Sprintf("%q", body))
			if r.Outcome == record.OK {
				require.True(t, r.Finished)
				require.NotZero(t, r.ContentTokens)
			}
		})
	})
}
