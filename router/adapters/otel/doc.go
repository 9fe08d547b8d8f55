// Package otel makes OpenTelemetry traces of the router's audit, and sends them by
// OTLP over HTTP:
//
//	traces, err := otel.New(ctx, otel.Config{Endpoint: "http://collector:4318"})
//	traces.Know(&config)
//	engine, err := router.New(config, router.WithAudit(traces), router.WithTraces(traces.Sampled))
//	…
//	traces.Close(ctx) // sends what is left
//
// A request is a span of kind server, with these below it:
//
//	chat smart                  the request: route, outcome, who served, tokens, cost
//	├─ normalise                reading the request and planning it, up to the first attempt
//	├─ chat gpt-4.1             an attempt: provider, tokens, cost, how it ended; kind client
//	└─ chat claude-sonnet-4-6   the next one
//
// What the cache said, and whom the request passed over, are events of the request;
// the first content of a stream is one of its attempt. Names and attributes are those of
// the semantic conventions for generative AI, version 1.41; what they have no name for
// begins with "routedrill.". gen_ai.response.model of the request is the model that it
// was answered by, as the config spells it. There is no prompt, no answer and no key in
// them.
//
// Spans are made when a request has ended, from its record, so they are as right as the
// audit and cost the request nothing while it runs. Those that cannot be sent in time
// are dropped: up to [Queue] wait.
package otel
