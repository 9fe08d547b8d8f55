package scenarios

import (
	"slices"
	"time"
)

// Provider is one API that can be routed to. What a preset says of it has been
// filled in.
type Provider struct {
	Name       string
	Preset     string        // the preset it starts from; "" for none
	Vendor     string        // who runs it; defaults to Name. Faults select by it
	Region     string        // where it runs; may be empty
	Wire       string        // the API it speaks, a word of Vocabulary.Wires; defaults to "openai"
	RTT        time.Duration // network round trip to it; 0 means none is added
	Models     []Model
	Capacity   Capacity
	Quotas     Quotas
	Weather    Weather
	CutBilling string // what a cut answer costs: "generated" (the default), "whole" or "nothing"
}

// Model returns the model of that name, or nil.
func (p *Provider) Model(name string) *Model {
	for i := range p.Models {
		if p.Models[i].Name == name {
			return &p.Models[i]
		}
	}
	return nil
}

// Model is one model at one provider.
type Model struct {
	Name      string
	Endpoints []string // what it serves; defaults to [chat]
	Price     Price
	Context   int     // tokens of prompt and answer together; 0 means no limit
	MaxOutput int     // tokens of one answer; 0 means no limit
	Quality   float64 // score of its answers, 0 to 1; 0 means not scored
	TTFT      Dist    // time to first token once the provider starts on it, in nanoseconds
	ITL       Dist    // gap between tokens, in nanoseconds; absent where no text is generated

	// Reasoning is the number of hidden tokens that come before the first visible
	// one, cost their time and are billed as output; absent for none.
	Reasoning Dist
	Prefill   time.Duration // added to TTFT for each 1,000 prompt tokens that were not cached
	Slowdown  float64       // ITL is multiplied by 1 + Slowdown × share of the concurrency in use
	Tokenizer float64       // its tokens per token of the load's prompts; 0 means 1
	Verbosity float64       // its tokens per token of the load's answers; 0 means 1
	Cache     Cache
}

// Serves reports whether the model answers at that endpoint.
func (m *Model) Serves(endpoint string) bool {
	return slices.Contains(m.Endpoints, endpoint)
}

// Price is what a token costs in nano-USD; 2.00 USD per million tokens are
// 2000. The file gives USD per million tokens with at most three decimals.
type Price struct {
	InputNano       int64
	CachedInputNano int64 // prompt tokens read from the provider's cache; defaults to InputNano
	CacheWriteNano  int64 // prompt tokens written to the provider's cache; defaults to InputNano
	OutputNano      int64
	Long            *LongPrice // of requests with long prompts; nil when they cost the same
}

// LongPrice is the price of every token of a request whose prompt is longer
// than Above tokens. What the file leaves out is as in the [Price].
type LongPrice struct {
	Above                                                  int
	InputNano, CachedInputNano, CacheWriteNano, OutputNano int64
}

// Cache is the prompt cache of a model.
type Cache struct {
	Mode      string        // "automatic", "explicit" or "", which is none
	MinTokens int           // shorter beginnings of prompts are not kept; 0 means 1024
	TTL       time.Duration // how long one is kept after its last use; 0 means 5 minutes
	Entries   int           // how many are kept; 0 means 65,536
}

// Capacity is how much a provider can do at once.
type Capacity struct {
	Concurrency int // requests served at once; 0 means no limit
	Queue       int // further requests that wait for a place; 0 means none waits
	Status      int // answered when the queue is full: 429, 503 or 529; 503 by default, 0 without a limit
}

// Quotas are the limits a provider holds its caller to; 0 means no limit.
type Quotas struct {
	RPM, TPM     int     // requests, tokens per minute
	ITPM, OTPM   int     // input tokens, output tokens per minute
	RPD, TPD     int     // requests, tokens per day
	Concurrency  int     // requests at once
	Acceleration float64 // input tokens of the last minute over the mean of the ten before, above AccelerationFloor
	// AccelerationFloor is the input tokens per minute below which growth is free;
	// 100,000 unless given, 0 without an acceleration.
	AccelerationFloor int
	Window            time.Duration // 0 means buckets that refill continuously; else fixed windows of 1s, 10s or 1m
	Charge            string        // "estimated" (prompt + max_tokens on admission), "reserved" (what was not generated is given back), "actual" or "", which is estimated
	CountCached       bool          // prompt tokens read from the cache count too
	Background        float64       // share other applications use, 0 to below 1
	Group             string        // providers that name the same group share one quota; "" means its own
}

// Weather is a slow factor on all times of a provider, so that retries there do
// not meet independent luck.
type Weather struct {
	Sigma       float64       // standard deviation of its logarithm; 0 means none
	Correlation time.Duration // after which its autocorrelation has fallen to 1/e; 0 means 5 minutes
}
