package main

import (
	"context"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/routedrill/routedrill/router"
)

// lastLoad is how the last reading of the config went. Safe for concurrent use.
type lastLoad struct {
	mu     sync.Mutex
	ok     bool
	at     time.Time // of the last that went well: what is served is of then
	failed string    // what was wrong with one since; "" if nothing was
}

func (l *lastLoad) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ok = err == nil; !l.ok {
		l.failed = err.Error()
		return
	}
	l.at, l.failed = time.Now(), ""
}

func (l *lastLoad) get() (ok bool, at time.Time, failed string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ok, l.at, l.failed
}

// reload reads the file again and puts what it says in the place of what was served,
// or, where anything is wrong with it, says so and changes nothing.
func (p *plant) reload(why string) {
	next, err := p.read()
	if err == nil {
		err = p.replace(next)
	} else if next != nil {
		for _, name := range next.files { // what was wrong may be mended in any of them
			if !slices.Contains(p.files, name) {
				p.files = append(slices.Clip(p.files), name)
			}
		}
	}
	p.load.note(err)
	p.metrics.Reloaded(err == nil, time.Now())
	if err != nil {
		p.logger.Error("config not reloaded: the one before goes on", "file", p.name, "because", why, "error", err)
		return
	}
	p.logger.Info("config reloaded", "file", p.name, "because", why)
}

// replace puts a reading in the place of the one that is served. What can fail comes
// first.
func (p *plant) replace(next *reading) error {
	r, err := router.New(next.config, append(p.options, router.WithPredecessor(p.router.now.Load()))...)
	if err != nil {
		return next.file.Locate(err)
	}
	p.router.now.Store(r)
	p.take(next)
	for _, key := range p.fixed.differences(next) {
		p.logger.Warn("config", "file", p.name, "warning", key+" has changed: that takes effect when the process starts anew")
	}
	return nil
}

// take has everything but the router go by a reading, which has been checked.
func (p *plant) take(next *reading) {
	if err := p.front.Change(next.file.FrontConfig()); err != nil {
		panic("what was checked was refused: " + err.Error())
	}
	p.hook.set(next.hook, p.newHook)
	p.jobHook.set(next.jobHook, p.newHook)
	if next.certificate != nil && p.certificate.now.Load() != nil {
		p.certificate.now.Store(next.certificate)
	}
	if next.token != "" { // without one, the one before goes on
		p.token.Store(&next.token)
	}
	if err := p.incidents.Change(next.incidents); err != nil {
		panic("what was checked was refused: " + err.Error())
	}
	p.metrics.Know(&next.config)
	if p.traces != nil {
		p.traces.Know(&next.config)
	}
	p.files = next.files
}

// fixed is what a process keeps for as long as it runs.
type fixed struct {
	queue router.Queue
	dir   string
	tls   bool
	conns int
	otlp  string
}

func fixedOf(r *reading) fixed {
	return fixed{r.config.Queue, r.file.JobsDir, r.certificate != nil, r.file.Server.Conns, r.file.Server.OTLP}
}

// differences are the keys of which a reading says something else.
func (f fixed) differences(r *reading) (keys []string) {
	g := fixedOf(r)
	if f.queue != g.queue || f.dir != g.dir {
		keys = append(keys, "queue")
	}
	if f.conns != g.conns {
		keys = append(keys, "server.limits.connections")
	}
	if f.otlp != g.otlp {
		keys = append(keys, "server.otlp")
	}
	if f.tls != g.tls {
		keys = append(keys, "server.tls (whether it is there)")
	}
	return keys
}

// keepReloading reloads at each SIGHUP, and when a file has changed that the config
// is made of, until ctx is done.
func (p *plant) keepReloading(ctx context.Context, hup <-chan os.Signal) {
	w := watchFiles(p.files, p.logger)
	defer w.close()
	for {
		why := ""
		select {
		case <-ctx.Done():
			return
		case <-hup:
			why = "SIGHUP"
		case <-w.events:
			w.happened()
		case err := <-w.errors:
			p.logger.Warn("files may have changed unseen", "error", err)
			w.happened()
		case <-w.due:
			if w.changed() {
				why = "a file has changed"
			}
		}
		if why == "" {
			continue
		}
		files, known := p.files, digest(p.files) // before it is read: what comes after is a change
		p.reload(why)
		w.follow(p.files)
		if slices.Equal(files, p.files) {
			w.served = known
		}
	}
}
