package otel

import (
	"context"
	"encoding/binary"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/routedrill/routedrill/router/audit"
)

// operations of the conventions, by endpoint.
var operations = map[string]attribute.KeyValue{
	"chat": semconv.GenAIOperationNameChat, "tools": semconv.GenAIOperationNameChat,
	"completions": semconv.GenAIOperationNameTextCompletion, "embeddings": semconv.GenAIOperationNameEmbeddings,
}

// Request implements [audit.Sink]. What has no trace, or is not to be recorded, is
// left out.
func (t *Traces) Request(r *audit.Record) {
	if !r.Trace.Sampled || r.Trace.ID == [16]byte{} {
		return
	}
	ctx := context.Background()
	if r.Trace.Parent != [8]byte{} {
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: r.Trace.ID, SpanID: r.Trace.Parent, TraceFlags: trace.FlagsSampled, Remote: true,
		}))
	}
	operation := operations[r.Endpoint]
	name := operation.Value.AsString()
	if !r.Deadline.IsZero() { // else nobody may know its model: a name has to be one of few
		name += " " + r.Route
	}
	ctx, root := t.start(ctx, r, r.Trace.Span, name, trace.SpanKindServer, r.Start, operation,
		semconv.GenAIRequestModel(text(r.Route)), attribute.String("routedrill.request_id", r.RequestID),
		attribute.String("routedrill.outcome", r.Outcome.String()), attribute.Bool("routedrill.stream", r.Stream),
	)
	if r.Status != 0 {
		root.SetAttributes(semconv.HTTPResponseStatusCode(r.Status))
	}
	for _, a := range []attribute.KeyValue{
		attribute.String("routedrill.tenant", r.Tenant), attribute.String("routedrill.task", text(r.Task)),
		attribute.String("routedrill.strategy", r.Choice.Strategy), attribute.String("routedrill.job", r.JobID),
		attribute.String("routedrill.cache", r.Cache.State.String()),
	} {
		if a.Value.AsString() != "" {
			root.SetAttributes(a)
		}
	}
	if !r.Ready.IsZero() {
		_, s := t.start(ctx, r, derived(r.Trace.Span, 1), "normalise", trace.SpanKindInternal, r.Start)
		s.End(trace.WithTimestamp(r.Ready))
	}
	t.events(root, r)
	var cost int64
	for i := range r.Attempts {
		a := &r.Attempts[i]
		cost += a.CostMicroUSD
		if a.Served {
			root.SetAttributes(semconv.GenAIResponseModel(a.Model), t.system(a.Provider), attribute.String("routedrill.provider", a.Provider))
			root.SetAttributes(tokens(a)...)
		}
		t.attempt(ctx, r, a, operation)
	}
	root.SetAttributes(attribute.Int("routedrill.attempts", len(r.Attempts)), attribute.Float64("routedrill.cost_usd", float64(cost)/1e6))
	switch r.Outcome {
	case audit.Refused, audit.Failed, audit.Broken:
		why := r.Outcome.String()
		if n := len(r.Attempts); n > 0 {
			why = r.Attempts[n-1].Reason
		}
		root.SetAttributes(attribute.String("error.type", why))
		root.SetStatus(codes.Error, "")
	}
	root.End(trace.WithTimestamp(r.End))
}

// text is what a client may have written, as protobuf takes it: with one byte that is no
// UTF-8 the spans of others would be lost too.
func text(s string) string { return strings.ToValidUTF8(s, "?") }

// start begins a span with the ids it is to have.
func (t *Traces) start(ctx context.Context, r *audit.Record, id [8]byte, name string, kind trace.SpanKind, at time.Time, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	ctx = context.WithValue(ctx, idsKey{}, ids{r.Trace.ID, id})
	return t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithTimestamp(at), trace.WithAttributes(attrs...))
}

// derived is the id of a span that nobody else knows.
func derived(of [8]byte, nth uint64) (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], max(1, binary.BigEndian.Uint64(of[:])^nth*0x9e3779b97f4a7c15))
	return id
}

// events are what happened beside attempts.
func (t *Traces) events(root trace.Span, r *audit.Record) {
	if r.Cache.State != audit.NotAsked {
		at := r.Ready
		if r.Cache.Origin != "" {
			at = r.End // it may have waited for another request's answer
		}
		root.AddEvent("cache", trace.WithTimestamp(at), trace.WithAttributes(
			attribute.String("routedrill.cache", r.Cache.State.String()), attribute.Float64("routedrill.cache.age_s", r.Cache.Age.Seconds())))
	}
	for i := range r.Skips {
		s := &r.Skips[i]
		root.AddEvent("passed over", trace.WithTimestamp(s.At), trace.WithAttributes(
			attribute.String("routedrill.target", s.Target), attribute.String("routedrill.reason", s.Reason)))
	}
}

// attempt makes the span of one.
func (t *Traces) attempt(ctx context.Context, r *audit.Record, a *audit.Attempt, operation attribute.KeyValue) {
	_, s := t.start(ctx, r, a.Span, operation.Value.AsString()+" "+a.Model, trace.SpanKindClient, a.Start, operation,
		t.system(a.Provider), semconv.GenAIRequestModel(a.Model), attribute.String("routedrill.provider", a.Provider),
		attribute.Int("routedrill.attempt", a.N), attribute.Float64("routedrill.cost_usd", float64(a.CostMicroUSD)/1e6),
	)
	s.SetAttributes(tokens(a)...)
	for _, mark := range []struct {
		is   bool
		name string
	}{
		{a.Retry, "retry"}, {a.Hedge, "hedge"}, {a.Probe, "probe"}, {a.LastResort, "last_resort"}, {a.Served, "served"},
		{a.Estimated, "estimated"},
	} {
		if mark.is {
			s.SetAttributes(attribute.Bool("routedrill."+mark.name, true))
		}
	}
	if a.Status != 0 {
		s.SetAttributes(semconv.HTTPResponseStatusCode(a.Status))
	}
	if !a.FirstToken.IsZero() {
		s.AddEvent("first token", trace.WithTimestamp(a.FirstToken))
	}
	switch a.Reason {
	case audit.OK:
	case audit.HedgeLost, audit.ClientGone: // nobody's failure
		s.SetAttributes(attribute.String("routedrill.reason", a.Reason))
	default:
		s.SetAttributes(attribute.String("error.type", a.Reason))
		s.SetStatus(codes.Error, "")
	}
	s.End(trace.WithTimestamp(a.End))
}

// system is the API that a provider speaks.
func (t *Traces) system(provider string) attribute.KeyValue {
	if s, is := (*t.systems.Load())[provider]; is {
		return s
	}
	return semconv.GenAIProviderNameKey.String(provider)
}

func tokens(a *audit.Attempt) []attribute.KeyValue {
	if a.PromptTokens == 0 && a.OutputTokens == 0 {
		return nil
	}
	return []attribute.KeyValue{
		semconv.GenAIUsageInputTokens(int(a.PromptTokens)), semconv.GenAIUsageOutputTokens(int(a.OutputTokens)),
		semconv.GenAIUsageCacheReadInputTokens(int(a.CachedTokens)),
	}
}
