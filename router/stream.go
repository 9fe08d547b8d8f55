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

// maxHeldBytes bounds what is held back before the commit point: an answer of
// some 16,000 tokens with an event each. A stream that holds content is committed
// when it has come to more; one without any is no stream.
const maxHeldBytes = 4 << 20

// drainTime is how long the end of a body is waited for after the terminal
// event, so that the connection can be used again.
const drainTime = 50 * time.Millisecond

// stream relays a stream's events. Nothing goes to the client before the
// commit point; from there every event is sent at once, and a failure can no
// longer be hidden.
func (a *attempt) stream(res *http.Response) classify.Kind {
	if t := res.Header["Content-Type"]; len(t) != 1 || !strings.HasPrefix(t[0], typeStream[0]) {
		return classify.InvalidAnswer
	}
	var held []byte
	var choices, finished, stopped uint64
	says := false // content has come, or a finish reason that tells why there is none
	cut := false
	events := a.t.api.Stream(a.y.req, a.t.spec, a.body)
	for {
		e, kind := a.next(events)
		if kind != classify.OK {
			return kind
		}
		choices, finished, stopped = choices|e.Choices, finished|e.Finished, stopped|e.Stopped
		says = says || e.Content || e.Finished&^(e.Stopped|e.Cut) != 0
		cut = cut || e.Cut != 0
		if e.HasUsage {
			a.usage = e.Usage
		}
		whole := choices != 0 && finished == choices
		if whole {
			a.pace.end()
		}
		// Some providers count up in every event: only the last count, after the
		// last choice has finished, is the bill.
		a.hasUsage = a.hasUsage || whole && e.HasUsage
		switch {
		case e.Done && !whole:
			return classify.Truncated
		case e.Done && !says && !a.y.explains(cut):
			return classify.InvalidAnswer
		case e.HasUsage && e.Choices == 0 && !a.y.req.WantsUsage:
			continue // we asked for this event, not the client
		case a.committed:
			if !a.send(e.Out) {
				return classify.ClientGone
			}
		default:
			held = append(held, e.Out...)
			full := len(held) > maxHeldBytes
			if full && !says {
				return classify.Malformed
			}
			if full || e.Done || a.ripe(says) {
				if !a.claim() {
					return classify.HedgeLost
				}
				if !a.commit(res.StatusCode, held) {
					return classify.ClientGone
				}
			}
		}
		if e.Done {
			a.y.finish(stopped == choices)
			return a.complete(events)
		}
	}
}

// ripe reports whether a stream has come to its commit point before its end.
func (a *attempt) ripe(says bool) bool {
	switch commit := a.y.plan.limits.Stream.Commit; {
	case commit == CommitComplete:
		return false
	case commit <= CommitFirstToken:
		return says
	default:
		return a.contentBytes >= int64(commit)*bytesPerToken
	}
}

// next returns the next event that carries data, once it has been judged.
// Comments pass to the client of a committed stream to keep its connection
// alive, but they are no sign of life of the model.
func (a *attempt) next(events wire.Stream) (*wire.Event, classify.Kind) {
	a.await(time.Now())
	for {
		e, err := events.Next()
		a.woke = time.Now()
		if kind, bad := a.interrupted(a.woke); bad {
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
			if !a.committed {
				continue
			}
			if !a.send(e.Out) {
				return nil, classify.ClientGone
			}
			now := time.Now()
			a.busy += now.Sub(a.woke)
			a.clock.delay(now.Sub(a.woke))
			a.clock.arm(now)
			continue
		case e.Error:
			return nil, classify.StreamError
		}
		a.arrived(e)
		return e, classify.OK
	}
}

// await sets the deadlines of the wait for the next event. Once content has come
// it is the gaps that count, and in them only the time spent waiting for the
// provider, not for the client.
func (a *attempt) await(now time.Time) {
	if !a.woke.IsZero() {
		a.busy += now.Sub(a.woke)
	}
	if !a.committed && a.log.FirstToken.IsZero() {
		return
	}
	at := &a.clock.at
	at[ttft], at[slow] = time.Time{}, time.Time{}
	at[idle] = now.Add(a.y.plan.limits.IdleTimeout + a.offset)
	if a.pace.due > 0 {
		at[slow] = now.Add(a.pace.left + a.offset)
	}
	a.clock.arm(now)
}

// arrived counts an event's content.
func (a *attempt) arrived(e *wire.Event) {
	a.contentBytes += e.ContentBytes
	s := &a.y.plan.limits.Stream
	if e.Content && a.log.FirstToken.IsZero() {
		a.log.FirstToken = a.woke
		a.pace.begin(s)
		if a.race != nil && !a.log.Hedge {
			a.race.callOff()
		}
		return
	}
	if a.pace.due > 0 {
		a.pace.left = a.clock.at[slow].Sub(a.woke) - a.offset
		a.pace.bring(e.ContentBytes, s)
	}
}

// commit sends the status and all that was held back. From here on only the
// total, the idle timeout and the minimum rate apply.
func (a *attempt) commit(status int, held []byte) bool {
	a.committed, a.y.committed = true, true
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
	a.clock.at[slow] = time.Time{}
	a.clock.at[idle] = now.Add(drainTime + a.offset)
	a.clock.arm(now)
	_, _ = events.Next()
	return classify.OK
}
