package main

import (
	"fmt"
	"net/http"

	"github.com/routedrill/routedrill/router/front"
)

// drawToken sees to it that operators have a token. Where none is set, one is drawn for
// as long as the process runs, if nobody but this machine can reach the address.
func (f *serveFlags) drawToken(p *plant) (drawn string, err error) {
	switch {
	case p.token.Load() != nil:
		return "", nil
	case !front.Loopback(f.admin):
		return "", usage("--admin %s can be reached from elsewhere: it needs --admin-token-file, or server.admin.token in the file", f.admin)
	}
	drawn, _ = front.NewKey()
	p.token.Store(&drawn)
	return drawn, nil
}

// guarded asks for the token of operators, as it is then.
func (p *plant) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { front.Admin(*p.token.Load(), next).ServeHTTP(w, q) })
}

// warnOpen says so where everybody who reaches the port may spend what the providers cost.
func (f *serveFlags) warnOpen(p *plant) {
	if p.front.Open() && !front.Loopback(f.listen) {
		p.logger.Warn("config", "file", p.name, "warning",
			fmt.Sprintf("--listen %s can be reached from elsewhere and no API key is needed: give clients keys (server.keys)", f.listen))
	}
}
