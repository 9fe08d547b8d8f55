package main

import (
	"encoding/json"
	"net/http"
	"time"
)

// readyView is the answer to GET /readyz.
type readyView struct {
	Ready bool `json:"ready"` // false from when a stop is asked for
	// A file that is refused is no reason to send requests elsewhere: the one before
	// goes on.
	Reloaded bool      `json:"config_last_reload_successful"`
	Since    time.Time `json:"config_loaded_at"` // of the config that is served
	Error    string    `json:"config_error,omitempty"`
}

// probes answers GET /healthz and GET /readyz, which need no key and no token, before
// next. Only operators are told what is wrong with a config.
func (p *plant) probes(next http.Handler, operators bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			next.ServeHTTP(w, q)
			return
		}
		switch q.URL.Path {
		case "/healthz":
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write([]byte("ok\n"))
		case "/readyz":
			p.ready(w, operators)
		default:
			next.ServeHTTP(w, q)
		}
	})
}

func (p *plant) ready(w http.ResponseWriter, operators bool) {
	v := readyView{Ready: !p.leaving.Load()}
	v.Reloaded, v.Since, v.Error = p.load.get()
	v.Since = v.Since.UTC()
	if !operators {
		v.Error = ""
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !v.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	body, _ := json.Marshal(v) // plain data: cannot fail
	_, _ = w.Write(append(body, '\n'))
}
