package main

import (
	"fmt"
	"strings"

	"github.com/routedrill/routedrill/router/front"
)

// token is the operators' token: that of --admin-token-file, or else of the file. Where
// there is none, one is drawn for as long as the process runs, if nobody but this
// machine can reach the address.
func (f *serveFlags) token(p *plant) (token string, drawn bool, err error) {
	if f.adminToken != "" {
		data, err := readFile(f.adminToken)
		if err != nil {
			return "", false, usage("--admin-token-file: %w", err)
		}
		token := strings.TrimSpace(string(data))
		if err := front.CheckToken(token); err != nil {
			return "", false, usage("--admin-token-file %s: %w", f.adminToken, err)
		}
		return token, false, nil
	}
	set, err := p.file.AdminToken(secret)
	switch {
	case err != nil:
		return "", false, &exit{codeUsage, err}
	case set != "":
		return string(set), false, nil
	case !front.Loopback(f.admin):
		return "", false, usage("--admin %s can be reached from elsewhere: it needs --admin-token-file, or server.admin.token in the file", f.admin)
	}
	token, _ = front.NewKey()
	return token, true, nil
}

// warnOpen says so where everybody who reaches the port may spend what the providers cost.
func (f *serveFlags) warnOpen(p *plant) {
	if p.front.Open() && !front.Loopback(f.listen) {
		p.logger.Warn("config", "file", p.name, "warning",
			fmt.Sprintf("--listen %s can be reached from elsewhere and no API key is needed: give clients keys (server.keys)", f.listen))
	}
}
