package requestlog_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/fit/requestlog"
)

const ownHeader = "time,provider,model,status,latency_ms,prompt_tokens,output_tokens"

// Every format gives the same request back, as far as it can say it.
func TestFormats(t *testing.T) {
	ms := time.Millisecond
	tests := []struct {
		name, format, log string
		want              requestlog.Row
	}{
		{"own", "routedrill", ownHeader + ",ttft_ms,stream,task,endpoint,route,max_tokens,cached_tokens,tenant,prompt_id,cost_usd\n" +
			"2025-03-01T10:00:00.5Z,openai,gpt-4.1,200,2500.5,600,180,700,true,chat,chat,smart,1000,50,acme,h1,0.0042\n",
			requestlog.Row{Provider: "openai", Model: "gpt-4.1", Route: "smart", Task: "chat", Tenant: "acme", Prompt: "h1", Stream: true,
				Latency: 2500*ms + 500*time.Microsecond, TTFT: 700 * ms, MaxTokens: 1000, CachedTokens: 50, CostUSD: 0.0042}},
		{"own, as JSONL with nulls", "routedrill",
			`{"time":12.5,"provider":"openai","model":"gpt-4.1","status":200,"latency_ms":2500,"prompt_tokens":600,"output_tokens":180,"ttft_ms":null,"extra":{"a":[1]}}`,
			requestlog.Row{Provider: "openai", Model: "gpt-4.1", Latency: 2500 * ms}},
		{"own, offsets and a byte order mark", "routedrill", "\ufeff" + ownHeader + "\r\n12.5,openai,gpt-4.1,200,2500,600,180\r\n",
			requestlog.Row{Provider: "openai", Model: "gpt-4.1", Latency: 2500 * ms}},
		{"litellm, csv", "litellm",
			"request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,endTime,completionStartTime,model,model_group,custom_llm_provider,metadata,cache_hit,end_user,status\n" +
				`x,acompletion,0.0042,600,180,2025-03-01 10:00:00.5,2025-03-01 10:00:03,2025-03-01 10:00:01.2,gpt-4.1,smart,openai,"{""a"": 1}",None,acme,success` + "\n",
			requestlog.Row{Provider: "openai", Model: "gpt-4.1", Route: "smart", Tenant: "acme", Stream: true, Latency: 2500 * ms, TTFT: 700 * ms, CostUSD: 0.0042}},
		{"litellm, a whole answer has its end as the first token", "litellm",
			`{"startTime":"2025-03-01T10:00:00Z","endTime":"2025-03-01T10:00:02.5Z","completionStartTime":"2025-03-01T10:00:02.5Z","model":"gpt-4.1","prompt_tokens":600,"completion_tokens":180,"custom_llm_provider":"openai","status":"success","cache_hit":"False"}`,
			requestlog.Row{Provider: "openai", Model: "gpt-4.1", Latency: 2500 * ms}},
		{"helicone", "helicone",
			`{"request_created_at":"2025-03-01T10:00:00Z","delay_ms":2500,"time_to_first_token":700,"response_status":200,"prompt_tokens":600,"completion_tokens":180,"provider":"OPENAI","response_model":"gpt-4.1","request_model":"gpt","request_path":"https://api.openai.com/v1/chat/completions","request_user_id":"acme","costUSD":0.0042,"properties":{}}`,
			requestlog.Row{Provider: "OPENAI", Model: "gpt-4.1", Tenant: "acme", Stream: true, Latency: 2500 * ms, TTFT: 700 * ms, CostUSD: 0.0042}},
		{"cloudflare", "cloudflare",
			`{"id":"x","created_at":"2025-03-01T10:00:00Z","duration":2500,"provider":"openai","model":"gpt-4.1","path":"chat/completions","status_code":200,"success":true,"cached":false,"tokens_in":600,"tokens_out":180,"cost":0.0042}`,
			requestlog.Row{Provider: "openai", Model: "gpt-4.1", Latency: 2500 * ms, CostUSD: 0.0042}},
		{"openrouter", "openrouter",
			"generation_id,created_at,model_permaslug,provider_name,tokens_prompt,tokens_completion,cost_total,generation_time_ms,streamed,user,time_to_first_token_ms\n" +
				"gen-x,2025-03-01 10:00:00.500,openai/gpt-4.1,OpenAI,600,180,0.0042,1800,true,acme,700\n",
			requestlog.Row{Provider: "OpenAI", Model: "openai/gpt-4.1", Tenant: "acme", Stream: true, Latency: 2500 * ms, TTFT: 700 * ms, CostUSD: 0.0042}},
		{"langfuse", "langfuse",
			`{"type":"GENERATION","name":"chat","startTime":"2025-03-01T10:00:00Z","endTime":"2025-03-01T10:00:02.5Z","timeToFirstToken":0.7,"model":"gpt-4.1","usageDetails":{"input":600,"output":180},"level":"DEFAULT","calculatedTotalCost":0.0042}`,
			requestlog.Row{Provider: "provider", Model: "gpt-4.1", Task: "chat", Stream: true, Latency: 2500 * ms, TTFT: 700 * ms, CostUSD: 0.0042}},
		{"azure", "azure", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,600,180\n",
			requestlog.Row{Provider: "provider", Model: "model"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, format := range []string{requestlog.Auto, tt.format} {
				log, err := requestlog.Read(strings.NewReader(tt.log), format)
				require.NoError(t, err)
				require.Equal(t, tt.format, log.Format)
				want := tt.want
				want.Endpoint, want.Status, want.PromptTokens, want.OutputTokens = "chat", 200, 600, 180
				require.Equal(t, []requestlog.Row{want}, log.Rows)
			}
		})
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		seen[tt.format] = true
	}
	require.Len(t, seen, len(requestlog.Formats()), "every format has a row here")
}

