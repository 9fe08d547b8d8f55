package scenarios

// trafficReference describes load and tasks.
var trafficReference = []section{
	{name: "load", rows: []row{
		{key: "arrivals", value: "`poisson` or `constant`; not with a trace", standard: "`poisson`"},
		{key: "rate", value: "rate above zero"},
		{key: "stages", value: "list of at most 256 stages that together last as long as the scenario; those of a world in a document of its own are repeated or cut to that", example: `[{for: 10m, rate: 2/s}, {for: 10m, from: 2/s, to: 4/s}]`},
		{key: "spikes", value: "list of at most 256 spikes; not with a trace", standard: "none", example: `[{at: 5m, for: 1m, factor: 3}]`},
		{key: "burstiness", value: "list of at most 4 bursts, by window; with `arrivals: poisson` only", standard: "none", example: `[{window: 1s, dispersion: 2}, {window: 10s, dispersion: 6}]`},
		{key: "trace", value: "a trace", example: `{file: log.csv, format: csv}`},
	}},
	{name: "stage", rows: []row{
		{key: "for", value: "duration", standard: "needed"},
		{key: "rate", value: "rate all through the stage"},
		{key: "from", value: "rate at its start"},
		{key: "to", value: "rate at its end; in between it changes evenly"},
	}},
	{name: "spike", rows: []row{
		{key: "at", value: "duration since the start", standard: "needed"},
		{key: "for", value: "duration; the spike ends within the scenario", standard: "needed"},
		{key: "factor", value: "number above 0, up to 1000", standard: "needed"},
	}},
	{name: "burst", rows: []row{
		{key: "window", value: "duration from 100ms; at most 3,000,000 of the shortest fit into the scenario", standard: "needed"},
		{key: "dispersion", value: "number from 1 to 1000000", standard: "needed"},
	}},
	{name: "trace", rows: []row{
		{key: "file", value: "path, relative to this file; given by `--set` or missing from a library scenario: relative to the working directory", standard: "needed"},
		{key: "format", value: "`azure`, `mooncake` or `csv`", standard: "needed"},
		{key: "task", value: "name of the task of rows that name none", standard: "the first task"},
	}},
	{name: "task", rows: []row{
		{key: "name", value: "name, unique; the router is told in `X-Routedrill-Task`", standard: "needed"},
		{key: "weight", value: "number from 0: share of the arrivals relative to the others; 0 is never drawn", standard: "1"},
		{key: "endpoint", value: "`chat`, `completions` or `embeddings`", standard: "`chat`"},
		{key: "model", value: "name of a route, or a target; all of them serve the endpoint", standard: "needed", example: `smart`},
		{key: "stream", value: "true or false; not for embeddings", standard: "false"},
		{key: "tools", value: "true or false: the request offers tools; chat only", standard: "false"},
		{key: "prompt_tokens", value: "distribution of counts: tokens of all messages or inputs together", standard: "`{p50: 500, p95: 2000}`", example: `{p50: 600, p95: 3000}`},
		{key: "output_tokens", value: "distribution of counts: tokens of the answer; not for embeddings", standard: "`{p50: 150, p95: 600}`", example: `{p50: 180, p95: 700}`},
		{key: "max_tokens", value: "count from 1: limit the request states; not for embeddings", standard: "none stated"},
		{key: "inputs", value: "1 to 2048: texts of one request; embeddings only", standard: "1"},
		{key: "prompts", value: "count up to 1M, or a variety: how many different prompts are asked", standard: "each request has its own", example: `{distinct: 5000, zipf: 1.1}`},
		{key: "shared_prefix", value: "count up to 1M: tokens with which every prompt of the task begins, such as a system prompt; not for embeddings", standard: "none"},
		{key: "tenants", value: "count up to 1M, or a variety: on whose behalf requests are made, stated in the field `user` and in `X-Routedrill-Tenant` as `tenant-7`. Tenant 7 is the same one in every task", standard: "nobody's", example: `20`},
		{key: "region", value: "name: where its callers are, which they tell the router in `X-Routedrill-Region`. It moves nobody: the round trips are the providers' `rtt`", standard: "not told"},
		{key: "class", value: "`batch`: its requests can wait until their deadline, and a policy with a `queue` defers them; what became of one counts as its answer. A batch task is not streamed", standard: "they cannot wait"},
		{key: "deadline", value: "duration: for the whole request, client retries included", standard: "the client's timeout"},
		{key: "client", value: "a client, or the name of a preset", standard: "`none`", example: `{preset: openai-python, timeout: 60s}`},
	}},
	{name: "variety", rows: []row{
		{key: "distinct", value: "count from 1, up to 1M", standard: "needed"},
		{key: "zipf", value: "number from 0 to 10: the k-th is drawn k^-zipf times as often as the first", standard: "0: all alike"},
	}},
	{name: "client", rows: []row{
		{key: "preset", value: "`none`, `openai-python` or `openai-go`", standard: "`none`"},
		{key: "timeout", value: "duration of one try, at most 24h", standard: "60s; 10m for the SDKs"},
		{key: "max_retries", value: "0 to 10 tries after the first", standard: "0; 2 for the SDKs"},
		{key: "idempotency_key", value: "`true`: all tries of a request carry one `Idempotency-Key` of its own", standard: "`false`"},
		{key: "lose_answers", value: "0 to 1: the share of whole answers that get lost on their way to the caller, who sees a lost connection and may ask again", standard: "0"},
	}},
}
