package responses_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/responses"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

func TestRequests(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"a text", `{"model":"m","input":"hi"}`, `{"model":"m","messages":[{"role":"user","content":"hi"}]}`},
		{"instructions", `{"input":"hi","instructions":"be kind","model":"m"}`, `{"model":"m","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"hi"}]}`},
		{"nothing but nulls", `{"model":"m","input":"hi","instructions":null,"previous_response_id":null,"store":null,"tools":null,"text":null}`, `{"model":"m","messages":[{"role":"user","content":"hi"}]}`},
		{"a stream", `{"model":"m","input":"hi","stream":true,"stream_options":{"include_obfuscation":false}}`, `{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`},
		{"numbers as they came", `{"model":"m","input":"hi","temperature":0.10,"top_p":1e0,"max_output_tokens":7}`, `{"model":"m","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":7,"temperature":0.10,"top_p":1e0}`},
		{"hints", `{"model":"m","input":"hi","user":"u","reasoning":{"effort":"low","summary":"auto"},"metadata":{"a":"b"},"store":false,"truncation":"disabled","include":["reasoning.encrypted_content"],"background":false}`, `{"model":"m","messages":[{"role":"user","content":"hi"}],"reasoning_effort":"low","user":"u"}`},
		{"a schema", `{"model":"m","input":"hi","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"}}`, `{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":{"json_schema":{"name":"n","schema":{"type":"object"},"strict":true},"type":"json_schema"},"verbosity":"low"}`},
		{"JSON", `{"model":"m","input":"hi","text":{"format":{"type":"json_object"}}}`, `{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_object"}}`},
		{"tools", `{"model":"m","input":"hi","tools":[{"type":"function","name":"f","description":null,"parameters":{"type":"object"},"strict":true}],"tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":false}`, `{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"function":{"name":"f","parameters":{"type":"object"},"strict":true},"type":"function"}],"tool_choice":{"function":{"name":"f"},"type":"function"},"parallel_tool_calls":false}`},
		{"parts", `{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"what?"},{"type":"input_image","image_url":"https://a.example/b.png","detail":"low"}]}]}`, `{"model":"m","messages":[{"role":"user","content":[{"text":"what?","type":"text"},{"image_url":{"url":"https://a.example/b.png","detail":"low"},"type":"image_url"}]}]}`},
		{
			"a conversation with calls",
			`{"model":"m","input":[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1","summary":[]},{"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"b","annotations":[]}]},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call","call_id":"c2","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"x"},{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"y"}]}]}`,
			`{"model":"m","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"text":"b","type":"text"}],"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"x","tool_call_id":"c1"},{"role":"tool","content":[{"text":"y","type":"text"}],"tool_call_id":"c2"}]}`,
		},
		{"a call out of nothing", `{"model":"m","input":[{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"x"}]}`, `{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"x","tool_call_id":"c1"}]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := responses.NewWriter(nil).Request([]byte(row.in))
			require.NoError(t, err)
			require.JSONEq(t, row.want, string(got))
			q, err := openai.ReadRequest(llm.Chat, got)
			require.NoError(t, err)
			_, err = q.Chat()
			require.NoError(t, err, "the router takes it")
		})
	}
}

func TestRefusedRequests(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"no JSON", `nonsense`, "not a JSON object"},
		{"a list", `[]`, "not a JSON object"},
		{"100,000 levels", `{"input":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, "not a JSON object"},
		{"nothing to answer", `{"model":"m"}`, "`input` must be"},
		{"an empty list", `{"model":"m","input":[]}`, "`input` must be"},
		{"twice", `{"model":"m","model":"n","input":"a"}`, "`model` may stand once"},
		{"stream", `{"input":"a","stream":"yes"}`, "`stream` must be"},
		{"no tokens", `{"input":"a","max_output_tokens":0}`, "`max_output_tokens` must be"},
		{"a conversation", `{"input":"a","conversation":"c"}`, "`conversation`: nothing is stored here"},
		{"a stored prompt", `{"input":"a","prompt":{"id":"p"}}`, "`prompt`: nothing is stored here"},
		{"to store", `{"input":"a","store":true}`, "`store`: responses are not stored here"},
		{"to cut", `{"input":"a","truncation":"auto"}`, "`truncation` is not supported"},
		{"log probabilities", `{"input":"a","top_logprobs":3}`, "`top_logprobs` is not supported"},
		{"what else there is", `{"input":"a","include":["file_search_call.results"]}`, "`include`: \"file_search_call.results\" is not supported"},
		{"something new", `{"input":"a","telepathy":true}`, "`telepathy` is not supported"},
		{"a format", `{"input":"a","text":{"format":{"type":"grammar"}}}`, "`text.format.type` must be"},
		{"tools", `{"input":"a","tools":{}}`, "`tools` must be a list"},
		{"a hosted tool", `{"input":"a","tools":[{"type":"code_interpreter"}]}`, "`tools[0]`: only functions"},
		{"a choice", `{"input":"a","tool_choice":{"type":"mcp"}}`, "`tool_choice` must be"},
		{"a reference", `{"input":[{"type":"item_reference","id":"msg_1"}]}`, "`input[0]`: items are not stored here"},
		{"an item", `{"input":["a"]}`, "`input[0]`: items of type \"\""},
		{"an item there is not", `{"input":[{"type":"computer_call"}]}`, `items of type "computer_call"`},
		{"a role", `{"input":[{"role":"tool","content":"a"}]}`, "`input[0].role` must be"},
		{"a content", `{"input":[{"role":"user","content":3}]}`, "`input[0].content` must be"},
		{"a file", `{"input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}]}`, `parts of type "input_file" are not`},
		{"an image that is stored", `{"input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]}`, "files are not stored here"},
		{"a part without text", `{"input":[{"role":"user","content":[{"type":"input_text"}]}]}`, "without its text"},
		{"a call without a name", `{"input":[{"type":"function_call","call_id":"c","arguments":"{}"}]}`, "`input[0].name` must be a text"},
		{"a result of nothing", `{"input":[{"type":"function_call_output","output":"x"}]}`, "`input[0].call_id` must be"},
		{"instructions", `{"input":"a","instructions":[]}`, "`instructions` must be"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := responses.NewWriter(nil).Request([]byte(row.in))
			require.ErrorContains(t, err, row.want)
			require.Less(t, len(err.Error()), 300)
		})
	}
}

