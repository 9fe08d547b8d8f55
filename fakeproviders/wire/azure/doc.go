// Package azure holds what Azure OpenAI's API has of its own, as its server sees
// it: paths, the key, headers, the content filter's results and most error
// bodies. Requests, answers and streams are those of package openai, and so are
// the errors that come from the model: those about the body, about the context
// and about max_tokens.
//
// # Facts and where they are from
//
// From the reference (learn.microsoft.com/azure/ai-foundry/openai/reference and
// .../openai/api-version-lifecycle):
//   - /openai/deployments/{deployment}/{chat/completions,completions,embeddings}
//     with the query api-version, a date with or without -preview; the deployment
//     is the model, whatever the body says;
//   - /openai/{responses,models} with api-version, and /openai/v1/... with the
//     paths of OpenAI's API and without;
//   - the key in api-key, or a token in Authorization: Bearer;
//   - prompt_filter_results and content_filter_results
//     (.../openai/concepts/content-filter).
//
// From answers of the live service quoted in public bug reports:
//   - 404 with code "404" for a path or a version that does not exist, and for a
//     retired model: github.com/langchain-ai/langchainjs/issues/5754 (with its
//     headers), github.com/BerriAI/litellm/issues/11116;
//   - 404 DeploymentNotFound: github.com/chatboxai/chatbox/issues/861;
//   - 400 OperationNotSupported: github.com/langchain-ai/langmem/issues/13;
//   - 401 with code "401" (224 bytes): github.com/SciSharp/BotSharp/issues/386;
//   - 400 content_filter with innererror: github.com/compl-ai/compl-ai/issues/20;
//   - 429 with code "429": github.com/jonasacox/TinyLLM/issues/17 for tokens,
//     where a request that never fits is told to wait 86400 seconds, and
//     github.com/microsoft/action-python/issues/12 for calls;
//   - 429 for peak load: github.com/pollinations/pollinations/issues/6260, its
//     code as in github.com/openai/openai-dotnet/issues/881;
//   - 500 of type server_error: github.com/Azure/azure-sdk-for-python/issues/40812;
//   - 408 with code Timeout: github.com/langgenius/dify-official-plugins/issues/2199;
//   - 503 with code ServiceUnavailable, as quoted by
//     www.dotnetstudioai.com/hospital/fix-503-service-unavailable-azure-openai-dotnet;
//   - headers apim-request-id, x-request-id, x-ms-region and
//     x-ratelimit-{limit,remaining}-{requests,tokens}:
//     github.com/microsoft/copilot-camp/issues/551,
//     github.com/EvolvingPrograms/oaib/issues/11;
//   - the first chunk of a stream, which has no choices:
//     github.com/pydantic/pydantic-ai/issues/797,
//     github.com/AbanteAI/archive-old-cli-mentat/issues/429; the filter's results
//     are empty in chunks without text.
//
// Waits are stated in retry-after and retry-after-ms
// (learn.microsoft.com/azure/ai-foundry/openai/how-to/provisioned-get-started).
//
// Assumed, since no answer of the service was found: the body of 413 (those found
// count tokens, are from other services of Azure and not from this one), and of a
// quota that is used up for good.
//
// Differences from the real service, on purpose: messages about limits name the
// version [Version], whichever was asked for; the list of models has the fields
// of OpenAI's; a wrong token is answered as a wrong key; responses carry no
// content_filters.
package azure
