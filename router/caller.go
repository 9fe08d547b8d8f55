package router

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/routedrill/routedrill/router/audit"
)

// Caller is who makes a request, as whoever stands in front of the router has
// found out; see package front. It must not be changed while a request is served.
type Caller struct {
	Name string // for the audit; never a key
	// Routes are the values of `model` it may ask for: routes and targets. Nil means any.
	Routes []string
	// Done is told of each of its requests once it has ended, before the record's
	// sink is. It must not keep the record. Nil is told of nothing.
	Done func(*audit.Record)
}

// ErrOverloaded may be returned by a request body that who stands in front of the
// router has no room for; the client is told to come again.
var ErrOverloaded = errors.New("router: no room for the request body")

type callerKey struct{}

// WithCaller says who makes the requests of a context. Without it, nobody in
// particular does, and may ask for everything.
func WithCaller(ctx context.Context, c *Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf is who makes a request; nil: nobody in particular.
func callerOf(ctx context.Context) *Caller {
	c, _ := ctx.Value(callerKey{}).(*Caller)
	return c
}

// may reports whether the caller may ask for a model.
func (c *Caller) may(model string) bool {
	return c == nil || c.Routes == nil || slices.Contains(c.Routes, model)
}

// done tells the caller's keeper of a request that has ended.
func (c *Caller) done(rec *audit.Record) {
	if c != nil && c.Done != nil {
		c.Done(rec)
	}
}

// only are the names that the caller may ask for.
func (c *Caller) only(names []string) []string {
	if c == nil || c.Routes == nil {
		return names
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !c.may(name) })
}

var routeNotAllowed = apiError{
	http.StatusForbidden, "invalid_request_error", "route_not_allowed",
	"this API key may not ask for that `model`; see /v1/models for what it may",
}
