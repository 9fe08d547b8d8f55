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
// From the guides "Rate limits" and "Error codes":
//   - headers x-ratelimit-{limit,remaining,reset}-{requests,tokens}, the reset as
//     a duration such as 1s or 6m0s;
//   - statuses 401, 429, 500 and 503 and what they mean.
//
// From answers of the live service quoted in public bug reports:
//   - the wording, type, param and code of error bodies: model_not_found,
//     context_length_exceeded, invalid_value for max_tokens, rate_limit_exceeded
//     (type requests or tokens), service_unavailable_error with code
//     server_is_overloaded, "We could not parse the JSON body".
//
// Differences from the real service, on purpose: a missing API key has the code
// invalid_api_key too (the service says null), /v1/completions has no default of
// 16 for max_tokens, and one choice answers several prompts.
//
// Text is ASCII filler with exactly four bytes per token. Prompt tokens are
// counted the same way: each string content counts ceil(bytes ÷ 4).
//
// All functions are safe for concurrent use on different values; nothing here
// uses reflection or fmt, since it runs once per simulated request.
package openai
