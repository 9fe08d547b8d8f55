package config

import (
	"net/url"

	"github.com/goccy/go-yaml/ast"

	"github.com/routedrill/routedrill/router/front"
)

// Server is how `routedrill serve` serves. A drill has no use for it.
type Server struct {
	TLS    *TLS        // nil when not given: without encryption
	Keys   []front.Key // in the file's order; none when not given: everybody may ask
	Limits front.Limits
	Conns  int // connections of clients at once; 0 when not given
	Admin  Admin
	OTLP   string // URL of a receiver of traces; "" when not given: none are sent
}

// TLS is what a server shows its clients who it is with.
type TLS struct {
	CertFile, KeyFile string // PEM; relative to where the process runs
	Line              int    // in the file
}

// server reads how to serve.
func (d *decoder) server(n ast.Node, path string, s *Server) {
	d.mapping(n, path,
		field{"tls", func(n ast.Node, path string) { s.TLS = d.tls(n, path) }},
		field{"keys", func(n ast.Node, path string) { d.keys(n, path, s) }},
		field{"limits", func(n ast.Node, path string) { d.clientLimits(n, path, s) }},
		field{"admin", func(n ast.Node, path string) { d.admin(n, path, &s.Admin) }},
		field{"otlp", func(n ast.Node, path string) { d.receiver(n, path, &s.OTLP) }},
	)
}

func (d *decoder) tls(n ast.Node, path string) *TLS {
	t := &TLS{}
	t.Line, _ = d.at(n)
	before := len(d.errs)
	d.mapping(n, path, field{"cert_file", d.text(&t.CertFile)}, field{"key_file", d.text(&t.KeyFile)})
	needs(n, "cert_file", "key_file")
	if len(d.errs) == before && (t.CertFile == "" || t.KeyFile == "") {
		d.fail(n, path, "such as {cert_file: tls.crt, key_file: tls.key}", "cert_file and key_file are both needed")
	}
	return t
}

// receiver reads the URL of a receiver of OTLP over HTTP.
func (d *decoder) receiver(n ast.Node, path string, dst *string) {
	before := len(d.errs)
	d.text(dst)(n, path)
	u, err := url.Parse(*dst)
	if len(d.errs) == before && *dst != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
		d.fail(n, path, "such as http://127.0.0.1:4318", "must be the URL of an OTLP/HTTP receiver")
	}
}
