package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/routedrill/routedrill/router/gateway"
	"github.com/routedrill/routedrill/router/panel"
)

// clients is what serves clients. Put what stands in front of the router around it
// here.
func (p *plant) clients() http.Handler {
	return p.probes(p.front.Before(p.incidents.Before(&p.router)), false)
}

// operators is what serves operators, on an address of their own. Add yours here.
func (p *plant) operators() http.Handler {
	m := http.NewServeMux()
	m.Handle("/incidents", p.incidents.Admin())
	m.Handle("/incidents/", p.incidents.Admin())
	m.Handle(panel.Path, p.panel.Handler())
	m.Handle(panel.Path+"/", p.panel.Handler())
	m.Handle("GET /{$}", http.RedirectHandler(panel.Path, http.StatusSeeOther)) // who was given the address alone
	m.Handle("GET /metrics", p.metrics.Handler())
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
	c := gateway.Config{Addr: f.listen, Handler: p.clients(), Drain: f.drain, TLS: p.certificate.config(), Log: p.logger}
	if c.TLS != nil {
		l.scheme = "https"
	}
	c.Conns = p.conns
	if l.clients, err = gateway.Listen(c); err != nil {
		return l, usage("--listen %s: %w", f.listen, err)
	}
	if f.admin == "" {
		return l, nil
	}
	if l.token, err = f.drawToken(p); err != nil {
		return l, err
	}
	c.Addr, c.Handler, c.OnStop = f.admin, p.probes(p.guarded(p.operators()), true), p.panel.Close
	if l.operators, err = gateway.Listen(c); err != nil {
		return l, usage("--admin %s: %w", f.admin, err)
	}
	p.admin.Store(l.operators)
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
// cannot go on. Once ctx is done the plant says for a while that it is leaving, before
// anybody is turned away.
func (l listeners) run(ctx context.Context, p *plant, grace time.Duration) error {
	serving, stop := context.WithCancel(context.Background())
	defer stop()
	var leaving sync.WaitGroup
	leaving.Go(func() {
		select {
		case <-ctx.Done():
		case <-serving.Done():
			return
		}
		p.leaving.Store(true)
		p.logger.Info("leaving", "grace", grace.String())
		select {
		case <-time.After(grace):
		case <-serving.Done():
		}
		stop()
	})
	defer leaving.Wait()
	if l.operators == nil {
		defer stop()
		return l.clients.Run(serving)
	}
	other := make(chan error, 1)
	go func() {
		defer stop()
		other <- l.operators.Run(serving)
	}()
	err := l.clients.Run(serving)
	stop()
	return errors.Join(err, <-other)
}