// chatWhole has a request answered by a chat answer that came whole.
func chatWhole(t *testing.T, request, answer string) map[string]any {
	t.Helper()
	w := responses.NewWriter(httptest.NewRecorder())
	_, err := w.Request([]byte(request))
	require.NoError(t, err)
	_, err = w.Write([]byte(answer))
	require.NoError(t, err)
	body, held, err := w.Held()
	require.True(t, held)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(body, &out))
	return out
}

func TestWholeAnswers(t *testing.T) {
	const request = `{"model":"m","input":"hi","temperature":0.5,"metadata":{"a":"b"},"tools":[{"type":"function","name":"f"}]}`
	got := chatWhole(t, request, `{"id":"chatcmpl-7","created":5,"model":"m-1","choices":[{"index":0,"finish_reason":"tool_calls","message":{"content":"so","refusal":null,
		"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}}],
		"usage":{"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":1}}}`)
	want := `{"id":"resp_7","object":"response","created_at":5,"model":"m-1","status":"completed","background":false,"error":null,"incomplete_details":null,
		"instructions":null,"max_output_tokens":null,"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":false,
		"temperature":0.5,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[{"type":"function","name":"f"}],"top_p":null,"truncation":"disabled","user":null,"metadata":{"a":"b"},
		"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":3},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":14},
		"output":[{"id":"msg_7","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"so","annotations":[],"logprobs":[]}]},
			{"id":"fc_7_1","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{\"a\":1}"}]}`
	b, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, want, string(b))

	for finish, want := range map[string]any{"length": "max_output_tokens", "content_filter": "content_filter"} {
		got = chatWhole(t, request, `{"id":"x","choices":[{"finish_reason":"`+finish+`","message":{"content":"so"}}]}`)
		require.Equal(t, "incomplete", got["status"])
		require.Equal(t, map[string]any{"reason": want}, got["incomplete_details"])
	}
	got = chatWhole(t, request, `{"id":"x","choices":[{"finish_reason":"stop","message":{"content":null,"refusal":"no"}}]}`)
	require.Equal(t, []any{map[string]any{"type": "refusal", "refusal": "no"}}, got["output"].([]any)[0].(map[string]any)["content"])
	require.Nil(t, got["usage"])

	w := responses.NewWriter(httptest.NewRecorder())
	_, err = w.Write([]byte(`{"choices":[]}`))
	require.NoError(t, err)
	_, held, err := w.Held()
	require.True(t, held)
	require.Error(t, err)
}

// An error passes as it is: both APIs have it in one form.
func TestErrorsPass(t *testing.T) {
	out := httptest.NewRecorder()
	w := responses.NewWriter(out)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	_, err := w.Write([]byte(`{"error":{"message":"no"}}`))
	require.NoError(t, err)
	_, held, _ := w.Held()
	require.False(t, held)
	require.Equal(t, 429, out.Code)
	require.Equal(t, `{"error":{"message":"no"}}`, out.Body.String())
}

// streamed has a chat's stream written in pieces of some size, and gives the events
// there are of it, in short, and the last whole.
func streamed(t testing.TB, chat string, size int) (kinds []string, last map[string]any) {
	t.Helper()
	out := httptest.NewRecorder()
	w := responses.NewWriter(out)
	_, err := w.Request([]byte(`{"model":"m","input":"hi","stream":true}`))
	require.NoError(t, err)
	w.Header().Set("Content-Type", "text/event-stream")
	for len(chat) > 0 {
		n := min(size, len(chat))
		_, err := w.Write([]byte(chat[:n]))
		require.NoError(t, err)
		chat = chat[n:]
	}
	n := 0.0
	for event := range strings.SplitSeq(strings.TrimSuffix(out.Body.String(), "\n\n"), "\n\n") {
		if event == "" {
			continue
		}
		name, data, ok := strings.Cut(event, "\ndata: ")
		require.True(t, ok, event)
		last = map[string]any{}
		require.NoError(t, json.Unmarshal([]byte(data), &last))
		require.Equal(t, "event: "+last["type"].(string), name)
		require.Equal(t, n, last["sequence_number"])
		n++
		kind := strings.TrimPrefix(last["type"].(string), "response.")
		if d, ok := last["delta"].(string); ok {
			kind += " " + d
		}
		kinds = append(kinds, kind)
	}
	return kinds, last
}

