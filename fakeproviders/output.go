package fakeproviders

import (
	"net/http"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// output writes the bytes of an answer as the schedule generates it.
type output struct {
	a      *attempt
	ttft   time.Duration // for the header
	rc     *http.ResponseController
	buf    *buffer
	head   *buffer // the part all events of a stream share
	stream wire.Stream
	answer wire.Answer
	sent   int // tokens sent
	last   time.Duration
}

func newOutput(a *attempt, ttft time.Duration) *output {
	return &output{a: a, ttft: ttft, buf: takeBuffer()}
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
func (o *output) write(now time.Duration) bool {
	s := &o.a.schedule
	if !o.a.req.Stream {
		return !s.done() || o.whole(now)
	}
	if s.next == o.sent {
		return true
	}
	b := o.buf.b[:0]
	if o.sent == 0 {
		o.begin()
		b = o.stream.AppendStart(b)
	}
	b = o.stream.AppendTokens(b, o.sent, s.next)
	if s.done() {
		b = o.stream.AppendDone(o.stream.AppendFinish(b))
	}
	o.buf.b = b
	if _, err := o.a.w.Write(b); err != nil {
		return false
	}
	if flush(o.rc) != nil {
		return false
	}
	o.sent, o.last = s.next, now
	o.a.entry.UsageSent = s.done() && o.a.req.IncludeUsage
	return true
}

// begin sends the headers of a stream with its first event.
func (o *output) begin() {
	a := o.a
	o.describe()
	o.rc = http.NewResponseController(a.w)
	o.head = takeBuffer()
	o.stream = a.api.Stream(&a.call, &a.req, &o.answer, o.head.b)
	o.headers(true, o.ttft)
}

// whole sends an answer that is not streamed.
func (o *output) whole(now time.Duration) bool {
	a := o.a
	o.describe()
	if a.entry.Endpoint == wire.Embeddings {
		dimensions := a.model.Dimensions
		if a.req.Dimensions > 0 {
			dimensions = a.req.Dimensions
		}
		o.buf.b = a.api.AppendEmbeddings(o.buf.b, &a.call, &a.req, &o.answer, dimensions)
	} else {
		o.buf.b = a.api.AppendAnswer(o.buf.b, &a.call, &o.answer)
	}
	o.headers(false, now-a.entry.Started)
	if _, err := a.w.Write(o.buf.b); err != nil {
		return false
	}
	a.entry.UsageSent = true
	return true
}

// describe says what the answer is.
func (o *output) describe() {
	a := o.a
	o.answer = wire.Answer{
		ID: a.key.Draw("id"), Created: time.Now().Unix(), Model: a.model.Name, Tool: a.tool,
		OutputTokens: a.planned, PlannedArgs: a.args, Finish: wire.Stop,
		Usage: wire.Usage{Prompt: a.req.Prompt.Tokens, Output: a.planned},
	}
	switch {
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
