package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/router/gateway"
)

const serveHelp = `Run the router in front of real providers: the same engine, with the same file,
that drills rehearse.

FILE is the router's config (see router/README.md). Applications talk to
http://ADDRESS/v1 as they talk to the OpenAI API and name a route, or
"provider/model", as the model. GET /v1/routedrill/health tells the state of
every target; GET /status.json and /status.html say in plain words whether
something is wrong, for applications to show. One line of JSON per request goes to stderr, with every attempt,
its reason and its cost, and without prompts, answers or keys.

With --admin, operators are served on an address of their own, which nobody else
should reach: GET /panel, a page that shows live how everything is, GET /metrics
for Prometheus, GET and DELETE /cache, POST /cache/warm, GET /incidents and
/incidents/ID/post-mortem (see router/README.md). They need a token, as
"Authorization: Bearer TOKEN" or as the password a browser asks for: that of
--admin-token-file or of server.admin.token. On loopback without either, one is
drawn and printed at each start; elsewhere it is needed.

With server.keys in the file, clients need an API key ('routedrill key' makes
them); without, everybody who reaches the port may ask for everything.

A changed file is taken up at once, as at SIGHUP, without a request lost: breakers,
cache, budgets and jobs go on. One that is refused is logged, and the file before it
goes on. GET /healthz and GET /readyz answer on both addresses without key or token.

With server.otlp in the file, or OTEL_EXPORTER_OTLP_ENDPOINT in the environment,
requests are traced by OpenTelemetry: one span per request and per attempt, without
prompts and answers.

SIGTERM or SIGINT stops it: after --grace, in which /readyz says no, requests under
way have --drain to finish. Another signal, a second later or more, ends it at once.`

const serveExample = `  OPENAI_API_KEY=sk-... routedrill serve --config router.yaml
  routedrill serve --config router.yaml --listen 127.0.0.1:9000 --drain 1m --log text
  routedrill serve --config router.yaml --admin 127.0.0.1:9001`

// serveFlags are the flags of serve.
type serveFlags struct {
	config     string
	listen     string
	admin      string
	adminToken string // a file
	drain      time.Duration
	grace      time.Duration
	log        string
}

func serveCommand(sys system) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:     "serve --config FILE",
		Short:   "Run the router in front of real providers",
		Long:    serveHelp,
		Example: serveExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("serve takes no arguments; the file is named by --config")
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return f.serve(sys) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.config, "config", "", "the router's config file")
	fl.StringVar(&f.listen, "listen", "127.0.0.1:8080", "address to listen on; port 0 is any free one")
	fl.StringVar(&f.admin, "admin", "", "address for operators: the panel, the cache, and incidents; none without it")
	fl.StringVar(&f.adminToken, "admin-token-file", "", "file with the token that operators need; in place of server.admin.token")
	fl.DurationVar(&f.grace, "grace", 0, "how long a stop says so at /readyz while new requests are still taken, for load balancers to notice")
	fl.DurationVar(&f.drain, "drain", gateway.DefaultDrain, "how long a stop waits for requests under way")
	fl.StringVar(&f.log, "log", "json", "form of the log on stderr: json, text or off")
	return cmd
}

func (f *serveFlags) serve(sys system) error {
	logger, err := f.logger(sys.stderr)
	if err != nil {
		return err
	}
	switch {
	case f.config == "":
		return usage("serve needs --config FILE (see 'routedrill serve --help')")
	case f.drain <= 0 || f.drain > time.Hour:
		return usage("--drain %s: want more than 0 and at most 1h", f.drain)
	case f.grace < 0 || f.grace > 10*time.Minute:
		return usage("--grace %s: want 0 to 10m", f.grace)
	}
	p, err := openPlant(f, logger)
	if err != nil {
		return &exit{codeUsage, err}
	}
	defer p.close()
	l, err := f.open(p)
	if err != nil {
		return err
	}
	ctx, release := untilStopped() // before anybody can know that there is something to stop
	defer release()
	if _, err := fmt.Fprint(sys.stdout, l.addresses()); err != nil {
		return err
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	reloading, stop := context.WithCancel(ctx)
	var loop sync.WaitGroup
	loop.Go(func() { p.keepReloading(reloading, hup) })
	defer loop.Wait()
	defer stop()
	return l.run(ctx, p, f.grace)
}

func (f *serveFlags) logger(w io.Writer) (*slog.Logger, error) {
	switch f.log {
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "off":
		return slog.New(slog.DiscardHandler), nil
	}
	return nil, usage("--log %s: want json, text or off", f.log)
}
