package fakeproviders

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// Config describes one provider. It is not changed by the provider and must not
// be changed after [New].
type Config struct {
	Name   string   // unique among the providers; not empty
	Vendor string   // for selectors and as the owner of models; may be empty
	Region string   // for selectors; may be empty
	API    wire.API // the wire format it speaks; nil = the OpenAI API
	APIKey string   // the key requests must carry; empty = none is asked for

	RTT      time.Duration // added to every first byte; 0 to 1 minute
	Models   []Model       // at least one
	Capacity Capacity
	Quotas   Quotas

	Faults []Event   // the timeline; the provider selects what concerns it
	Seed   uint64    // of all draws
	Start  time.Time // timeline zero; the zero time = when New is called

	// MaxEventGap bounds the time between events of a stream; 0 = 250 ms.
	MaxEventGap time.Duration
	// Demand tells what a request really needs, by its request id. Nil or false:
	// output length is drawn and tools are called where tool_choice demands it.
	// It is called once per attempt from the handler's goroutine.
	Demand func(requestID string) (Demand, bool)
	// Journal is called once per attempt at chat, completions and embeddings,
	// from the handler's goroutine before the handler ends. The entry is valid
	// during the call only. Nil drops entries.
	Journal func(*Entry)
}

// Model is one model of a provider.
type Model struct {
	Name      string   // not empty, unique within the provider
	Endpoints []string // chat, completions, responses, embeddings; empty = chat
	Price     Price
	Context   int          // prompt and output tokens together; 0 = unlimited
	MaxOutput int          // output tokens; 0 = unlimited (but at most 1,048,576)
	TTFT      latency.Dist // nanoseconds to the first token; nil = 0
	ITL       latency.Dist // nanoseconds between tokens, one mean gap per attempt; nil = 0
	// Output is the distribution of output tokens where Demand does not tell;
	// nil = log-normal with p50 150 and p95 600.
	Output latency.Dist
	// Dimensions is the default length of embedding vectors; 0 = 8. Real ones
	// are far longer, and only cost time here.
	Dimensions int
}

// Price is in integer nano-USD per token: 2.00 USD per million tokens is 2000.
type Price struct{ InputNano, CachedInputNano, OutputNano int64 }

// Capacity bounds the attempts in service.
type Capacity struct {
	Concurrency int // attempts in service; 0 = unlimited
	Queue       int // waiting places beyond that; 0 = none
	Status      int // answered when full: 429, 503 or 529; 0 = the vendor's usual one
}

// Quotas are token buckets that hold one minute's worth and refill
// continuously.
type Quotas struct {
	RPM int // requests per minute, at most 100 million; 0 = unlimited
	TPM int // tokens per minute, at most 100 million; 0 = unlimited
}

// Demand is what a request really needs.
type Demand struct {
	Task         string // for selectors
	Tenant       string // on whose behalf the request is made; may be empty
	OutputTokens int    // tokens of the whole answer; at least 1 is produced
	Tools        bool   // the answer is a tool call, if the request carries tools
}

// statusOverloaded is the status Anthropic answers when it has no capacity.
const statusOverloaded = 529

// Bounds that keep token schedules far from overflow.
const (
	defaultEventGap  = 250 * time.Millisecond
	minFlapPeriod    = 20 * time.Millisecond
	maxFirst         = 24 * time.Hour
	maxGap           = time.Minute
	maxOutput        = 1 << 20
	maxBody          = 32 << 20
	maxEvents        = 64
	maxQuota         = 100_000_000
	defaultDimension = 8
)

func (c *Config) validate() error {
	var errs []error
	check := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf("fakeproviders: provider %q: "+format, append([]any{c.Name}, args...)...))
		}
	}
	check(c.Name == "", "it needs a name")
	check(c.RTT < 0 || c.RTT > time.Minute, "rtt %v: want 0 to 1m", c.RTT)
	check(len(c.Models) == 0, "it needs a model")
	check(c.MaxEventGap < 0, "max event gap %v: must not be negative", c.MaxEventGap)
	check(c.Capacity.Concurrency < 0 || c.Capacity.Queue < 0, "capacity must not be negative")
	switch c.Capacity.Status {
	case 0, http.StatusTooManyRequests, http.StatusServiceUnavailable, statusOverloaded:
	default:
		check(true, "capacity status %d: want 429, 503 or 529", c.Capacity.Status)
	}
	check(min(c.Quotas.RPM, c.Quotas.TPM) < 0 || max(c.Quotas.RPM, c.Quotas.TPM) > maxQuota, "quotas: want 0 to %d", maxQuota)
	names := make(map[string]bool)
	for i := range c.Models {
		m := &c.Models[i]
		check(m.Name == "", "model %d needs a name", i)
		check(names[m.Name], "model %q is there twice", m.Name)
		names[m.Name] = true
		for _, e := range m.Endpoints {
			check(!slices.Contains([]string{wire.Chat, wire.Completions, wire.Responses, wire.Embeddings}, e), "model %q: unknown endpoint %q", m.Name, e)
		}
		check(m.Price.InputNano < 0 || m.Price.CachedInputNano < 0 || m.Price.OutputNano < 0, "model %q: negative price", m.Name)
		check(m.Context < 0 || m.MaxOutput < 0, "model %q: negative limit", m.Name)
		check(m.Dimensions < 0 || m.Dimensions > openai.MaxDimensions, "model %q: dimensions %d: want 1 to %d",
			m.Name, m.Dimensions, openai.MaxDimensions)
	}
	check(len(c.Faults) > maxEvents, "%d fault events: at most %d", len(c.Faults), maxEvents)
	for i := range c.Faults {
		if err := c.Faults[i].validate(); err != nil {
			check(true, "%w", err)
		}
	}
	return errors.Join(errs...)
}
