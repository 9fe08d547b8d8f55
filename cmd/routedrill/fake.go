package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/fake"
)

const fakeHelp = `Serve the fake providers of a world, or of a scenario with its timeline, on ports of
their own, for any gateway or application.

Each provider gets a port, in the order of the file. stdout says where, one line
each, and how to point known gateways and SDKs there (--print-config). The
timeline runs by the clock from the start (--timeline clock), or nothing fails
until the admin API is told to (--timeline hand):

  GET    /admin/faults       what is in force
  POST   /admin/faults       an event of the scenario language, YAML or JSON, with
                             "for" or "ttl": it reverts by itself
  DELETE /admin/faults[/ID]  withdraw one, or all that came by hand
  POST   /admin/reset        as at the start: quotas, caches, counts, faults by hand
  GET    /admin/journal      a line of JSON per attempt (?since=SEQ&limit=N)
  GET    /admin/providers    state of each
  GET    /metrics, /healthz  for Prometheus; for whoever waits for the start

The admin API needs a token where its address is not on loopback: in the
environment variable ROUTEDRILL_ADMIN_TOKEN, or in a file (--admin-token).

SIGTERM or SIGINT stops it: requests under way have 10s to finish. Another
signal, a second later or more, ends it at once.`

const fakeExample = `  routedrill fake three-providers --port 8101 --admin 127.0.0.1:8100
  routedrill fake openai-2024-12-11 --timeline hand --print-config litellm > config.yaml
  routedrill fake ours.yaml --set world.providers.openai.quotas.rpm=60 --journal attempts.jsonl
  curl -d '{"for": "5m", "provider": "openai", "fault": {"kind": "status", "status": 503}}' http://127.0.0.1:8100/admin/faults`

const (
	// fakeDrain is how long a stop waits for requests under way.
	fakeDrain = 10 * time.Second

	tokenVariable = "ROUTEDRILL_ADMIN_TOKEN"
	maxTokenBytes = 4096
	minTokenBytes = 8
)

// fakeFlags are the flags of fake.
type fakeFlags struct {
	world    string
	set      []string
	host     string
	port     int
	admin    string
	token    string
	timeline string
	key      string
	seed     uint64
	journal  string
	config   string
}

func fakeCommand(sys system) *cobra.Command {
	var f fakeFlags
	cmd := &cobra.Command{
		Use:     "fake WORLD|SCENARIO",
		Short:   "Serve the fake providers alone, with an admin API for faults",
		Long:    fakeHelp,
		Example: fakeExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one WORLD or SCENARIO: a file, or one of 'routedrill list' (see 'routedrill fake --help')")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(sys, args[0], cmd.Flags().Changed("seed"))
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.world, "world", "", "world to serve instead of the scenario's own: a file or a library name")
	fl.StringArrayVar(&f.set, "set", nil, "change of the scenario before it is read, as key.path=value (repeatable)")
	fl.StringVar(&f.host, "host", "127.0.0.1", "host or IP address that the providers listen on")
	fl.IntVar(&f.port, "port", 0, "port of the first provider, the others get the next ones; 0 is any free ones")
	fl.StringVar(&f.admin, "admin", "", "address of the admin API, such as 127.0.0.1:8100; port 0 is any free one; none by default")
	fl.StringVar(&f.token, "admin-token", "", "file with the token of the admin API; $"+tokenVariable+" by default")
	fl.StringVar(&f.timeline, "timeline", "clock", "clock (the scenario's timeline begins now) or hand (faults come by the admin API only)")
	fl.StringVar(&f.key, "api-key", "", "key that providers ask for; $"+fake.KeyVariable+" by default; none if both are empty")
	fl.Uint64Var(&f.seed, "seed", 1, "seed of every draw; the scenario's own by default")
	fl.StringVar(&f.journal, "journal", "", "file for a line of JSON per attempt; it is appended to")
	fl.StringVar(&f.config, "print-config", "all", "what to print: all, none or one of "+strings.Join(fake.ConfigNames(), ", "))
	return cmd
}

func (f *fakeFlags) validate() error {
	switch {
	case f.port < 0 || f.port > 65535:
		return usage("--port %d: want 0 to 65535", f.port)
	case f.timeline != "clock" && f.timeline != "hand":
		return usage("--timeline %s: want clock or hand", f.timeline)
	case !slices.Contains(append(fake.ConfigNames(), "all", "none"), f.config):
		return usage("--print-config %s: want all, none or one of %s", f.config, strings.Join(fake.ConfigNames(), ", "))
	}
	if f.admin != "" {
		if _, _, err := net.SplitHostPort(f.admin); err != nil {
			return usage("--admin %s: want HOST:PORT", f.admin)
		}
	}
	return nil
}

