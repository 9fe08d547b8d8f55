package config

import (
	"errors"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/front"
)

// Admin is what guards what operators may do.
type Admin struct {
	Token router.Secret // "" when not given; may hold ${NAME}
	Line  int           // in the file
}

// keys reads the API keys of clients. Whether the routes they name are there is
// checked by CheckKeys, once all have been read.
func (d *decoder) keys(n ast.Node, path string, s *Server) {
	s.Keys = nil
	seen := map[string]string{}
	d.each(n, path, func(name string, at, value ast.Node) {
		if !fitsHeader(name) && at != nil { // nil describes the keys, by the name of any
			d.fail(at, path, "", "a key's name must be 1 to %d printable characters without blanks, and must not look like a key itself", maxTenantName)
			return
		}
		k := front.Key{Name: name}
		d.mapping(value, join(path, name),
			field{"hash", d.keyHash(&k.Hash)},
			field{"tenant", d.tenantName(&k.Tenant)},
			field{"routes", d.names(&k.Routes, "routes and targets", func(s string) bool { return s != "" && len(s) <= maxTarget })},
			field{"requests_per_minute", d.whole(&k.RequestsPerMinute, 1, front.MaxQuota)},
			field{"tokens_per_minute", d.whole(&k.TokensPerMinute, 1, front.MaxQuota)},
			field{"concurrent", d.whole(&k.Concurrent, 1, 1_000_000)},
		)
		needs(value, "hash")
		if k.Hash == "" && d.valueOf(value, "hash") == nil {
			d.fail(value, join(path, name), "`routedrill key` makes a key and its hash", "hash is missing")
		}
		if other := seen[k.Hash]; other != "" && k.Hash != "" {
			d.fail(value, join(path, name), "", "it has the hash of %s: each needs a key of its own", other)
		}
		seen[k.Hash] = name
		s.Keys = append(s.Keys, k)
	})
}

func fitsHeader(s string) bool { return s != router.AnyTenant && validName(s, maxTenantName) }

func (d *decoder) keyHash(dst *string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema {
			return patternForm(`^[0-9a-fA-F]{64}$`, front.Hash("an example, and nobody's key"))
		}) {
			return
		}
		s, _ := d.scalar(n)
		if err := front.CheckHash(s); err != nil {
			d.fail(n, path, "", "%v", err)
			return
		}
		*dst = s
	}
}

func (d *decoder) tenantName(dst *string) reader {
	return func(n ast.Node, path string) {
		if probed(n, func() *jsonschema.Schema { return textForm() }) {
			return
		}
		s, _ := d.scalar(n)
		if !fitsHeader(s) {
			d.fail(n, path, "", "a tenant's name must be 1 to %d printable characters without blanks, and must not look like a key", maxTenantName)
			return
		}
		*dst = s
	}
}

// clientLimits reads what clients may do at once.
func (d *decoder) clientLimits(n ast.Node, path string, s *Server) {
	l := &s.Limits
	d.mapping(n, path,
		field{"concurrent", d.whole(&l.Concurrent, 1, 1_000_000)},
		field{"body_bytes", d.whole(&l.BodyBytes, 1024, router.MaxRequestBytes)},
		field{"connections", d.whole(&s.Conns, 1, 1_000_000)},
		field{"bodies_bytes", d.whole(&l.Bodies, 1<<20, 1<<40)},
	)
}

func (d *decoder) admin(n ast.Node, path string, a *Admin) {
	a.Line, _ = d.at(n)
	d.mapping(n, path, field{"token", func(n ast.Node, path string) {
		var s string
		d.text(&s)(n, path)
		a.Token = router.Secret(s)
	}})
}

// FrontConfig is what stands before the router for clients. That the keys' routes are
// there is checked by [File.CheckKeys].
func (f *File) FrontConfig() front.Config {
	return front.Config{Keys: f.Server.Keys, Limits: f.Server.Limits}
}

// CheckKeys says what is wrong with what the API keys may ask for: names that the
// router of this config does not serve.
func (f *File) CheckKeys(c *router.Config) error {
	var errs []error
	known := c.ModelNames()
	for _, k := range f.Server.Keys {
		for _, route := range k.Routes {
			if !slices.Contains(known, route) {
				path := "server.keys." + k.Name
				errs = append(errs, &Error{File: f.Name, Line: f.lines[path], Field: path + ".routes", Message: "there is no route or target " + shown(route, maxTarget), Hint: didYouMean(route, known)})
			}
		}
	}
	return errors.Join(errs...)
}

// AdminToken is the operators' token, with each ${NAME} replaced as by
// [File.RouterConfig]; "" where the file has none.
func (f *File) AdminToken(lookup func(name string) (string, bool)) (router.Secret, error) {
	a := f.Server.Admin
	if a.Token == "" {
		return "", nil
	}
	var errs []error
	token := f.expander("server.admin", a.Line, lookup, &errs)("token", string(a.Token))
	if len(errs) == 0 {
		if err := front.CheckToken(token); err != nil {
			errs = append(errs, &Error{File: f.Name, Line: a.Line, Field: "server.admin.token", Message: err.Error()})
		}
	}
	return router.Secret(token), errors.Join(errs...)
}
