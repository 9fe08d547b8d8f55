package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/jetstream"
	"github.com/routedrill/routedrill/router/adapters/webhook"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/router/gateway"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/queue"
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
should reach: GET and DELETE /cache, POST /cache/warm, GET /incidents and
/incidents/ID/post-mortem (see router/README.md).

SIGTERM or SIGINT stops it: requests under way have --drain to finish. Another
signal, a second later or more, ends it at once.`

const serveExample = `  OPENAI_API_KEY=sk-... routedrill serve --config router.yaml
  routedrill serve --config router.yaml --listen 127.0.0.1:9000 --drain 1m --log text
  routedrill serve --config router.yaml --admin 127.0.0.1:9001`

// serveFlags are the flags of serve.
type serveFlags struct {
	config string
	listen string
	admin  string
	drain  time.Duration
	log    string
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
	fl.StringVar(&f.admin, "admin", "", "address for operators: the cache, and incidents; none without it")
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
	}
	engine, incidents, closeAll, err := f.engine(logger)
	if err != nil {
		return &exit{codeUsage, err}
	}
	defer closeAll()
	defer engine.Close()
	g, err := gateway.Listen(gateway.Config{Addr: f.listen, Handler: incidents.Before(engine), Drain: f.drain, Log: logger})
	if err != nil {
		return usage("--listen %s: %w", f.listen, err)
	}
	ctx, release := untilStopped() // before anybody can know that there is something to stop
	defer release()
	if _, err := fmt.Fprintf(sys.stdout, "routedrill serves http://%s/v1\n", g.Addr()); err != nil {
		return err
	}
	if f.admin == "" {
		return g.Run(ctx)
	}
	admin, err := gateway.Listen(gateway.Config{Addr: f.admin, Handler: operators(engine, incidents), Drain: f.drain, Log: logger})
	if err != nil {
		return usage("--admin %s: %w", f.admin, err)
	}
	if _, err := fmt.Fprintf(sys.stdout, "operators: http://%s/cache\n", admin.Addr()); err != nil {
		return err
	}
	return runBoth(ctx, g, admin)
}

// operators serves what they may ask of the router and of its incidents.
func operators(engine *router.Router, incidents *incident.Tracker) http.Handler {
	m := http.NewServeMux()
	m.Handle("/incidents", incidents.Admin())
	m.Handle("/incidents/", incidents.Admin())
	m.Handle("/", engine.Admin())
	return m
}

// runBoth runs two gateways until ctx is done, or one of them cannot go on.
func runBoth(ctx context.Context, a, b *gateway.Gateway) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	other := make(chan error, 1)
	go func() {
		defer cancel()
		other <- b.Run(ctx)
	}()
	err := a.Run(ctx)
	cancel()
	return errors.Join(err, <-other)
}

// engine reads the config and makes the router of it, and what makes incidents of what
// it tells; what it keeps its jobs in and sends its alerts with is to be closed after it.
func (f *serveFlags) engine(logger *slog.Logger) (_ *router.Router, _ *incident.Tracker, closeAll func(), err error) {
	data, err := readFile(f.config)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("--config: %w", err)
	}
	file, err := config.Load(f.config, data)
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := file.RouterConfig(os.LookupEnv)
	if err != nil {
		return nil, nil, nil, err
	}
	to, err := file.AlertHook(os.LookupEnv)
	if err != nil {
		return nil, nil, nil, err
	}
	config.InferModels(&c)
	for _, w := range file.Warnings() {
		logger.Warn("config", "file", f.config, "warning", w)
	}
	incidents, err := incident.New(incidentConfig(&c))
	if err != nil {
		return nil, nil, nil, err
	}
	options := []router.Option{
		router.WithLogger(logger), router.WithAudit(audit.Sinks{audit.NewLog(logger), incidents}), router.WithAlerts(incidents),
	}
	closeAll = func() {}
	if to != nil {
		hook := webhook.New(webhook.Config{URL: to.URL, Secret: string(to.Secret), Log: logger, Seed: rand.Uint64()})
		options, closeAll = append(options, router.WithAlerts(hook)), hook.Close
	}
	switch {
	case c.Queue.Workers == 0:
	case file.JobsDir == "":
		logger.Warn("config", "file", f.config, "warning", "queue has no dir: jobs are lost when the process ends")
	default:
		store, release, err := openJobs(file.JobsDir)
		if err != nil {
			closeAll()
			return nil, nil, nil, fmt.Errorf("%s: queue.dir: %w", f.config, err)
		}
		closeHook := closeAll
		options, closeAll = append(options, router.WithJobStore(store)), func() { closeHook(); release() }
	}
	engine, err := router.New(c, options...)
	if err != nil {
		closeAll()
		return nil, nil, nil, fmt.Errorf("%s: %w", f.config, err)
	}
	return engine, incidents, closeAll, nil
}

// incidentConfig is what the tracker of incidents has to know of a router.
func incidentConfig(c *router.Config) incident.Config {
	var i incident.Config
	for _, r := range c.Routes {
		i.Routes = append(i.Routes, incident.Route{Name: r.Name, Targets: slices.Clone(r.Targets)})
	}
	return i
}

// openJobs opens the store of the queue's jobs, which is this process's alone until
// it is closed.
func openJobs(dir string) (queue.Store, func(), error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	switch mine, err := lock.TryLock(); {
	case err != nil:
		return nil, nil, err
	case !mine:
		return nil, nil, fmt.Errorf("%s is in use by another process", dir)
	}
	store, err := jetstream.Open(dir)
	if err != nil {
		_ = lock.Unlock()
		return nil, nil, err
	}
	return store, func() {
		_ = store.Close() // all that was saved is on the disk
		_ = lock.Unlock()
	}, nil
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