// adminToken reads the token of the admin API from its file or the environment.
func (f *fakeFlags) adminToken(sys system) (string, error) {
	token, from := sys.getenv(tokenVariable), "$"+tokenVariable
	if f.token != "" {
		data, err := readFile(f.token)
		if err != nil {
			return "", usage("--admin-token: %w", err)
		}
		token, from = string(data), "--admin-token"
	}
	switch token = strings.TrimSpace(token); {
	case f.admin == "":
		return "", nil
	case token == "" && f.token != "":
		return "", usage("--admin-token: the file is empty")
	case token == "" && fake.NeedsToken(f.admin):
		return "", usage("--admin %s can be reached from beyond this machine: it needs a token, in $%s or a file (--admin-token)", f.admin, tokenVariable)
	case token != "" && len(token) < minTokenBytes || len(token) > maxTokenBytes:
		return "", usage("%s: want a token of %d to %d bytes", from, minTokenBytes, maxTokenBytes)
	}
	return token, nil
}

func (f *fakeFlags) run(sys system, name string, seeded bool) error {
	if err := f.validate(); err != nil {
		return err
	}
	token, err := f.adminToken(sys)
	if err != nil {
		return err
	}
	s, err := scenarios.LoadWorld(name, scenarios.Options{World: f.world, Set: f.set, ReadFile: readFile}, sim.Vocabulary())
	if err != nil {
		return &exit{codeUsage, err}
	}
	if !seeded {
		f.seed = s.Seed
	}
	if last := f.port + len(s.World.Providers) - 1; f.port > 0 && last > 65535 {
		return usage("--port %d: the last of %d providers would get %d, and 65535 is the last there is", f.port, len(s.World.Providers), last)
	}
	o := fake.Options{Scenario: s, Seed: f.seed, Timeline: f.timeline == "clock", Token: token, APIKey: f.key}
	if o.APIKey == "" {
		o.APIKey = sys.getenv(fake.KeyVariable)
	}
	if f.journal != "" {
		file, err := os.OpenFile(f.journal, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return usage("--journal: %w", err)
		}
		defer file.Close() //nolint:errcheck // each line has been written by then
		o.Journal = file
	}
	ctx, release := untilStopped() // before anybody can know that there is something to stop
	defer release()
	return f.serve(ctx, sys, o)
}

// serve runs the fleet until ctx is done.
func (f *fakeFlags) serve(ctx context.Context, sys system, o fake.Options) (err error) {
	fleet, err := fake.New(o)
	if err != nil {
		return err
	}
	var admin *http.Server
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), fakeDrain)
		defer cancel()
		if admin != nil { // first, so that no fault comes any more
			if admin.Shutdown(stop) != nil {
				_ = admin.Close()
			}
		}
		fleet.Shutdown(stop)
	}()
	if err := fleet.Listen(f.host, f.port); err != nil {
		return usage("--host %s, --port %d: %w", f.host, f.port, err)
	}
	address := ""
	if f.admin != "" {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", f.admin)
		if err != nil {
			return usage("--admin: %w", err)
		}
		address = l.Addr().String()
		admin = &http.Server{
			Handler: fleet.Admin(), ReadHeaderTimeout: fakeDrain, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		}
		go func() { _ = admin.Serve(l) }() // ends with Shutdown
	}
	if fake.NeedsToken(f.host) {
		_, _ = fmt.Fprintf(sys.stderr, "routedrill: warning: the providers on %s can be reached from beyond this machine\n", f.host)
	}
	if err := f.announce(sys, fleet, o.Scenario, address); err != nil {
		return err
	}
	<-ctx.Done()
	_, _ = fmt.Fprintf(sys.stderr, "routedrill: stopping; requests under way have %s (interrupt again to quit at once)\n", trimDuration(fakeDrain.String()))
	return nil
}

// announce says where everything is.
func (f *fakeFlags) announce(sys system, fleet *fake.Fleet, s *scenarios.Scenario, admin string) error {
	var where, configs strings.Builder
	for _, e := range fleet.Endpoints() {
		fmt.Fprintf(&where, "provider %s %s %s\n", e.Name, e.Wire, e.BaseURL())
	}
	if admin != "" {
		fmt.Fprintf(&where, "admin http://%s/admin\n", admin)
	}
	for _, c := range fleet.Configs() {
		switch f.config {
		case "all":
			fmt.Fprintf(&configs, "\n# %s: %s\n%s", c.Name, c.Doc, c.Text)
		case c.Name:
			configs.WriteString(c.Text)
		}
	}
	// A config that was asked for by name stands on stdout alone, ready to be redirected.
	places := sys.stdout
	if f.config != "all" && f.config != "none" {
		places = sys.stderr
	}
	_, err1 := io.WriteString(places, where.String())
	_, err2 := io.WriteString(sys.stdout, configs.String())
	timeline := "no timeline"
	if n := len(s.Timeline); n > 0 && f.timeline == "clock" {
		timeline = fmt.Sprintf("events by the clock: %d, over %s", n, trimDuration(s.Duration.String()))
	}
	_, _ = fmt.Fprintf(sys.stderr, "routedrill: %s is served; %s; stop it with Ctrl-C\n", s.Name, timeline)
	return errors.Join(err1, err2)
}
