package requestlog

// Auto is the format that is found by the columns.
const Auto = "auto"

// format is how one kind of log names its columns.
type format struct {
	name    string
	columns []column
	notes   []string // what it leaves unknown or has to guess
	status  bool     // it says how requests ended
}

// column is one column of a format. A dot in the name is a step into an object.
type column struct {
	name   string
	needed bool                               // the header has it
	filled bool                               // every row has it
	set    func(e *entry, value string) error // the value is not empty
}

// Formats lists the formats that [Read] understands, beside [Auto].
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

func need(name string, set func(*entry, string) error) column {
	return column{name: name, needed: true, set: set}
}
func may(name string, set func(*entry, string) error) column { return column{name: name, set: set} }
func must(name string, set func(*entry, string) error) column {
	return column{name: name, needed: true, filled: true, set: set}
}

// formats in the order they are tried.
var formats = []format{ownFormat, liteLLM, helicone, cloudflare, openRouter, langfuse, azure}

// ownFormat is documented at the package.
var ownFormat = format{
	name: "routedrill", status: true,
	columns: []column{
		must("time", start), need("provider", provider), need("model", model), must("status", status),
		need("latency_ms", millis(latencyOf)), need("prompt_tokens", tokens(promptOf)), need("output_tokens", tokens(outputOf)),
		may("ttft_ms", millis(ttftOf)), may("stream", stream), may("task", task), may("endpoint", endpoint), may("route", route),
		may("max_tokens", tokens(maxOf)), may("cached_tokens", tokens(cachedOf)), may("tenant", tenant),
		may("prompt_id", prompt), may("cost_usd", cost),
	},
}

// liteLLM is the table LiteLLM_SpendLogs of the LiteLLM proxy.
// https://github.com/BerriAI/litellm/blob/main/litellm/proxy/schema.prisma for
// the columns; the code of an error stands in the metadata's error_information
// (StandardLoggingPayloadErrorInformation in litellm/types/utils.py). A call
// that is not streamed has the end as its completionStartTime.
var liteLLM = format{
	name: "litellm", status: true,
	columns: []column{
		must("startTime", start), need("endTime", end), need("model", model),
		need("prompt_tokens", tokens(promptOf)), need("completion_tokens", tokens(outputOf)),
		may("completionStartTime", first), may("custom_llm_provider", provider), may("model_group", route),
		may("call_type", callType), may("status", success), may("metadata.error_information.error_code", errorCode),
		may("cache_hit", cacheHit), may("end_user", tenant), may("spend", cost),
	},
	notes: []string{"litellm: a failure without an error code counts as status 500"},
}

// helicone is HeliconeRequest, as @helicone/export writes it: times in
// milliseconds. https://github.com/Helicone/helicone (packages/llm-mapper/types.ts)
// and https://docs.helicone.ai/rest/request/post-v1requestquery-clickhouse
var helicone = format{
	name: "helicone", status: true,
	columns: []column{
		must("request_created_at", start), need("delay_ms", millis(latencyOf)), need("response_status", status),
		need("prompt_tokens", tokens(promptOf)), need("completion_tokens", tokens(outputOf)),
		may("time_to_first_token", millis(ttftOf)), may("provider", provider), may("response_model", model),
		may("request_model", model), may("model", model), may("request_path", endpoint),
		may("prompt_cache_read_tokens", tokens(cachedOf)), may("request_user_id", tenant), may("costUSD", cost), may("cost", cost),
	},
}

// cloudflare is a log of Cloudflare's AI Gateway: the duration in milliseconds.
// https://developers.cloudflare.com/api/go/resources/ai_gateway/subresources/logs/methods/list
var cloudflare = format{
	name: "cloudflare", status: true,
	columns: []column{
		must("created_at", start), need("duration", millis(latencyOf)), need("provider", provider), need("model", model),
		need("tokens_in", tokens(promptOf)), need("tokens_out", tokens(outputOf)),
		may("status_code", status), may("success", success), may("cached", cacheHit), may("path", endpoint), may("cost", cost),
	},
	notes: []string{"cloudflare: the log has no time to first token, nor whether an answer was streamed"},
}

// openRouter is the CSV of OpenRouter's activity page
// (https://openrouter.ai/docs/cookbook/administration/activity-export). Its
// columns are not documented there; they are as two independent readers have
// them: github.com/CodexClawd/codexclawd, skills/openrouter-analyzer, and the
// sample in RouterView's import test.
var openRouter = format{
	name: "openrouter",
	columns: []column{
		must("created_at", start), need("model_permaslug", model), need("provider_name", provider),
		need("tokens_prompt", tokens(promptOf)), need("tokens_completion", tokens(outputOf)), need("generation_time_ms", millis(generationOf)),
		may("time_to_first_token_ms", millis(ttftOf)), may("streamed", stream), may("app_name", task), may("user", tenant),
		may("tokens_cached", tokens(cachedOf)), may("cost_total", cost),
	},
	notes: []string{
		"openrouter: the export lists generations, so nothing in it failed",
		"openrouter: generation_time_ms is taken to begin at the first token",
	},
}

// langfuse is an observation of Langfuse: times in seconds, tokens in the usage
// details. See https://api.reference.langfuse.com, and in langfuse-python the
// class ObservationsView of langfuse/api/resources/commons/types.
var langfuse = format{
	name: "langfuse", status: true,
	columns: []column{
		must("startTime", start), need("endTime", end), need("model", model),
		need("type", generation), may("completionStartTime", first), may("timeToFirstToken", seconds(ttftOf)),
		may("usageDetails.input", tokens(promptOf)), may("usageDetails.output", tokens(outputOf)),
		may("usage.input", tokens(promptOf)), may("usage.output", tokens(outputOf)),
		may("promptTokens", tokens(promptOf)), may("completionTokens", tokens(outputOf)),
		may("name", task), may("level", level), may("userId", tenant), may("calculatedTotalCost", cost), may("totalCost", cost),
	},
	notes: []string{
		"langfuse: the log names no provider, so all models are at one",
		"langfuse: an observation of level ERROR counts as status 500",
	},
}

// azure is an Azure LLM inference trace: arrivals and sizes.
// https://github.com/Azure/AzurePublicDataset/blob/master/AzureLLMInferenceDataset2023.md
var azure = format{
	name: "azure",
	columns: []column{
		must("TIMESTAMP", start), need("ContextTokens", tokens(promptOf)), need("GeneratedTokens", tokens(outputOf)),
	},
	notes: []string{"azure: the trace has no latency, no status and no model"},
}
