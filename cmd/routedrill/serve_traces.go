package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	otelapi "go.opentelemetry.io/otel"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/otel"
)

// traceGrace is how long a stop waits for traces to be sent.
const traceGrace = 5 * time.Second

// openTraces has requests traced if server.otlp or a variable of OpenTelemetry says to
// where.
func (p *plant) openTraces(r *reading) error {
	endpoint := r.file.Server.OTLP
	if endpoint == "" && os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return nil
	}
	share, err := traceShare(os.Getenv("OTEL_TRACES_SAMPLER"), os.Getenv("OTEL_TRACES_SAMPLER_ARG"))
	if err != nil {
		return err
	}
	otelapi.SetErrorHandler(otelapi.ErrorHandlerFunc(func(err error) { p.logger.Warn("traces", "error", err) }))
	p.traces, err = otel.New(context.Background(), otel.Config{Endpoint: endpoint, Version: version, Share: share})
	if err != nil {
		return fmt.Errorf("server.otlp: %w", err)
	}
	p.closers = append(p.closers, func() {
		ctx, cancel := context.WithTimeout(context.Background(), traceGrace)
		defer cancel()
		if err := p.traces.Close(ctx); err != nil {
			p.logger.Warn("traces not sent", "error", err)
		}
	})
	p.options = append(p.options, router.WithTraces(p.traces.Sampled))
	return nil
}

// traceShare is the share of the traces that begin here which OTEL_TRACES_SAMPLER and
// OTEL_TRACES_SAMPLER_ARG ask for. What a client has decided holds in any case.
func traceShare(sampler, arg string) (float64, error) {
	switch sampler {
	case "", "always_on", "parentbased_always_on":
		return 1, nil
	case "always_off", "parentbased_always_off":
		return 0, nil
	case "traceidratio", "parentbased_traceidratio":
		if arg == "" {
			return 1, nil
		}
		share, err := strconv.ParseFloat(arg, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return 0, fmt.Errorf("OTEL_TRACES_SAMPLER_ARG %q: want a share from 0 to 1", arg)
		}
		return share, nil
	}
	return 0, fmt.Errorf("OTEL_TRACES_SAMPLER %q: want always_on, always_off or traceidratio, with parentbased_ or without", sampler)
}
