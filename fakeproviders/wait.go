package fakeproviders

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
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
	p.Endpoint = cmp.Or(p.Endpoint, a.entry.Endpoint)
	a.refuse(a.api.Refuse(p))
}

// refuse answers an error after the RTT.
func (a *attempt) refuse(bad *wire.Error) {
	a.entry.End = EndCancelled
	if !a.wait(a.entry.Arrived + a.arrival.Accept + a.provider.config.RTT + a.dither()) {
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
	if bad.Status != http.StatusOK { // else it is an answer, such as a vendor gives to a prompt it blocks
		a.stateWait(h, bad.Wait)
	}
	bad.Identify(a.wireID())
	a.w.WriteHeader(bad.Status)
	a.entry.Status = bad.Status
	if _, err := a.w.Write(bad.Body); err != nil {
		return
	}
	a.entry.End = EndError
	if bad.Status == http.StatusOK {
		a.refusedWithin(bad)
	}
}

// refusedWithin journals a refusal that is a whole answer: one that reads the prompt,
// states it and bills it.
func (a *attempt) refusedWithin(bad *wire.Error) {
	e := &a.entry
	e.End, e.Quality = EndComplete, a.arrival.Shaped.Quality
	e.PromptTokens, e.UsageSent = bad.Prompt, bad.Prompt > 0
	a.bill()
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

// stateWait states when to come again, as the vendor does or as a fault wants it.
func (a *attempt) stateWait(h http.Header, wait time.Duration) {
	w := a.arrival.Waits
	if w == nil {
		if wait > 0 {
			a.api.StateWait(h, wait)
			a.entry.Wait = wait
		}
		return
	}
	inBody := wait
	a.entry.Faults |= a.hits.quota
	if w.Value > 0 {
		wait = w.Value
	}
	if wait <= 0 {
		return
	}
	a.entry.Wait = wait
	up := func(unit time.Duration) string { return strconv.FormatInt(int64((wait+unit-1)/unit), 10) }
	switch w.Style {
	case fault.StyleNone:
		a.entry.Wait = 0
	case fault.StyleSeconds:
		h.Set("Retry-After", up(time.Second))
	case fault.StyleDate:
		h.Set("Retry-After", time.Now().Add(wait+time.Second-1).UTC().Format(http.TimeFormat))
	case fault.StyleMillis:
		h.Set("Retry-After-Ms", up(time.Millisecond))
	case fault.StyleInvalid:
		h.Set("Retry-After", "soon")
		a.entry.Wait = 0
	default:
		if a.api.StateWait(h, wait); !statesWait(h) {
			a.entry.Wait = inBody
		}
	}
}

// statesWait tells whether headers say when to come again.
func statesWait(h http.Header) bool {
	return h.Get("Retry-After") != "" || h.Get("Retry-After-Ms") != ""
}

// scripted is the answer of a fault that refuses.
func (a *attempt) scripted(r *fault.Refusal) *wire.Error {
	p := r.Problem
	if a.model != nil {
		p.Model = a.model.Name
	}
	p.Endpoint, p.Prompt, p.Stream = a.entry.Endpoint, a.req.Prompt.Tokens, a.req.Stream
	bad := a.api.Refuse(&p)
	if h := (http.Header{}); bad.Wait > 0 && r.Body != fault.BodyVendor {
		if a.api.StateWait(h, bad.Wait); !statesWait(h) {
			bad.Wait = 0 // it stood in the body that is replaced
		}
	}
	switch r.Body {
	case fault.BodyHTML:
		bad.Type = "text/html; charset=UTF-8"
		bad.Body = []byte("<!DOCTYPE html>\n<html><head><title>" + strconv.Itoa(bad.Status) + " " + http.StatusText(bad.Status) +
			"</title></head>\n<body><h1>" + strconv.Itoa(bad.Status) + " " + http.StatusText(bad.Status) +
			"</h1><hr>edge</body></html>\n")
	case fault.BodyEmpty:
		bad.Body = nil
	case fault.BodyNumeric:
		code := strconv.Itoa(bad.Status)
		bad.Body = []byte(`{"error":{"message":"` + http.StatusText(bad.Status) + `","type":null,"param":null,"code":` + code + "}}\n")
	}
	return bad
}

// refuseConnection ends the attempt as if nobody had listened, where that is
// possible after the fact, as in virtual time. A socket that has been accepted is
// reset.
func (a *attempt) refuseConnection() {
	conn, _, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		a.entry.End = EndReset
		panic(http.ErrAbortHandler)
	}
	if r, ok := conn.(interface{ Refuse() }); ok {
		a.journalled = false // a dead server keeps no journal
		r.Refuse()
		return
	}
	a.abort(conn)
}

// breakConnection resets the connection. One that cannot be hijacked is aborted
// by the server instead.
func (a *attempt) breakConnection() {
	a.entry.End = EndReset
	conn, _, err := http.NewResponseController(a.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	a.abort(conn)
}

// abort closes a connection with linger 0, so that the peer sees RST.
func (a *attempt) abort(conn net.Conn) {
	a.entry.End = EndReset
	// Before the peer knows: a server waits for no connection that has been taken
	// from it, so whoever reads the journal at the end would miss this entry.
	a.journal()
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