func TestFailuresAndSkippedRows(t *testing.T) {
	tests := []struct {
		name, log string
		statuses  []int
		skipped   int
	}{
		{"own", ownHeader + "\n1,a,m,0,10,0,0\n2,a,m,429,10,0,0\n", []int{0, 429}, 0},
		{"litellm", `{"startTime":1e9,"endTime":1000000001,"model":"m","prompt_tokens":0,"completion_tokens":0,"status":"failure","metadata":{"error_information":{"error_code":"429"}}}
{"startTime":1e9,"endTime":1000000001,"model":"m","prompt_tokens":0,"completion_tokens":0,"status":"failure","metadata":"{\"error_information\":{\"error_code\":\"\"}}"}
{"startTime":1e9,"endTime":1000000001,"model":"m","prompt_tokens":9,"completion_tokens":9,"status":"success","cache_hit":"True"}
{"startTime":1e9,"endTime":1000000001,"model":"m","prompt_tokens":9,"completion_tokens":9}`, []int{429, 500, 200}, 1},
		{"cloudflare", `{"created_at":"2025-03-01T10:00:00Z","duration":25,"provider":"p","model":"m","success":false,"tokens_in":0,"tokens_out":0}
{"created_at":"2025-03-01T10:00:00Z","duration":25,"provider":"p","model":"m","status_code":503,"success":false,"tokens_in":0,"tokens_out":0}`, []int{500, 503}, 0},
		{"langfuse", `{"type":"SPAN","startTime":"2025-03-01T10:00:00Z","endTime":"2025-03-01T10:00:00Z","model":"m"}
{"type":"GENERATION","startTime":"2025-03-01T10:00:00Z","endTime":"2025-03-01T10:00:00Z","model":"m","level":"ERROR"}`, []int{500}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log, err := requestlog.Read(strings.NewReader(tt.log), requestlog.Auto)
			require.NoError(t, err)
			var got []int
			for _, r := range log.Rows {
				got = append(got, r.Status)
			}
			require.Equal(t, tt.statuses, got)
			require.Equal(t, tt.skipped, log.Skipped)
		})
	}
}

