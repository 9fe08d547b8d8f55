package router

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/internal/classify"
	"github.com/routedrill/routedrill/router/wire"
)

// maxHeldBytes bounds what is held back before the commit point.
const maxHeldBytes = 1 << 20

// drainTime is how long the end of a body is waited for after the terminal
// event, so that the connection can be used again.
const drainTime = 50 * time.Millisecond

// stream relays a stream's events. Nothing goes to the client before the
// commit point, the first event with content or with a finish reason that says
// why there is none; from there every event is sent at once, and a failure can
// no longer be hidden.
func (a *attempt) stream(res *http.Response) classify.Kind {
	if t := res.Header["Content-Type"]; len(t) != 1 || !strings.HasPrefix(t[0], typeStream[0]) {
		return classify.InvalidAnswer
	}
	var held []byte
	var choices, finished uint64
	events := a.t.api.Stream(a.y.req, a.t.spec, a.body)
	for {
		e, kind := a.next(events)
		if kind != classify.OK {
			return kind
		}
		choices, finished = choices|e.Choices, finished|e.Finished
		if e.HasUsage {
			a.usage = e.Usage
		}
		whole := choices != 0 && finished == choices
		// Some providers count up in every event: only the last count, after the
		// last choice has finished, is the bill.
		a.hasUsage = a.hasUsage || whole && e.HasUsage
		a.contentBytes += e.ContentBytes
		switch {
		case e.Done && !whole:
			return classify.Truncated
		case e.Done && !a.y.committed && !e.Content && !a.y.req.Stops:
			return classify.InvalidAnswer // it claims to be complete, and holds nothing
		case e.HasUsage && e.Choices == 0 && !a.y.req.WantsUsage:
			continue // we asked for this event, not the client
		case a.y.committed:
			if !a.send(e.Out) {
				return classify.ClientGone
			}
		default:
			if held = append(held, e.Out...); len(held) > maxHeldBytes {
				return classify.Malformed
			}
			if e.Content || e.Finished&^e.Stopped != 0 || e.Done {
				if !a.commit(res.StatusCode, held) {
					return classify.ClientGone
				}
			}
		}
		if e.Done {
			return a.complete(events)
		}
	}
}

// next returns the next event that carries data, once it has been judged.
// Comments pass to the client of a committed stream to keep its connection
// alive, but they are no sign of life of the model.
func (a *attempt) next(events wire.Stream) (*wire.Event, classify.Kind) {
	if a.y.committed { // what counts is the time spent waiting for the provider
		now := time.Now()
		a.clock.at[idle] = now.Add(a.y.plan.limits.IdleTimeout + a.offset)
		a.clock.arm(now)
	}
	for {
		e, err := events.Next()
		now := time.Now()
		if kind, bad := a.interrupted(now); bad {
			return nil, kind
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil, classify.Truncated
		case errors.Is(err, wire.ErrMalformed) || errors.Is(err, wire.ErrTooLong):
			return nil, classify.Malformed
		case err != nil:
			return nil, classify.Transport(err)
		case !e.HasData:
			if !a.y.committed {
				continue
			}
			if !a.send(e.Out) {
				return nil, classify.ClientGone
			}
			sent := time.Now()
			a.clock.at[idle] = a.clock.at[idle].Add(sent.Sub(now))
			a.clock.arm(sent)
			continue
		case e.Error:
			return nil, classify.StreamError
		}
		if e.Content && a.log.FirstToken.IsZero() {
			a.log.FirstToken = now
		}
		return e, classify.OK
	}
}

// commit sends the status and all that was held back. From here on only the
// total and the idle timeout apply.
func (a *attempt) commit(status int, held []byte) bool {
	a.y.committed = true
	a.clock.at[attemptStage], a.clock.at[ttft] = time.Time{}, time.Time{}
	a.y.head(status, typeStream, a.t)
	return a.send(held)
}

// send writes to the client and flushes, for as long as that takes.
func (a *attempt) send(b []byte) bool {
	if len(b) == 0 {
		return true // an event of the provider that means nothing to the client
	}
	a.clock.held.Store(true)
	defer a.clock.held.Store(false)
	return a.y.send(b)
}

// complete notes the end of a whole stream, whose terminal event is out, and
// waits a moment for the end of the body.
func (a *attempt) complete(events wire.Stream) classify.Kind {
	now := time.Now()
	a.log.Served, a.log.End = true, now
	a.clock.at[idle] = now.Add(drainTime + a.offset)
	a.clock.arm(now)
	_, _ = events.Next()
	return classify.OK
}
