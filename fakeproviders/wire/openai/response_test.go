package openai_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

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

var responsesCall = &wire.Call{Endpoint: wire.Responses}

// shapes are answers of all shapes, by the name of their golden file.
func shapes() map[string]*wire.Answer {
	text, tool, reasoning, cut, filtered, mute := answer(3), answer(6), answer(3), answer(3), answer(2), answer(0)
	tool.Tool, tool.Finish = `get_"weather"`, wire.ToolCalls
	reasoning.Usage = wire.Usage{Prompt: 7, Cached: 5, Output: 20, Reasoning: 17}
	cut.Finish = wire.Length
	filtered.Finish = wire.ContentFilter
	filtered.Usage.Missing = true
	mute.Finish, mute.Usage = wire.Length, wire.Usage{Prompt: 7, Output: 16, Reasoning: 16}
	return map[string]*wire.Answer{
		"text": text, "tool": tool, "reasoning": reasoning, "cut": cut, "filtered": filtered, "nothing-but-reasoning": mute,
	}
}

func TestResponseBodies(t *testing.T) {
	for name, a := range shapes() {
		t.Run(name, func(t *testing.T) {
			got := openai.API{}.AppendAnswer(nil, responsesCall, a)
			require.True(t, json.Valid(got), "%s", got)
			golden(t, "response-"+name, string(got))
		})
	}
}

// stream writes a whole streamed response, two tokens at a time.
func stream(a *wire.Answer) string {
	s := openai.API{}.Stream(responsesCall, &wire.Request{}, a, nil)
	b := s.AppendStart(s.AppendOpen(nil))
	for i := 0; i < a.OutputTokens; i += 2 {
		b = s.AppendTokens(b, i, min(i+2, a.OutputTokens))
	}
	return string(s.AppendDone(s.AppendFinish(b)))
}

func TestResponseStreams(t *testing.T) {
	for name, a := range shapes() {
		t.Run(name, func(t *testing.T) { golden(t, "stream-"+name, stream(a)) })
	}
}

// event is one event of a streamed response.
type event struct{ name, data string }

// named takes a streamed response apart and checks its form: each event has its
// type as its name, valid JSON on one line, and the next number.
func named(t *testing.T, sse string) []event {
	t.Helper()
	var out []event
	for part := range strings.SplitSeq(strings.TrimSuffix(sse, "\n\n"), "\n\n") {
		name, data, ok := strings.Cut(part, "\ndata: ")
		require.True(t, ok, part)
		name, ok = strings.CutPrefix(name, "event: ")
		require.True(t, ok, part)
		require.NotContains(t, data, "\n")
		require.True(t, json.Valid([]byte(data)), data)
		require.Equal(t, name, gjson.Get(data, "type").Str)
		require.EqualValues(t, len(out), gjson.Get(data, "sequence_number").Int())
		out = append(out, event{name, data})
	}
	return out
}

// What is streamed adds up to the response of the last event, which is the
// response answered whole.
func TestStreamedResponseIsTheWholeOne(t *testing.T) {
	for name, a := range shapes() {
		t.Run(name, func(t *testing.T) {
			events := named(t, stream(a))
			whole := string(openai.AppendResponse(nil, a))
			last := events[len(events)-1]
			require.Equal(t, "response."+gjson.Get(whole, "status").Str, last.name)
			require.JSONEq(t, whole, gjson.Get(last.data, "response").Raw)
			text, items := "", map[int64]string{}
			for _, e := range events {
				if strings.HasSuffix(e.name, ".delta") {
					text += gjson.Get(e.data, "delta").Str
				}
				if e.name == "response.output_item.done" {
					items[gjson.Get(e.data, "output_index").Int()] = gjson.Get(e.data, "item").Raw
				}
			}
			output := gjson.Get(whole, "output").Array()
			require.Len(t, items, len(output))
			for i, item := range output {
				require.JSONEq(t, item.Raw, items[int64(i)])
			}
			require.Len(t, text, 4*a.OutputTokens)
			require.Equal(t, gjson.Get(whole, `output.#(type!="reasoning").content.0.text`).Str+
				gjson.Get(whole, `output.#(type!="reasoning").arguments`).Str, text)
		})
	}
}

