package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"golang.org/x/net/http/httpguts"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

const (
	// targetWait is how long a target may take to accept connections.
	targetWait = 15 * time.Second

	targetPort = 8101 // of the first fake
	targetName = "target"
)

// targetFlags say which gateway is under test in place of our router.
type targetFlags struct {
	url     string
	headers []string
	port    int
}

// register adds the flags to a command.
func (f *targetFlags) register(fl *pflag.FlagSet) {
	fl.StringVar(&f.url, "target", "", "gateway to run against in place of the router: its base URL, as SDKs take it")
	fl.StringArrayVar(&f.headers, "target-header", nil, "'Name: value' that every request to --target carries (repeatable)")
	fl.IntVar(&f.port, "target-port", targetPort, "port of the first provider of --target, the others get the next ones")
}

// portsFit checks that every provider of a scenario's world has a port.
func portsFit(t *sim.Target, s *scenarios.Scenario) error {
	if last := t.Port + len(s.World.Providers) - 1; last > 65535 {
		return usage("--target-port %d: the last of %d providers would get %d, and 65535 is the last there is", t.Port, len(s.World.Providers), last)
	}
	return nil
}

func (f *targetFlags) given() bool { return f.url != "" }

// target is what the flags say; nil where they name none.
func (f *targetFlags) target() (*sim.Target, error) {
	if !f.given() {
		if len(f.headers) > 0 {
			return nil, usage("--target-header needs --target")
		}
		return nil, nil //nolint:nilnil // no target is a possible answer
	}
	u, err := url.Parse(f.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usage("--target %s: want the base URL that an OpenAI SDK would be given, such as http://127.0.0.1:8080/v1", f.url)
	}
	if strings.Trim(u.Path, "/") == "" {
		u.Path = "/v1"
	}
	header := http.Header{}
	for _, h := range f.headers {
		name, value, found := strings.Cut(h, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, usage("--target-header: want 'Name: value'") // which may be secret, and is not repeated
		}
		header.Add(name, value)
	}
	if f.port < 1 || f.port > 65535 {
		return nil, usage("--target-port %d: want 1 to 65535", f.port)
	}
	return &sim.Target{URL: u, Header: header, Port: f.port, Wait: targetWait}, nil
}

// announceTarget says where the fakes of a target are, so that it can be pointed
// there.
func announceTarget(sys system, t *sim.Target, s *scenarios.Scenario) {
	_, _ = fmt.Fprintf(sys.stderr, "routedrill: %s drives %s, whose providers are to be:\n", s.Name, t.URL.Redacted())
	for i, p := range s.World.Providers {
		_, _ = fmt.Fprintf(sys.stderr, "  %s %s http://127.0.0.1:%d%s\n", p.Name, p.Wire, t.Port+i, sim.FakeBase(p.Wire))
	}
}

// replayTarget is the part of a command that names the target. Values of headers
// may be secret.
func (f *targetFlags) replay() []string {
	if !f.given() {
		return nil
	}
	b := []string{"--target", quote(f.url)}
	var names []string
	for _, h := range f.headers {
		name, _, _ := strings.Cut(h, ":")
		names = append(names, strings.TrimSpace(name))
	}
	slices.Sort(names)
	for _, name := range names {
		b = append(b, "--target-header", quote(name+": ..."))
	}
	if f.port != targetPort {
		b = append(b, "--target-port", fmt.Sprint(f.port))
	}
	return b
}
