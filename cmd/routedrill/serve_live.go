package main

import (
	"net/http"
	"sync/atomic"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/adapters/webhook"
	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/config"
)

// liveRouter is whichever router works now. A request is served by one of them from
// its beginning to its end.
type liveRouter struct{ now atomic.Pointer[router.Router] }

func (l *liveRouter) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	l.now.Load().ServeHTTP(w, q)
}

func (l *liveRouter) Status() router.Status     { return l.now.Load().Status() }
func (l *liveRouter) Spending() router.Spending { return l.now.Load().Spending() }

// Admin is what the router serves operators.
func (l *liveRouter) Admin() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { l.now.Load().Admin().ServeHTTP(w, q) })
}

// liveHook sends alerts, or the ends of jobs, to wherever the file now says, or nowhere. Only Alert and
// Job may be called while set is.
type liveHook struct {
	now atomic.Pointer[webhook.Webhook]
	to  config.Webhook
}

// Alert implements audit.AlertSink.
func (l *liveHook) Alert(a audit.Alert) {
	if h := l.now.Load(); h != nil {
		h.Alert(a)
	}
}

// Job implements audit.JobSink.
func (l *liveHook) Job(j audit.JobOver) {
	if h := l.now.Load(); h != nil {
		h.Job(j)
	}
}

// set changes where they go. What is still to be sent to the same place goes on;
// for another one it is given up.
func (l *liveHook) set(to *config.Webhook, made func(config.Webhook) *webhook.Webhook) {
	if old := l.now.Load(); old != nil && to != nil && l.to.URL == to.URL && l.to.Secret == to.Secret {
		return
	}
	var hook *webhook.Webhook
	if to != nil {
		l.to, hook = *to, made(*to)
	}
	if old := l.now.Swap(hook); old != nil {
		old.Close()
	}
}
