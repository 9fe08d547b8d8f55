package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"

	"github.com/routedrill/routedrill/router/front"
	"github.com/routedrill/routedrill/router/gateway"
	"github.com/routedrill/routedrill/router/panel"
)

// clients is what serves clients. Put what stands in front of the router around it
// here.
func (p *plant) clients() http.Handler {
	return p.front.Before(p.incidents.Before(p.router))
}

// operators is what serves operators, on an address of their own. Add yours here.
func (p *plant) operators() http.Handler {
	m := http.NewServeMux()
	m.Handle("/incidents", p.incidents.Admin())
	m.Handle("/incidents/", p.incidents.Admin())
	m.Handle(panel.Path, p.panel.Handler())
	m.Handle(panel.Path+"/", p.panel.Handler())
	m.Handle("/", p.router.Admin())
	return m
}

// listeners are the ports of a plant.
type listeners struct {
	clients   *gateway.Gateway
	operators *gateway.Gateway // nil: none
	scheme    string
	token     string // of operators, where it was drawn; "" where they know it
}

// open opens the ports. Until they are run, connections wait.
func (f *serveFlags) open(p *plant) (l listeners, err error) {
	f.warnOpen(p)
	l.scheme = "http"
	c := gateway.Config{Addr: f.listen, Handler: p.clients(), Drain: f.drain, Log: p.logger}
	if t := p.file.Server.TLS; t != nil {
		cert, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		if err != nil {
			return l, &exit{codeUsage, fmt.Errorf("%s:%d: server.tls: %w", p.name, t.Line, err)}
		}
		l.scheme, c.TLS = "https", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	if l.clients, err = gateway.Listen(c); err != nil {
		return l, usage("--listen %s: %w", f.listen, err)
	}
	if f.admin == "" {
		return l, nil
	}
	token, drawn, err := f.token(p)
	if err != nil {
		return l, err
	}
	if drawn {
		l.token = token
	}
	c.Addr, c.Handler, c.OnStop = f.admin, front.Admin(token, p.operators()), p.panel.Close
	if l.operators, err = gateway.Listen(c); err != nil {
		return l, usage("--admin %s: %w", f.admin, err)
	}
	return l, nil
}

// addresses says where they are, a line each.
func (l listeners) addresses() string {
	text := fmt.Sprintf("routedrill serves %s://%s/v1\n", l.scheme, l.clients.Addr())
	if l.operators != nil {
		text += fmt.Sprintf("operators: %s://%s/panel\n", l.scheme, l.operators.Addr())
	}
	if l.token != "" {
		text += fmt.Sprintf("operators' token, for this run: %s\n", l.token)
	}
	return text
}

// run serves until ctx is done and what was under way has ended, or one of them
// cannot go on.
func (l listeners) run(ctx context.Context) error {
	if l.operators == nil {
		return l.clients.Run(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	other := make(chan error, 1)
	go func() {
		defer cancel()
		other <- l.operators.Run(ctx)
	}()
	err := l.clients.Run(ctx)
	cancel()
	return errors.Join(err, <-other)
}
