package fakeproviders

import (
	"bytes"
	"math"
	"net/http"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// output writes the bytes of an answer as the schedule generates it.
type output struct {
	a       *attempt
	ttft    time.Duration // for the header
	opensAt time.Duration // when a stream opens ahead of its first token; never where it does not
	rc      *http.ResponseController
	buf     *buffer
	head    *buffer // the part all events of a stream share
	stream  wire.Stream
	answer  wire.Answer
	sent    int  // visible tokens dealt with
	held    int  // of them: not written yet, since some APIs write a call with its last token only
	began   bool // the headers are out
	started bool // and what comes right before the first token
	fresh   int  // tokens the last event carries
	mangled bool // an event has been broken or sent twice
	last    time.Duration
}

// output returns the attempt's output, ready for use.
func (a *attempt) output(ttft time.Duration) *output {
	a.out = output{a: a, ttft: ttft, opensAt: never, buf: takeBuffer()}
	switch sent := a.entry.Started + a.provider.config.RTT; {
	case !a.req.Stream:
	case a.entry.Endpoint == wire.Responses:
		// They are told of at once.
		a.out.ttft = 0
		a.out.opensAt = sent + a.draw("open", nil, 0)
	case a.arrival.First > 0:
		a.out.opensAt = sent + ttft
	}
	return &a.out
}

func (o *output) close() {
	o.buf.put()
	if o.head != nil {
		o.head.put()
	}
}

// limit is the latest instant for the next bytes.
func (o *output) limit(now time.Duration) time.Duration {
	switch {
	case !o.a.req.Stream:
		return never
	case o.sent == 0:
		return now
	}
	return o.last + o.a.provider.config.MaxEventGap
}

// write sends what is to be sent of the tokens generated. It returns false when
// the caller cannot be reached any more.
func (o *output) write(now time.Duration, b *fault.Broken, broken uint64) bool {
	s := &o.a.schedule
	switch {
	case !o.a.req.Stream:
		return !s.done() || o.whole(now)
	case s.visible() == o.sent:
		return now < o.opensAt || o.open()
	}
	dst := o.start(o.begin(o.buf.b[:0]))
	if o.a.planned > 0 {
		from := len(dst)
		dst = o.tokens(dst)
		if b.How == fault.Malform || b.How == fault.Duplicate {
			dst = o.mangle(dst, from, b, broken)
		}
	}
	if s.done() {
		dst = o.end(dst)
	}
	o.sent, o.last = s.visible(), now
	return o.send(dst)
}

// tokens appends the tokens generated since the last event.
func (o *output) tokens(dst []byte) []byte {
	visible := o.a.schedule.visible()
	before := len(dst)
	dst = o.stream.AppendTokens(dst, o.sent, visible)
	o.fresh = visible - o.sent + o.held
	if len(dst) == before {
		o.held, o.fresh = o.fresh, 0
	} else {
		o.held = 0
	}
	o.a.entry.SentTokens += o.fresh
	return dst
}

// send writes events and flushes them.
func (o *output) send(b []byte) bool {
	o.buf.b = b
	if _, err := o.a.w.Write(b); err != nil {
		return false
	}
	return flush(o.rc) == nil
}

// open sends the headers of an answer, and what begins a stream, before there
// is a token.
func (o *output) open() bool {
	if o.began {
		return true
	}
	if o.a.req.Stream {
		return o.send(o.begin(o.buf.b[:0]))
	}
	o.began, o.rc = true, http.NewResponseController(o.a.w)
	o.headers(false, o.ttft)
	return flush(o.rc) == nil
}

// begin sets the headers of a stream, once, and appends what opens it.
func (o *output) begin(dst []byte) []byte {
	if o.began {
		return dst
	}
	a := o.a
	o.began = true
	o.describe()
	o.rc = http.NewResponseController(a.w)
	o.head = takeBuffer()
	o.stream = a.api.Stream(&a.call, &a.req, &o.answer, o.head.b)
	o.headers(true, o.ttft)
	if s := &a.arrival.Shaped; s.Model != "" || s.Empty {
		a.entry.Faults |= a.hits.shape
	}
	return o.stream.AppendOpen(dst)
}

// start appends what comes right before the first token, once.
func (o *output) start(dst []byte) []byte {
	if o.started {
		return dst
	}
	o.started = true
	return o.stream.AppendStart(dst)
}

// end appends the end of a stream.
func (o *output) end(dst []byte) []byte {
	a := o.a
	s := &a.arrival.Shaped
	a.entry.Faults |= a.hits.shape
	dst = o.stream.AppendFinish(dst)
	if !s.NoTerminator {
		dst = o.stream.AppendDone(dst)
	}
	// The usage of a response comes with its terminator.
	missing := s.NoTerminator && a.entry.Endpoint == wire.Responses
	a.entry.UsageSent = a.req.IncludeUsage && !missing && o.usageIsRight()
	return dst
}

func (o *output) usageIsRight() bool {
	s := &o.a.arrival.Shaped
	return !s.NoUsage && s.Usage == 1
}

// mangle breaks the event that dst holds from an index on, or doubles it, if it
// is the first after the tokens that come first.
func (o *output) mangle(dst []byte, from int, b *fault.Broken, broken uint64) []byte {
	if o.mangled || o.a.schedule.visible() <= b.After || len(dst) == from {
		return dst
	}
	o.mangled = true
	o.a.entry.Faults |= broken
	if b.How == fault.Duplicate {
		o.a.entry.SentTokens += o.fresh
		return append(dst, dst[from:]...)
	}
	// The JSON ends in the middle of its last quarter.
	cut := from + (len(dst)-from)*3/4
	return append(dst[:cut], "\n\n"...)
}

// breakOff ends an answer in the middle, as a fault wants it.
func (o *output) breakOff(b *fault.Broken) End {
	a := o.a
	switch {
	case b.How == fault.BreakReset:
		return EndReset
	case !a.req.Stream:
		if !o.half() {
			return EndCancelled
		}
		return EndCut
	}
	dst := o.begin(o.buf.b[:0])
	if n := a.schedule.visible(); n > o.sent {
		dst = o.tokens(o.start(dst))
		o.sent = n
	}
	if b.How == fault.BreakError {
		dst = o.stream.AppendError(dst, a.api.Refuse(&wire.Problem{Kind: wire.BadScript, Status: b.Status, Model: a.model.Name}))
	}
	if !o.send(dst) {
		return EndCancelled
	}
	return EndCut
}

// whole sends an answer that is not streamed.
func (o *output) whole(now time.Duration) bool {
	a := o.a
	s := &a.arrival.Shaped
	body := o.body()
	switch {
	case s.ErrorBody != 0:
		body = a.api.Refuse(&wire.Problem{Kind: wire.BadScript, Status: s.ErrorBody, Model: a.model.Name}).Body
	case s.Truncated:
		body = body[:len(body)/2]
	}
	a.entry.Faults |= a.hits.shape
	if !o.began {
		o.headers(false, now-a.entry.Started)
	}
	if _, err := a.w.Write(body); err != nil {
		return false
	}
	if s.ErrorBody == 0 && !s.Truncated {
		a.entry.UsageSent, a.entry.SentTokens = o.usageIsRight(), o.visible()
	}
	return true
}

// visible is how many visible tokens a whole answer has.
func (o *output) visible() int {
	if api, ok := o.a.api.(wire.WholeCalls); ok && o.answer.Tool != "" && o.a.planned < o.a.args {
		return api.CutCallTokens()
	}
	return o.a.planned
}

// half sends the first half of a whole answer.
func (o *output) half() bool {
	body := o.body()
	if !o.began {
		o.headers(false, o.ttft)
	}
	_, err := o.a.w.Write(body[:len(body)/2])
	return err == nil
}

func (o *output) body() []byte {
	a := o.a
	o.describe()
	if a.entry.Endpoint == wire.Embeddings {
		dimensions := a.model.Dimensions
		if a.req.Dimensions > 0 {
			dimensions = a.req.Dimensions
		}
		if a.arrival.Shaped.Empty {
			a.req.Inputs = nil
		}
		o.buf.b = a.api.AppendEmbeddings(o.buf.b, &a.call, &a.req, &o.answer, dimensions)
	} else {
		o.buf.b = a.api.AppendAnswer(o.buf.b, &a.call, &o.answer)
	}
	return bytes.TrimSpace(o.buf.b)
}

// describe says what the answer is.
func (o *output) describe() {
	a := o.a
	s := &a.arrival.Shaped
	o.answer = wire.Answer{
		ID: a.key.Draw("id"), Created: time.Now().Unix(), Model: a.model.Name, Tool: a.tool,
		OutputTokens: a.planned, PlannedArgs: a.args, Finish: wire.Stop,
		Usage: wire.Usage{
			Missing: s.NoUsage, Prompt: a.req.Prompt.Tokens, Cached: a.entry.CachedTokens, CacheWrite: a.entry.CacheWriteTokens,
			Output: a.hidden + a.planned, Reasoning: a.hidden,
		},
	}
	if s.Model != "" {
		o.answer.Model = s.Model
		a.entry.OtherModel = s.Model != a.model.Name
	}
	if s.Usage != 1 {
		a.entry.UsageWrong = true
		u := &o.answer.Usage
		for _, n := range []*int{&u.Prompt, &u.Cached, &u.CacheWrite, &u.Output, &u.Reasoning} {
			*n = int(math.Round(float64(*n) * s.Usage))
		}
	}
	switch {
	case s.Filtered:
		o.answer.Finish = wire.ContentFilter
	case s.Empty:
		o.answer.Tool = ""
	case a.planned < a.args:
		o.answer.Finish = wire.Length
	case a.tool != "":
		o.answer.Finish = wire.ToolCalls
	}
}

func (o *output) headers(stream bool, processing time.Duration) {
	a := o.a
	a.header(stream, processing)
	a.w.WriteHeader(http.StatusOK)
	a.entry.Status = http.StatusOK
}
