package otel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// Queue is how many spans wait to be sent, at most.
const Queue = 8192

// maxText bounds the text of an attribute, in bytes.
const maxText = 256

// Config of [Traces].
type Config struct {
	// Endpoint is the URL of an OTLP/HTTP receiver, such as http://collector:4318;
	// without a path it is /v1/traces. "" leaves it to the variables of
	// OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT and what belongs to it. Those for
	// headers, certificates, timeouts and the resource hold in any case.
	Endpoint string
	Version  string // of the service
	// Share of the traces that begin here which are recorded, 0 to 1. Clients
	// that bring a trace decide for themselves.
	Share float64
}

// Traces is an audit sink. Make it with [New]; it is safe for concurrent use.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	share    float64
	systems  atomic.Pointer[map[string]attribute.KeyValue] // by provider
}

// New returns traces that are sent to an endpoint; nobody has to be there yet.
func New(ctx context.Context, c Config) (*Traces, error) {
	var options []otlptracehttp.Option
	if c.Endpoint != "" {
		u, err := CheckEndpoint(c.Endpoint)
		if err != nil {
			return nil, err
		}
		if u.Path == "" || u.Path == "/" {
			u.Path = "/v1/traces"
		}
		options = append(options, otlptracehttp.WithEndpointURL(u.String()))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("otel: %w", err)
	}
	r, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("routedrill"), semconv.ServiceVersion(c.Version)),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("otel: %w", err)
	}
	return newTraces(c.Share, sdktrace.WithBatcher(exporter, sdktrace.WithMaxQueueSize(Queue)), sdktrace.WithResource(r)), nil
}

// CheckEndpoint reads the URL of a receiver.
func CheckEndpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("otel: the endpoint must be a URL such as http://collector:4318")
	}
	return u, nil
}

func newTraces(share float64, options ...sdktrace.TracerProviderOption) *Traces {
	p := sdktrace.NewTracerProvider(append(options,
		sdktrace.WithSampler(sdktrace.AlwaysSample()), // what is not to be recorded makes no span
		sdktrace.WithIDGenerator(given{}),
		sdktrace.WithRawSpanLimits(sdktrace.SpanLimits{
			AttributeValueLengthLimit: maxText, AttributeCountLimit: 64, EventCountLimit: 64, LinkCountLimit: 1,
			AttributePerEventCountLimit: 16, AttributePerLinkCountLimit: 1,
		}))...)
	t := &Traces{provider: p, tracer: p.Tracer("github.com/routedrill/routedrill/router"), share: share}
	t.systems.Store(&map[string]attribute.KeyValue{})
	return t
}

// Sampled decides by a trace's id whether one that begins here is recorded, as others
// do who go by the id; see [router.WithTraces].
func (t *Traces) Sampled(id [16]byte) bool {
	return t.share >= 1 || float64(binary.BigEndian.Uint64(id[8:])>>1) < t.share*(1<<63)
}

// Know sets which API the providers of a config speak, in place of those there were.
func (t *Traces) Know(c *router.Config) {
	systems := map[string]attribute.KeyValue{}
	for _, p := range c.Providers {
		switch p.Wire {
		case "", "openai":
			systems[p.Name] = semconv.GenAIProviderNameOpenAI
		case "azure":
			systems[p.Name] = semconv.GenAIProviderNameAzureAIOpenAI
		case "anthropic":
			systems[p.Name] = semconv.GenAIProviderNameAnthropic
		case "gemini":
			systems[p.Name] = semconv.GenAIProviderNameGCPGemini
		}
	}
	t.systems.Store(&systems)
}

// Close sends what is left, until ctx is done.
func (t *Traces) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// Breaker implements [audit.Sink]. It belongs to no request.
func (*Traces) Breaker(audit.BreakerEvent) {}

// given has spans carry the ids of the record, which providers were told: those of the
// context.
type given struct{}

type ids struct {
	trace trace.TraceID
	span  trace.SpanID
}

type idsKey struct{}

func (given) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	i := ctx.Value(idsKey{}).(ids)
	return i.trace, i.span
}

func (given) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	return ctx.Value(idsKey{}).(ids).span
}
