package fakeproviders

import (
	"errors"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// wait waits until an instant of the timeline, or for ever at never. It returns
// false when the caller went away first. An instant that has come wins over a
// caller that goes away at the same time, whichever the runtime shows first.
func (a *attempt) wait(until time.Duration) bool {
	if until == never {
		<-a.r.Context().Done()
		return false
	}
	d := until - a.provider.now()
	if d <= 0 {
		return a.r.Context().Err() == nil
	}
	if a.timer == nil {
		a.timer = time.NewTimer(d)
	} else {
		a.timer.Reset(d)
	}
	select {
	case <-a.timer.C:
		return true
	case <-a.r.Context().Done():
		a.timer.Stop()
		return a.provider.now() >= until
	}
}

// reject answers a refusal in the vendor's words.
func (a *attempt) reject(p *wire.Problem) {
	if a.model != nil {
		p.Model = a.model.Name
	}
	a.refuse(a.api.Refuse(p))
}

// refuse answers an error after the RTT.
func (a *attempt) refuse(bad *wire.Error) {
	a.entry.End = EndCancelled
	if !a.wait(a.entry.Arrived + a.provider.config.RTT + a.dither()) {
		return
	}
	h := a.w.Header()
	a.header(false, 0)
	if bad.Type != "" {
		h["Content-Type"] = []string{bad.Type}
	}
	if bad.Allow != "" {
		h["Allow"] = []string{bad.Allow}
	}
	if bad.Wait > 0 {
		a.api.StateWait(h, bad.Wait)
	}
	bad.Identify(a.wireID())
	a.w.WriteHeader(bad.Status)
	a.entry.Status = bad.Status
	if _, err := a.w.Write(bad.Body); err != nil {
		return
	}
	a.entry.End = EndError
}

// header sets the headers that every answer has.
func (a *attempt) header(stream bool, processing time.Duration) {
	a.api.Header(a.w.Header(), &wire.Meta{
		ID: a.wireID(), Stream: stream, Processing: processing,
		Region: a.provider.config.Region, Model: a.entry.Model, Now: time.Now(), Rates: a.rates,
	})
}

// wireID is what the request's id at the provider derives from.
func (a *attempt) wireID() uint64 { return a.key.Draw("x-request-id") }

// reset resets the connection: with linger 0 the peer sees RST. A connection
// that cannot be hijacked is aborted by the server instead.
func (a *attempt) reset() {
	a.entry.End = EndReset
	conn, _, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if l, ok := conn.(interface{ SetLinger(sec int) error }); ok {
		// It only fails on a connection that is closed already.
		_ = l.SetLinger(0)
	}
	_ = conn.Close()
}

// flush sends what has been written. A writer that cannot flush sends in its
// own time.
func flush(rc *http.ResponseController) error {
	if err := rc.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// lag is how late after a fault edge this attempt notices it.
func (a *attempt) lag() time.Duration {
	return 1 + time.Duration(a.key.Draw("edge")%uint64(edgeLag))
}