func TestRowsAreSortedAndCountedFromTheFirst(t *testing.T) {
	log, err := requestlog.Read(strings.NewReader(ownHeader+"\n2025-03-01T10:00:05Z,a,m,200,1,1,1\n2025-03-01T12:00:00+02:00,a,n,200,1,1,1\n"), requestlog.Auto)
	require.NoError(t, err)
	require.Equal(t, time.Date(2025, 3, 1, 10, 0, 0, 0, time.UTC), log.Start)
	require.Equal(t, "n", log.Rows[0].Model)
	require.Equal(t, 5*time.Second, log.Rows[1].At)
}

func TestBadLogs(t *testing.T) {
	row := "1,a,m,200,1,1,1\n"
	tests := []struct{ name, format, log, want string }{
		{"empty", "auto", "", "the log is empty"},
		{"blank", "auto", " \n\n", "the log is empty"},
		{"header alone", "auto", ownHeader + "\n", "the log has no rows"},
		{"array", "auto", `[{"a":1}]`, "line 1: a JSON array; write one object a line instead (jq -c '.[]' does)"},
		{"unknown columns", "auto", "a,b,c\n1,2,3\n", "line 1: none of the columns is known; the own format needs time, provider, model, status, latency_ms, prompt_tokens, output_tokens (other formats: litellm, helicone, cloudflare, openrouter, langfuse, azure)"},
		{"misspelt column", "auto", "time,provider,model,status,latencyms,prompt_token,output_tokens\n" + row,
			`line 1: no format has these columns; nearest is routedrill, which needs latency_ms (there is "latencyms": was that meant?), prompt_tokens (there is "prompt_token": was that meant?)`},
		{"missing column", "auto", "startTime,endTime,completionStartTime,model,prompt_tokens,spend\n", "line 1: no format has these columns; nearest is litellm, which needs completion_tokens"},
		{"wrong format asked for", "azure", ownHeader + "\n" + row, `line 1: the format azure needs TIMESTAMP (there is "time": was that meant?), ContextTokens, GeneratedTokens`},
		{"no such format", "lite", ownHeader + "\n" + row, `unknown format "lite"; one of auto, routedrill, litellm, helicone, cloudflare, openrouter, langfuse, azure`},
		{"column twice", "auto", ownHeader + ",time\n", `line 1: the column "time" stands there twice`},
		{"no number", "auto", ownHeader + "\n" + row + "1,a,m,200,soon,1,1\n", `line 3: latency_ms: "soon" is not a number`},
		{"NaN", "auto", ownHeader + "\n1,a,m,200,NaN,1,1\n", `line 2: latency_ms: "NaN" is not a number`},
		{"a day too long", "auto", ownHeader + "\n1,a,m,200,1e9,1,1\n", `line 2: latency_ms: "1e9" is not between 0 and 86400000`},
		{"half a token", "auto", ownHeader + "\n1,a,m,200,1,1.5,1\n", `line 2: prompt_tokens: "1.5" is not a whole number`},
		{"too many tokens", "auto", ownHeader + "\n1,a,m,200,1,1,99999999\n", `line 2: output_tokens: "99999999" is not between 0 and 10000000`},
		{"no status", "auto", ownHeader + "\n1,a,m,,1,1,1\n", `line 2: status is empty`},
		{"odd status", "auto", ownHeader + "\n1,a,m,999,1,1,1\n", `line 2: status: "999" is not an HTTP status, nor 0 for no answer`},
		{"no time", "auto", ownHeader + "\nyesterday,a,m,200,1,1,1\n", `line 2: time: "yesterday" is not RFC 3339, a date with a time, nor a number of seconds`},
		{"times mixed", "auto", ownHeader + "\n" + row + "2025-03-01T10:00:00Z,a,m,200,1,1,1\n", "line 3: the rows before give their time in another way: instants and offsets do not mix"},
		{"two months", "auto", ownHeader + "\n" + row + "5000000,a,m,200,1,1,1\n", "the rows span 1389h0m0s; a world lasts at most 744h0m0s: cut the log"},
		{"too few fields", "auto", ownHeader + "\n1,a\n", "line 2: wrong number of fields"},
		{"long name", "auto", ownHeader + "\n1," + strings.Repeat("a", 300) + ",m,200,1,1,1\n", "line 2: provider: longer than 256 bytes"},
		{"ends before it starts", "auto", `{"startTime":"2025-03-01T10:00:01Z","endTime":"2025-03-01T10:00:00Z","model":"m","prompt_tokens":1,"completion_tokens":1}`, "line 1: it ends -1s after it starts; 0s to 24h0m0s are understood"},
		{"second line is no JSON", "auto", `{"time":1,"provider":"a","model":"m","status":200,"latency_ms":1,"prompt_tokens":1,"output_tokens":1}` + "\nsk-secret", "line 2: not a JSON object"},
		{"a list for a number", "auto", `{"time":[1],"provider":"a","model":"m","status":200,"latency_ms":1,"prompt_tokens":1,"output_tokens":1}`, "line 1: time: an object or a list where one value is expected"},
		{"only cache hits", "auto", `{"created_at":"2025-03-01T10:00:00Z","duration":2,"provider":"p","model":"m","tokens_in":1,"tokens_out":1,"cached":true}`, "none of the 1 rows is a request to a provider"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			log, err := requestlog.Read(strings.NewReader(tt.log), tt.format)
			require.EqualError(t, err, tt.want)
			require.Nil(t, log)
		})
	}
}

