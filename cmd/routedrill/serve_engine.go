package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/jetstream"
	"github.com/routedrill/routedrill/router/adapters/webhook"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/router/front"
	"github.com/routedrill/routedrill/router/incident"
	"github.com/routedrill/routedrill/router/panel"
	"github.com/routedrill/routedrill/router/queue"
)

// plant is what serve serves, made of its file: the router, and who is told of what
// it does.
type plant struct {
	logger    *slog.Logger
	name      string       // of the file
	file      *config.File // as it stands there
	config    router.Config
	front     *front.Front
	incidents *incident.Tracker
	panel     *panel.Panel
	router    *router.Router
	closers   []func() // of what is to be closed, in the order in which it was opened
}

// openPlant reads the file and makes the plant of it, which is to be closed.
func openPlant(name string, logger *slog.Logger) (_ *plant, err error) {
	p := &plant{logger: logger, name: name}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if err := p.read(); err != nil {
		return nil, err
	}
	if err := p.file.CheckKeys(&p.config); err != nil {
		return nil, err
	}
	if p.front, err = front.New(p.file.FrontConfig()); err != nil {
		return nil, fmt.Errorf("%s: server: %w", name, err)
	}
	if p.incidents, err = incident.New(incidentConfig(&p.config)); err != nil {
		return nil, err
	}
	p.panel = panel.New(panel.Config{
		Status:    func() router.Status { return p.router.Status() },
		Spending:  func() router.Spending { return p.router.Spending() },
		Incidents: p.incidents.Incidents,
	})
	options, err := p.options()
	if err != nil {
		return nil, err
	}
	if p.router, err = router.New(p.config, options...); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p.closers = append(p.closers, p.router.Close)
	return p, nil
}

// read reads the file.
func (p *plant) read() error {
	data, err := readFile(p.name)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	if p.file, err = config.Load(p.name, data); err != nil {
		return err
	}
	if p.config, err = p.file.RouterConfig(secret); err != nil {
		return err
	}
	config.InferModels(&p.config)
	for _, w := range p.file.Warnings() {
		p.logger.Warn("config", "file", p.name, "warning", w)
	}
	return nil
}

// sinks are told of every request. Add yours here.
func (p *plant) sinks() audit.Sinks {
	return audit.Sinks{audit.NewLog(p.logger), p.incidents, p.panel}
}

// options are what the router is made with beside its config. Add yours here; what
// has to be closed goes to closers.
func (p *plant) options() ([]router.Option, error) {
	options := []router.Option{router.WithLogger(p.logger), router.WithAudit(p.sinks()), router.WithAlerts(p.incidents)}
	to, err := p.file.AlertHook(secret)
	if err != nil {
		return nil, err
	}
	if to != nil {
		hook := webhook.New(webhook.Config{URL: to.URL, Secret: string(to.Secret), Log: p.logger, Seed: rand.Uint64()})
		p.closers = append(p.closers, hook.Close)
		options = append(options, router.WithAlerts(hook))
	}
	switch {
	case p.config.Queue.Workers == 0:
	case p.file.JobsDir == "":
		p.logger.Warn("config", "file", p.name, "warning", "queue has no dir: jobs are lost when the process ends")
	default:
		store, release, err := openJobs(p.file.JobsDir)
		if err != nil {
			return nil, fmt.Errorf("%s: queue.dir: %w", p.name, err)
		}
		p.closers = append(p.closers, release)
		options = append(options, router.WithJobStore(store))
	}
	return options, nil
}

// close closes what was opened, the last first.
func (p *plant) close() {
	for _, c := range slices.Backward(p.closers) {
		c()
	}
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
