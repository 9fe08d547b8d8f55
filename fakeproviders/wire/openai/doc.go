// Package openai holds the bytes of the OpenAI API as its server sees them: it
// reads requests and writes answers, stream events, error bodies and headers.
//
// It knows nothing of time, money or faults, and shares no type with the
// router, so that one misreading of the API cannot hide on both sides.
//
// # Facts and where they are from
//
// From the API reference (platform.openai.com/docs/api-reference) and the
// specification github.com/openai/openai-openapi:
//   - objects chat.completion, chat.completion.chunk, text_completion, list,
//     embedding, model and their fields; `n` is accepted and ignored here;
//   - finish_reason stop, length, tool_calls; content null beside tool_calls;
//   - stream_options.include_usage: a last chunk with empty choices and the
//     usage of the whole request, and `usage: null` on all chunks before it;
//     `data: [DONE]` ends a stream;
//   - max_tokens is deprecated in favour of max_completion_tokens on chat;
//   - embeddings: input is a string, strings, tokens or token arrays, at most
//     2048 of them; encoding_format float or base64 (little-endian float32);
//     vectors have length 1;
//   - headers openai-processing-ms, openai-version, x-request-id.
//
// The Responses API, from the same reference and from recordings of the service
// (github.com/vercel/ai, packages/openai/src/responses/__fixtures__):
//   - input is a string or items, instructions stand before it; tools are flat;
//     max_output_tokens is at least 16; the usage always comes;
//   - status completed, or incomplete with incomplete_details.reason
//     max_output_tokens or content_filter; output items reasoning, message,
//     function_call;
//   - a stream of named events with a sequence_number from 0, which ends with
//     response.completed, response.incomplete or response.failed and has no
//     `[DONE]`;
//   - response.created and response.in_progress come together right after the
//     headers, and then nothing until the first token
//     (github.com/vercel/ai/pull/18154, with times);
//   - a failure under way is an error event whose fields are nested in `error`,
//     unlike the reference says (github.com/openai/openai-dotnet/issues/881),
//     and then response.failed;
//   - a model of another kind: 400 with code model_not_found
//     (github.com/Laisky/one-api/issues/88).
//
// From the guides "Rate limits" and "Error codes"
// (developers.openai.com/api/docs/guides/error-codes):
//   - headers x-ratelimit-{limit,remaining,reset}-{requests,tokens}, the reset as
//     a duration such as 1s or 6m0s;
//   - statuses 401, 429, 500 and 503 and what they mean;
//   - traffic that grows too fast: 429 rate_limit_error with code slow_down; until
//     the summer of 2026 it was a 503. No capacity: 503 service_unavailable_error
//     with code server_is_overloaded;
//   - no credit or quota left: 429 with type insufficient_quota. The code is
//     insufficient_quota here; since 2026 the service also says which limit it
//     was: credit_balance_exhausted, project_spend_limit_exceeded and others.
//
// From answers of the live service quoted in public bug reports:
//   - the wording, type, param and code of error bodies: model_not_found, also
//     for a retired model (github.com/openai/openai-quickstart-node/issues/127),
//     context_length_exceeded, invalid_value for max_tokens, rate_limit_exceeded
//     (type requests or tokens), invalid_prompt, "We could not parse the JSON body".
//
// Differences from the real service, on purpose: /v1/completions has no default of
// 16 for max_tokens, and one choice answers several prompts. A response does not
// repeat the request (instructions, tools, limits), is not kept, and a
// previous_response_id is ignored. Streams are not padded with `obfuscation`.
//
// Text is ASCII filler with exactly four bytes per token. Prompt tokens are
// counted the same way: each string content counts ceil(bytes ÷ 4).
//
// All functions are safe for concurrent use on different values; nothing here
// uses reflection or fmt, since it runs once per simulated request.
package openai
