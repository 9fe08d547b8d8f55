// Package requestlog reads logs of requests to LLM providers: who was asked for
// what, when, how long it took and how it ended.
//
// A log is a CSV file with a header row, or JSONL with one object a line, in one
// of several formats that are told apart by their columns:
//
//	log, err := requestlog.Read(file, requestlog.Auto)
//
// # The own format
//
// Needed are the columns
//
//   - time: when the request was sent; RFC 3339, or seconds (since an epoch, or
//     since the log began)
//   - provider, model: who was asked
//   - status: the HTTP status; 0 when no answer came
//   - latency_ms: from sending to the last byte
//   - prompt_tokens, output_tokens
//
// and understood are ttft_ms (to the first content token; makes a stream of a
// row that does not say), stream (true, false), task, endpoint (chat,
// completions, embeddings), route (the name that was asked for, where a gateway
// chose the model), max_tokens, cached_tokens, tenant, prompt_id (anything that
// is equal for equal prompts, such as a hash) and cost_usd.
//
// # Other formats
//
// Where the names and units of their columns are from stands at each in
// formats.go. [Formats] lists them. What a format does not say stays unknown:
// no row of an OpenRouter export failed, Cloudflare's has no time to first
// token, Langfuse's no provider, and the Azure traces have arrivals and sizes
// only. [Log.Notes] says so for the log at hand.
//
// # Bounds
//
// 1,000,000 rows, 4 MiB a line, 8 GiB a file, 31 days between the first row and
// the last, 10,000,000 tokens, 24 hours of latency and 256 bytes of a name.
// Everything wrong is an [Error] that names line and column. Errors quote
// values of the columns above and nothing else: a log may hold prompts and keys.
//
// The package keeps no state and may be used concurrently.
package requestlog
