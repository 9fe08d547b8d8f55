package router

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/routedrill/routedrill/router/audit"
)

// AnyTenant is the name of the [Tenant] whose limits hold for all that have none
// of their own, and for requests that name no tenant.
const AnyTenant = "*"

// Tenant limits where the requests made on somebody's behalf may go, whatever
// route they name.
type Tenant struct {
	// Name as X-Routedrill-Tenant has it: up to 128 printable bytes without
	// blanks; or AnyTenant.
	Name      string
	Regions   []string // as Route.Residency; nil means any
	Providers []string // by name; nil means any
}

// tenantHeader says on whose behalf a request is made. Whoever can set it must
// be trusted to tell the truth.
const tenantHeader = "X-Routedrill-Tenant"

// identify reads the request's tenant, and reports whether it can be believed.
func (y *relay) identify() bool {
	v := y.q.Header[tenantHeader]
	if len(v) == 0 {
		y.tenant = y.r.tenants[AnyTenant]
		return true
	}
	if len(v) > 1 || !fitID(v[0]) || v[0] == AnyTenant {
		return false
	}
	y.rec.Tenant = v[0]
	own, ok := y.r.tenants[v[0]]
	if !ok {
		own = y.r.tenants[AnyTenant]
	}
	y.tenant = own
	return true
}

var invalidTenant = apiError{
	http.StatusBadRequest, "invalid_request_error", "invalid_tenant",
	tenantHeader + " must be given once, with a name of up to 128 printable characters without blanks",
}

// bars says why the tenant's requests may not go to target t; "" when they may.
// A nil tenant has no limits.
func (l *Tenant) bars(t *target) string {
	switch {
	case l == nil:
		return ""
	case l.Providers != nil && !slices.Contains(l.Providers, t.provider):
		return "is no provider of the tenant"
	case l.Regions != nil && !inRegions(l.Regions, t.region):
		return "is outside the tenant's regions"
	}
	return ""
}

// inRegions reports whether a region is one of those of a list. A region that is
// not known is in none.
func inRegions(regions []string, region string) bool {
	return region != "" && slices.ContainsFunc(regions, func(pattern string) bool {
		start, wide := strings.CutSuffix(pattern, "*")
		return pattern == region || wide && strings.HasPrefix(region, start)
	})
}

func newTenants(list []Tenant) map[string]*Tenant {
	tenants := make(map[string]*Tenant, len(list))
	for _, t := range list {
		tenants[t.Name] = &Tenant{Name: t.Name, Regions: slices.Clone(t.Regions), Providers: slices.Clone(t.Providers)}
	}
	return tenants
}

// resides notes the targets of the route that its residency takes out.
func (y *relay) resides() {
	for _, t := range y.plan.outside {
		y.skip(t, y.rec.Start, audit.Residency)
	}
}

// ValidateAccess returns what is wrong with the residency of routes, the tenants
// and the budgets, joined, or nil. Of the rest of the config it looks at the
// names of routes and at the providers' names, regions and models only.
func (c Config) ValidateAccess() error {
	var v problems
	c.validateAccess(&v)
	c.validateBudgets(&v)
	return errors.Join(v...)
}

func (c *Config) validateAccess(v *problems) {
	for _, r := range c.Routes {
		if r.Residency == nil {
			continue
		}
		at := "routes." + r.Name + ".residency"
		c.validateRegions(v, at, r.Residency)
		if !slices.ContainsFunc(r.Targets, func(target string) bool {
			name, _, _ := strings.Cut(target, "/")
			return slices.ContainsFunc(c.Providers, func(p Provider) bool { return p.Name == name && inRegions(r.Residency, p.Region) })
		}) {
			v.add("%s: it leaves no target of the route", at)
		}
		if r.Shadow == nil {
			continue
		}
		name, _, _ := strings.Cut(r.Shadow.Target, "/")
		if i := slices.IndexFunc(c.Providers, func(p Provider) bool { return p.Name == name }); i >= 0 && !inRegions(r.Residency, c.Providers[i].Region) {
			v.add("%s: it leaves out the shadow target %s", at, r.Shadow.Target)
		}
	}
	seen := map[string]bool{}
	for _, t := range c.Tenants {
		at := "tenants." + t.Name
		if !fitID(t.Name) || seen[t.Name] {
			v.add("%s: a tenant's name must be unique, of up to 128 printable characters without blanks", at)
		}
		seen[t.Name] = true
		if t.Regions != nil {
			c.validateRegions(v, at+".regions", t.Regions)
		}
		if t.Providers != nil && len(t.Providers) == 0 {
			v.add("%s.providers: at least one is needed; leave the key out for any", at)
		}
		for _, name := range t.Providers {
			if !slices.ContainsFunc(c.Providers, func(p Provider) bool { return p.Name == name }) {
				v.add("%s.providers: there is no provider %q", at, name)
			}
		}
	}
}

// validateRegions refuses a region where no provider is: it is hardly meant.
func (c *Config) validateRegions(v *problems, at string, regions []string) {
	if len(regions) == 0 {
		v.add("%s: at least one region is needed; leave the key out for any", at)
	}
	for _, pattern := range regions {
		switch {
		case !ValidRegion(pattern):
			v.add("%s: %q is no region, such as eu-west, or the beginning of some with a star behind it, such as eu-*", at, pattern)
		case !slices.ContainsFunc(c.Providers, func(p Provider) bool { return inRegions([]string{pattern}, p.Region) }):
			v.add("%s: no provider is in %q", at, pattern)
		}
	}
}

// ValidRegion reports whether a text can be a region of [Route].Residency.
func ValidRegion(pattern string) bool {
	return fitID(pattern) && !strings.Contains(strings.TrimSuffix(pattern, "*"), "*")
}

// notPermitted is the answer where a limit took out every target that could have
// served.
func notPermitted(why string) apiError {
	return apiError{
		http.StatusForbidden, "invalid_request_error", "not_permitted",
		fmt.Sprintf("no target of `model` may serve this request: %s", why),
	}
}
