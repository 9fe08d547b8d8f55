package fakeproviders

import (
	"net/http"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// modelCreated is the creation time stated of every model: 1 January 2025.
const modelCreated = 1735689600

// aside answers an error outside the completion endpoints, which is not
// journalled.
func (a *attempt) aside(bad *wire.Error) {
	a.entry.Arrived = a.provider.now()
	a.entry.RequestID = a.r.Header.Get("X-Client-Request-Id")
	if a.entry.RequestID == "" {
		a.entry.RequestID = bodyID([]byte(a.r.Method + " " + a.r.URL.Path))
	}
	a.identify(a.provider.config.Name + "/")
	a.refuse(bad)
}

// list answers GET /v1/models and /v1/models/{id}. It takes one RTT plus what a
// delay adds, meets all faults like an attempt, and has no quota, capacity or
// journal.
func (a *attempt) list() {
	p := a.provider
	a.entry.Arrived = p.now()
	a.entry.RequestID = a.r.Header.Get("X-Client-Request-Id")
	if a.entry.RequestID == "" {
		a.entry.RequestID = bodyID([]byte(a.r.URL.Path))
	}
	name := a.call.Model
	a.entry.Model = name
	a.identify(p.config.Name + "/" + name)
	if bad := a.api.Authorise(a.r, p.config.APIKey); bad != nil {
		a.refuse(bad)
		return
	}
	if _, known := p.models[name]; name != "" && !known {
		a.reject(&wire.Problem{Kind: wire.NoModel, Model: name})
		return
	}
	a.watch(a.entry.Arrived)
	if a.pass() && a.idle() {
		a.writeList(name)
	}
}

// idle waits until the list is to be sent. It returns false when the request has
// been ended.
func (a *attempt) idle() bool {
	now := a.entry.Arrived + a.arrival.Accept
	effect := a.arrival
	for effect.Hang && !effect.Reset {
		edge := a.nextEdge(now)
		if edge != never {
			edge += a.lag()
		}
		if !a.wait(edge) {
			return false
		}
		now = a.provider.now()
		effect, _ = a.effect(now, false)
	}
	if effect.Reset {
		if a.wait(now + a.provider.config.RTT + a.dither()) {
			a.breakConnection()
		}
		return false
	}
	return a.wait(now + a.provider.config.RTT + effect.Add + a.dither())
}

func (a *attempt) writeList(name string) {
	p := a.provider
	buf := takeBuffer()
	defer buf.put()
	list := make([]wire.Model, 0, len(p.names))
	for _, n := range p.names {
		if m := p.models[n]; name == "" || n == name {
			list = append(list, wire.Model{
				Name: n, Owner: p.owner(), Created: modelCreated, Context: m.Context, MaxOutput: m.MaxOutput, Endpoints: m.Endpoints,
			})
		}
	}
	buf.b = a.api.AppendModels(buf.b, &a.call, list)
	a.header(false, time.Millisecond)
	a.w.WriteHeader(http.StatusOK)
	// A caller that went away needs no answer.
	_, _ = a.w.Write(buf.b)
}

func (p *Provider) owner() string {
	if p.config.Vendor != "" {
		return p.config.Vendor
	}
	return p.config.Name
}