func TestErrorInResponseStream(t *testing.T) {
	page := &wire.Error{Status: http.StatusBadGateway, Type: "text/html", Body: []byte("<html>\n</html>"), Code: "edge"}
	for name, row := range map[string]struct {
		e          *wire.Error
		kind, code string
		stated     string
	}{
		"no credit":   {openai.NoCredit().Wire(), "insufficient_quota", "insufficient_quota", "insufficient_quota"},
		"server":      {openai.FromStatus(500).Wire(), "server_error", "", "server_error"},
		"no API body": {page, "server_error", "", "server_error"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openai.NewResponseStream(answer(4), nil)
			events := named(t, string(s.AppendError(s.AppendTokens(s.AppendStart(s.AppendOpen(nil)), 0, 2), row.e)))
			n := len(events)
			require.Equal(t, "error", events[n-2].name)
			require.Equal(t, row.kind, gjson.Get(events[n-2].data, "error.type").Str)
			require.Equal(t, row.code, gjson.Get(events[n-2].data, "error.code").Str)
			require.NotEmpty(t, gjson.Get(events[n-2].data, "error.message").Str)
			require.Equal(t, "response.failed", events[n-1].name)
			failed := gjson.Get(events[n-1].data, "response")
			require.Equal(t, "failed", failed.Get("status").Str)
			require.Equal(t, row.stated, failed.Get("error.code").Str)
			require.Equal(t, "[]", failed.Get("output").Raw)
			if name == "no credit" {
				golden(t, "stream-failed", events[n-2].data+"\n"+events[n-1].data+"\n")
			}
		})
	}
}

func TestParseResponses(t *testing.T) {
	parse := func(t *testing.T, more string) wire.Request {
		t.Helper()
		var r wire.Request
		require.Nil(t, openai.Parse(wire.Responses, []byte(`{"model":"m",`+more+`}`), &r))
		return r
	}
	t.Run("string", func(t *testing.T) {
		r := parse(t, `"input":"12345","max_output_tokens":16,"stream":true,"user":"u"`)
		require.Equal(t, 2, r.Prompt.Tokens)
		require.Equal(t, 16, r.MaxTokens)
		require.Equal(t, "max_output_tokens", r.MaxField)
		require.Equal(t, "u", r.User)
		require.True(t, r.Stream && r.IncludeUsage, "the usage always comes")
	})
	t.Run("items", func(t *testing.T) {
		r := parse(t, `"input":[{"role":"user","content":"12345"},{"type":"message","role":"user","content":[{"type":"input_text",`+
			`"text":"1234"},{"type":"input_image","image_url":"http://x"}]},{"type":"function_call","call_id":"c","name":"f",`+
			`"arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"12345678"},{"type":"reasoning","summary":[]}],`+
			`"instructions":"1234","previous_response_id":"resp_1","max_tokens":3,"stream_options":{"include_obfuscation":false}`)
		require.Equal(t, 2+1+1+2+1, r.Prompt.Tokens)
		require.Zero(t, r.MaxTokens, "max_tokens is a field of other endpoints")
		require.True(t, r.IncludeUsage)
	})
	t.Run("nulls are absent", func(t *testing.T) {
		r := parse(t, `"input":"a","instructions":null,"max_output_tokens":null,"tools":null,"tool_choice":null,"stream":null`)
		require.Equal(t, 1, r.Prompt.Tokens)
		require.False(t, r.Tools || r.ToolRequired || r.Stream)
	})
	t.Run("instructions come first", func(t *testing.T) {
		long := strings.Repeat("abc ", wire.BlockTokens)
		prefixes := func(more string) []uint64 {
			r := wire.Request{Prompt: wire.Prompt{Track: true}}
			require.Nil(t, openai.Parse(wire.Responses, []byte(`{"model":"m",`+more+`}`), &r))
			require.Len(t, r.Prompt.Prefixes, 2)
			return r.Prompt.Prefixes
		}
		require.Equal(t, prefixes(`"instructions":"`+long+`","input":"x`+long+`"`), prefixes(`"input":"x`+long+`","instructions":"`+long+`"`))
	})
}

