// Package anthropic holds the bytes of Anthropic's Messages API as its server
// sees them, behind [wire.API]: POST /v1/messages, GET /v1/models and
// /v1/models/{id}.
//
// # Facts and where they are from
//
// All read on 25 November 2026, web pages as stored copies. From the documentation:
//   - error types and their statuses, the shape of an error with its request_id,
//     the request-id header: https://platform.claude.com/docs/en/api/errors.md
//   - anthropic-ratelimit-* headers with RFC 3339 resets, one set for each of
//     requests, tokens (input and output together), input and output tokens:
//     https://docs.aws.amazon.com/claude-platform/latest/userguide/rate-limits.md
//   - a prompt is tools, system and messages in this order, marked by
//     cache_control on blocks or on the whole request:
//     https://platform.claude.com/docs/en/build-with-claude/prompt-caching
//   - images above about 1,600 tokens are scaled down:
//     https://docs.anthropic.com/en/docs/vision
//
// From the official SDK, github.com/anthropics/anthropic-sdk-go v1.84.0: paths,
// headers (anthropic-version 2023-06-01), fields of messages, usage (input_tokens
// without cache reads and writes, output_tokens_details.thinking_tokens), models
// and pages, the events of a stream, the stop reasons, and what it retries.
//
// Nothing was found that says how long before the first token message_start comes:
// it states the tokens read from and written to the cache, so it cannot come before
// the prompt has been looked at, and a request can be accepted and then see no event
// at all for minutes (https://github.com/anthropics/claude-code/issues/49716). Here it
// comes with the first token, and ahead of it only where a fault delays that one.
//
// Known and not looked up again: ping and the order of events as in
// https://platform.claude.com/docs/en/build-with-claude/streaming, an empty piece
// first in every input, at most four marks, the older version 2023-01-01.
//
// From answers of the live service:
//   - rate limits of tokens as the sum of those of input and output, what remains
//     rounded to thousands (an answer recorded in August 2025):
//     https://rdrr.io/cran/tidyllm/src/tests/testthat/claude/api.anthropic.com/v1/messages-e050b5-POST.R
//   - "anthropic-version: header is required":
//     https://github.com/Pasta-Devs/Marinara-Engine/issues/120, "... is not a valid
//     version": https://github.com/decolua/9router/issues/2357
//   - "invalid x-api-key" and "x-api-key header is required":
//     https://github.com/n8n-io/n8n/issues/37930
//   - "prompt is too long": https://github.com/anthropics/claude-code/issues/14195,
//     "input length and `max_tokens` exceed context limit":
//     https://github.com/docker/docker-agent/issues/569
//   - "max_tokens: ... which is the maximum allowed number of output tokens":
//     https://github.com/anthropics/claude-code/issues/24451, "must be greater than
//     `thinking.budget_tokens`": https://github.com/ProfSynapse/nexus/issues/17
//   - "would exceed your organization's rate limit":
//     https://github.com/anthropics/claude-code/issues/55132
//   - a used-up credit is a 400 invalid_request_error, not the documented 402:
//     https://github.com/anthropics/claude-code/issues/88711
//   - "The request body is not valid JSON" with a position:
//     https://github.com/promptfoo/promptfoo/issues/4489, "messages: text content
//     blocks must be non-empty": https://github.com/anthropics/claude-code/issues/59812,
//     "all messages must have non-empty content":
//     https://github.com/anthropics/claude-code/issues/6774
//   - messages of role system after the first:
//     https://dev.to/ji_ai/claude-prompt-caching-why-agent-loops-miss-the-20-block-lookback-d36
//   - 529 "Overloaded": https://github.com/anthropics/claude-code/issues/35792
//
// # Differences from the real service, on purpose
//
// Unknown fields are accepted. Lists of models have one page. Thinking is counted
// in the usage and not shown. Token counts follow the rule of package wire: what
// counts is the text of system, messages and tool results, the input of tool calls
// and the definition of tools, byte for byte. Answers carry no x-should-retry: the
// SDKs decide the same without it. A tool call that max_tokens cuts has an empty
// input where it is not streamed. The words for wrong types, refusals of the
// content filter and growth beyond the acceleration limit are close to the
// service's, not quoted from it.
//
// All functions are safe for concurrent use on different values; what runs once
// per simulated request uses neither reflection nor fmt.
package anthropic