func chunk(delta, finish string) string {
	if finish = `"` + finish + `"`; finish == `""` {
		finish = "null"
	}
	return `data: {"id":"chatcmpl-7","created":5,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}` + "\n\n"
}

func TestStreams(t *testing.T) {
	const usage = `data: {"id":"chatcmpl-7","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}` + "\n\n"
	const done = "data: [DONE]\n\n"
	began := []string{"created", "in_progress"}
	text := []string{"output_item.added", "content_part.added"}
	textDone := []string{"output_text.done", "content_part.done", "output_item.done"}
	for _, row := range []struct {
		name, in string
		want     [][]string
		status   string
	}{
		{"text", chunk(`{"role":"assistant","content":""}`, "") + chunk(`{"content":"a"}`, "") + ": a comment\n\n" + chunk(`{"content":"b"}`, "") + chunk(`{}`, "stop") + usage + done,
			[][]string{began, text, {"output_text.delta a", "output_text.delta b"}, textDone, {"completed"}}, "completed"},
		{"cut", chunk(`{"content":"a"}`, "") + chunk(`{}`, "length") + done, [][]string{began, text, {"output_text.delta a"}, textDone, {"incomplete"}}, "incomplete"},
		{"other line ends", strings.ReplaceAll(chunk(`{"content":"a"}`, "stop")+done, "\n", "\r\n"), [][]string{began, text, {"output_text.delta a"}, textDone, {"completed"}}, "completed"},
		{"a refusal after text", chunk(`{"content":"a"}`, "") + chunk(`{"refusal":"no"}`, "stop") + done,
			[][]string{began, text, {"output_text.delta a", "output_text.done", "content_part.done", "content_part.added", "refusal.delta no", "refusal.done", "content_part.done", "output_item.done", "completed"}}, "completed"},
		{"two calls at once, after text", chunk(`{"content":"a"}`, "") + chunk(`{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":""}}]}`, "") + chunk(`{"tool_calls":[{"index":1,"id":"c2","function":{"name":"g","arguments":"{"}}]}`, "") +
			chunk(`{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`, "") + chunk(`{"tool_calls":[{"index":1,"function":{"arguments":"}"}}]}`, "tool_calls") + usage + done,
			[][]string{began, text, {"output_text.delta a"}, textDone, {
				"output_item.added", "output_item.added", "function_call_arguments.delta {", "function_call_arguments.delta {}", "function_call_arguments.delta }",
				"function_call_arguments.done", "output_item.done", "function_call_arguments.done", "output_item.done", "completed",
			}}, "completed"},
		{"broken", chunk(`{"content":"a"}`, "") + `data: {"error":{"message":"it broke","code":"stream_error"}}` + "\n\n", [][]string{began, text, {"output_text.delta a", "error", "failed"}}, "failed"},
		{"broken off", chunk(`{"content":"a"}`, ""), [][]string{began, text, {"output_text.delta a"}}, ""},
	} {
		for _, size := range []int{1, 7, 1 << 20} {
			t.Run(row.name, func(t *testing.T) {
				var want []string
				for _, part := range row.want {
					want = append(want, part...)
				}
				kinds, last := streamed(t, row.in, size)
				require.Equal(t, want, kinds)
				if row.status == "" {
					return
				}
				r := last["response"].(map[string]any)
				require.Equal(t, row.status, r["status"])
				if row.status == "failed" {
					require.Equal(t, map[string]any{"code": "server_error", "message": "it broke"}, r["error"])
				}
				if strings.Contains(row.in, usage) {
					require.Equal(t, 5.0, r["usage"].(map[string]any)["total_tokens"])
				}
			})
		}
	}
}

// FuzzRequest: whatever a client sends is refused, or is a request that the router
// can read.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","input":"hi","tools":[{"type":"function","name":"f"}],"text":{"format":{"type":"json_object"}}}`))
	f.Add([]byte(`{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		chat, err := responses.NewWriter(nil).Request(body)
		if err != nil {
			return
		}
		if !json.Valid(chat) {
			t.Fatalf("no JSON: %s", chat)
		}
		if q, err := openai.ReadRequest(llm.Chat, chat); err == nil {
			_, _ = q.Chat()
		}
	})
}

// FuzzStream: whatever comes of a chat, what is written are events in order.
func FuzzStream(f *testing.F) {
	f.Add(chunk(`{"content":"a"}`, "")+chunk(`{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}`, "stop")+"data: [DONE]\n\n", 3)
	f.Add("data: {\"error\":{}}\r\n\r\n", 1)
	f.Fuzz(func(t *testing.T, chat string, size int) {
		streamed(t, chat, max(size, 1))
	})
}
