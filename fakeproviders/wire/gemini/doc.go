// Package gemini holds the bytes of the Gemini API as its server sees them,
// behind [wire.API]: under /v1beta and /v1, models/{model}:generateContent,
// :streamGenerateContent, :embedContent and :batchEmbedContents, GET models and
// GET models/{model}.
//
// # Facts and where they are from
//
// All read on 25 November 2026, web pages as stored copies. From the documentation,
// https://ai.google.dev/gemini-api/docs/troubleshooting: statuses and what they mean.
//
// From the official SDK, google.golang.org/genai v1.77.0: paths, fields of requests
// and answers, usageMetadata and what its totals include, finish reasons, models,
// chunks that end with CR LF CR LF, an error inside a stream, embeddings asked for in
// batches, and what it retries.
//
// Known and not looked up again: the JSON of protocol buffers takes lowerCamelCase
// and the original names, numbers in strings and one object for an array of one,
// and leaves out zeros; an image that is not tiled counts 258 tokens; a batch has
// at most 100 requests; embeddings state promptTokenCount.
//
// From answers of the live service:
//   - a wrong key is 400 INVALID_ARGUMENT with reason API_KEY_INVALID:
//     https://github.com/cequence-io/openai-scala-client/issues/109, none at all is
//     403 "Method doesn't allow unregistered callers":
//     https://github.com/PublicAffairs/openai-gemini/issues/92
//   - 429 with Help, QuotaFailure and RetryInfo:
//     https://github.com/browserbase/mcp-server-browserbase/issues/129, the ids of
//     quotas: https://github.com/googleapis/python-genai/issues/2044, of daily ones:
//     https://github.com/langgenius/dify/issues/19838, without a wait:
//     https://github.com/gke-labs/gemini-for-kubernetes-development/issues/1215
//   - "models/... is not found for API version v1beta":
//     https://github.com/google/adk-python/issues/200
//   - "The input token count (...) exceeds the maximum":
//     https://github.com/google-gemini/gemini-cli/issues/4231, the range of
//     maxOutputTokens: https://github.com/BerriAI/litellm/pull/10548
//   - "contents.parts must not be empty" (and so "contents is not specified"):
//     https://github.com/vercel/ai/issues/3775, "Invalid JSON payload received" with
//     fieldViolations: https://github.com/gera2ld/ai.nvim/issues/13
//   - 500 "An internal error has occurred":
//     https://github.com/google-gemini/gemini-cli/issues/7316, 504
//     DEADLINE_EXCEEDED: https://github.com/letta-ai/letta/pull/2861
//   - a recorded answer with text, usage and responseId:
//     https://docs.apiyi.com/en/api-capabilities/gemini/response-handling
//   - a prompt that the filter refuses is a 200 without candidates, with
//     promptFeedback.blockReason and a usage:
//     https://github.com/vercel/ai/issues/4236, and so says the documentation:
//     https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/process-blocked-responses
//   - thoughts count in totalTokenCount and not in candidatesTokenCount, which is
//     left out when it is 0: https://github.com/elastic/kibana/pull/220586
//
// # Differences from the real service, on purpose
//
// Streams are server-sent events with and without alt=sse; the service sends an
// array without it. Unknown fields are accepted. RetryInfo states the wait in
// whole seconds rounded up, so that who waits that long is never early; the
// service cuts the fraction. A prompt that the filter refuses is billed as its usage says;
// nothing was found that says whether the service does. An embedding refused by the
// filter is a 400 in words of our own. A call that
// maxOutputTokens cuts is no part of the answer. Lists of models have one page.
// countTokens is not there. No error repeats a value of the request but names.
// Token counts follow the rule of package wire: what counts is the text of parts,
// and arguments, responses and declarations of functions byte for byte.
//
// There are no headers for quotas, request ids or waits: the service has none.
//
// All functions are safe for concurrent use on different values; what runs once
// per simulated request uses neither reflection nor fmt.
package gemini