func TestParseTools(t *testing.T) {
	const (
		flat   = `"tools":[{"type":"web_search"},{"type":"function","name":"f"},{"type":"function","name":"g"}]`
		nested = `"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]`
	)
	for name, row := range map[string]struct {
		endpoint, more string
		tool           string
		required       bool
	}{
		"flat":                     {wire.Responses, flat, "f", false},
		"flat auto":                {wire.Responses, flat + `,"tool_choice":"auto"`, "f", false},
		"flat required":            {wire.Responses, flat + `,"tool_choice":"required"`, "f", true},
		"flat by name":             {wire.Responses, `"tool_choice":{"type":"function","name":"g"},` + flat, "g", true},
		"flat none":                {wire.Responses, `"tool_choice":"none",` + flat, "", false},
		"flat some, if it likes":   {wire.Responses, flat + `,"tool_choice":{"type":"allowed_tools","mode":"auto"}`, "f", false},
		"nested":                   {wire.Chat, nested, "f", false},
		"nested by name":           {wire.Chat, nested + `,"tool_choice":{"type":"function","function":{"name":"g"}}`, "g", true},
		"nested none":              {wire.Chat, nested + `,"tool_choice":"none"`, "", false},
		"nested some, if it likes": {wire.Chat, nested + `,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto"}}`, "f", false},
	} {
		t.Run(name, func(t *testing.T) {
			var r wire.Request
			require.Nil(t, openai.Parse(row.endpoint, []byte(`{"model":"m","input":"a","messages":[{"content":"a"}],`+row.more+`}`), &r))
			require.True(t, r.Tools)
			require.Equal(t, row.tool, r.Tool)
			require.Equal(t, row.required, r.ToolRequired)
		})
	}
}

func TestParseResponsesRefuses(t *testing.T) {
	for name, row := range map[string]struct{ body, param, code string }{
		"no model":                   {`{"input":"a"}`, "", ""},
		"no input":                   {`{"model":"m"}`, "input", "missing_required_parameter"},
		"null input":                 {`{"model":"m","input":null}`, "input", "missing_required_parameter"},
		"no items":                   {`{"model":"m","input":[]}`, "input", "missing_required_parameter"},
		"messages are no input":      {`{"model":"m","messages":[{"content":"a"}]}`, "input", "missing_required_parameter"},
		"input is a number":          {`{"model":"m","input":1}`, "input", "invalid_type"},
		"item is a string":           {`{"model":"m","input":["a"]}`, "input", "invalid_type"},
		"instructions is a number":   {`{"model":"m","input":"a","instructions":1}`, "instructions", "invalid_type"},
		"max_output_tokens below":    {`{"model":"m","input":"a","max_output_tokens":15}`, "max_output_tokens", "integer_below_min_value"},
		"max_output_tokens a string": {`{"model":"m","input":"a","max_output_tokens":"16"}`, "max_output_tokens", "invalid_type"},
		"broken item":                {`{"model":"m","input":[{"content":"a}]}`, "", ""},
		"broken instructions":        {`{"model":"m","input":"a","instructions":"\q"}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var r wire.Request
			e := openai.Parse(wire.Responses, []byte(row.body), &r)
			require.NotNil(t, e)
			require.Equal(t, http.StatusBadRequest, e.Status)
			require.Equal(t, row.param, e.Param)
			require.Equal(t, row.code, e.Code)
		})
	}
}

// FuzzParseResponses holds the parser against encoding/json: what one takes the
// other takes, and a body without escapes counts what it holds.
func FuzzParseResponses(f *testing.F) {
	for _, body := range []string{
		"", "{}", `{"model":"m","input":"hello"}`, `{"model":"m","input":[{"role":"user","content":[{"text":"a"},7]}],"instructions":"b"}`,
		`{"model":"m","input":[{"type":"function_call_output","output":[{"text":"a"}]}],"tools":[{"type":"function","name":"f"}]}`,
		`{"model":"m","input":"\ud800","max_output_tokens":16,"tool_choice":{"name":"x"}}`, `{"input":[[[{}]]],"input":"a","model":5}`,
		`{"model":"m","input":"a","tool_choice":{"mode":{}},"tools":[[],{"function":{"name":1}}]}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := wire.Request{Prompt: wire.Prompt{Track: true}}
		e := openai.Parse(wire.Responses, []byte(body), &r)
		require.LessOrEqual(t, r.Prompt.Tokens, len(body))
		require.LessOrEqual(t, len(r.Prompt.Prefixes)*wire.BlockTokens, r.Prompt.Tokens)
		if e != nil {
			require.Equal(t, http.StatusBadRequest, e.Status)
			require.True(t, json.Valid(e.Wire().Body), "%s", e.Wire().Body)
			return
		}
		require.True(t, json.Valid([]byte(body)), "%q", body)
		require.NotEmpty(t, r.Model)
		require.True(t, r.MaxTokens == 0 || r.MaxTokens >= 16)
	})
}