// Nothing collects without end: a long line, a quote that never closes, too many rows.
func TestBounds(t *testing.T) {
	tests := []struct {
		name string
		log  io.Reader
		want string
	}{
		{"long line", io.MultiReader(strings.NewReader(ownHeader+"\n"), endless("a")), "longer than 4194304 bytes"},
		{"long line of JSON", io.MultiReader(strings.NewReader(`{"time":1,"x":"`), endless("a")), "longer than 4194304 bytes"},
		{"open quote", io.MultiReader(strings.NewReader(ownHeader+"\n1,\""), endless("line\n")), "is a closing quote missing?"},
		{"rows", io.MultiReader(strings.NewReader(ownHeader+"\n"), endless("1,a,m,200,1,1,1\n")), "more than 1000000 rows"},
		{"many columns", strings.NewReader(strings.Repeat("a,", 2000) + "a\n"), "more than 1000 columns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := requestlog.Read(tt.log, requestlog.Auto)
			require.ErrorContains(t, err, tt.want)
		})
	}
}

// endless repeats a text for ever.
func endless(text string) io.Reader { return &repeat{[]byte(text), 0} }

type repeat struct {
	text []byte
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[r.at]
		r.at = (r.at + 1) % len(r.text)
	}
	return len(p), nil
}

func TestUnusedColumnsAreNamed(t *testing.T) {
	log, err := requestlog.Read(strings.NewReader(ownHeader+",colour,metadata\n1,a,m,200,1,1,1,red,{}\n"), requestlog.Auto)
	require.NoError(t, err)
	require.Equal(t, []string{"colour", "metadata"}, log.Unused)
}

func ExampleRead() {
	log, err := requestlog.Read(strings.NewReader(`time,provider,model,status,latency_ms,prompt_tokens,output_tokens
2025-03-01T10:00:00Z,openai,gpt-4.1,200,2500,600,180
2025-03-01T10:00:03Z,openai,gpt-4.1,429,80,0,0
`), requestlog.Auto)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range log.Rows {
		fmt.Println(r.At, r.Target(), r.OK())
	}
	// Output:
	// 0s openai/gpt-4.1 true
	// 3s openai/gpt-4.1 false
}
