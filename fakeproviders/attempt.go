package fakeproviders

import (
	"cmp"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/latency"
	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// attempt is one request on its way through the provider. It belongs to the
// handler's goroutine.
type attempt struct {
	provider *Provider
	w        http.ResponseWriter
	r        *http.Request
	timer    *time.Timer // made at the first wait

	api     wire.API
	call    wire.Call
	req     wire.Request
	demand  Demand
	known   bool // the demand was told
	model   *model
	key     keyed.Key
	watched []watched
	rates   wire.Rates
	charge  quota.Handle
	hidden  int // tokens generated before the first visible one
	planned int // visible tokens of the answer
	args    int // tokens before a limit cut them
	tool    string

	arrival      fault.Effect // what the faults did on arrival
	effects      fault.Effect // where effect works it out; here, so that it is no garbage
	hits         hits         // the events behind it
	schedule     schedule
	out          output
	promptLength int  // tokens of the prompt before the model's tokenizer is reckoned with
	remembered   bool // the prompt is in the cache
	journalled   bool // an entry is due
	serving      bool // service began: the prompt is billed
	entry        Entry
}

// run takes a completion request through all steps and journals it.
func (a *attempt) run() {
	p := a.provider
	a.entry.Started, a.entry.FirstToken = Never, Never
	a.journalled = p.config.Journal != nil
	defer a.journal() // a reset may leave by a panic, and is journalled all the same
	if bad, ok := a.read(); !ok {
		return
	} else if bad != nil {
		a.refuse(bad)
		return
	}
	a.plan()
	a.watch(a.entry.Arrived)
	if !a.pass() {
		return
	}
	now := p.now()
	if a.arrival.Accept == 0 {
		now = a.entry.Arrived // reading the clock again would cost more than it tells
	}
	a.lookUp(now)
	if limited := a.admit(now); limited != nil {
		a.entry.Faults |= a.hits.quota
		a.entry.CachedTokens, a.entry.CacheWriteTokens = 0, 0
		a.reject(limited)
		return
	}
	defer func() { a.charge.Settle(p.now(), a.entry.OutputTokens) }()
	switch p.gate.enter(a.r.Context()) {
	case admitted:
	case full:
		a.reject(&wire.Problem{Kind: wire.Overloaded, Status: p.config.Capacity.Status})
		return
	case gone:
		a.entry.End = EndCancelled
		return
	}
	defer p.gate.leave()
	a.serve()
}

// journal writes the attempt's entry, once.
func (a *attempt) journal() {
	if a.journalled {
		a.journalled = false
		a.entry.Ended = a.provider.now()
		a.provider.config.Journal(&a.entry)
	}
}

// pass takes the attempt past the faults that act on arrival. It returns false
// when one of them has ended it. A hang lets it pass: it goes through admission
// and hangs in its place.
func (a *attempt) pass() bool {
	p := a.provider
	a.arrival, a.hits = a.effect(a.entry.Arrived, true)
	e := &a.arrival
	a.entry.Faults |= a.hits.idle
	if e.Accept > 0 || e.Refused {
		a.entry.Faults |= a.hits.connect
	}
	at := a.entry.Arrived + e.Accept
	if e.Accept > 0 && !a.wait(at+a.dither()) {
		a.entry.End = EndCancelled
		return false
	}
	switch {
	case e.Refused:
		a.refuseConnection()
		return false
	case e.Reset:
		a.entry.Faults |= a.hits.reset
		if a.wait(at + p.config.RTT + a.dither()) {
			a.breakConnection()
		} else {
			a.entry.End = EndCancelled
		}
		return false
	case e.Hang:
	case e.Refusal != nil:
		a.entry.Faults |= a.hits.refusal
		a.refuse(a.scripted(e.Refusal))
		return false
	}
	return true
}

// read reads and checks the request. It returns false when the caller went away
// while sending it, and otherwise what is wrong with the request.
func (a *attempt) read() (bad *wire.Error, ok bool) {
	p := a.provider
	buf := takeBuffer()
	defer buf.put()
	a.req.Prompt.Track = p.track.Load()
	err := buf.readFrom(a.r, maxBody)
	a.entry.Arrived = p.now()
	a.entry.RequestID = a.r.Header.Get("X-Client-Request-Id")
	unreadable := badBody(a.r, err)
	if err != nil && unreadable == 0 {
		a.entry.Arrived, a.entry.End = Never, EndCancelled
		return nil, false
	}
	if p.config.Identify != nil {
		a.entry.RequestID = cmp.Or(p.config.Identify(a.entry.RequestID, buf.b), a.entry.RequestID)
	}
	if a.entry.RequestID == "" {
		a.entry.RequestID = bodyID(buf.b)
	}
	switch unreadable {
	case 0:
	case http.StatusRequestEntityTooLarge:
		a.w.Header().Set("Connection", "close")
		bad = a.api.Refuse(&wire.Problem{Kind: wire.TooLarge, Limit: maxBody})
	default:
		a.w.Header().Set("Connection", "close")
		bad = a.api.Refuse(&wire.Problem{Kind: wire.BadScript, Status: unreadable})
	}
	if unreadable != 0 {
		buf.b = buf.b[:0]
	} else if bad = a.api.Authorise(a.r, p.config.APIKey); bad == nil {
		bad = a.api.Parse(&a.call, buf.b, &a.req)
	}
	a.entry.Stream = a.req.Stream
	target := p.config.Name + "/"
	if m, found := p.models[a.req.Model]; found {
		a.model, a.entry.Model, target = m, m.Name, m.target
	} else {
		// A copy, since a journal that keeps the name must not keep the body.
		a.entry.Model = strings.Clone(a.req.Model)
	}
	a.identify(target)
	a.promptLength = a.req.Prompt.Tokens
	a.req.Prompt.Tokens, a.req.Longest = a.scaled(a.req.Prompt.Tokens), a.scaled(a.req.Longest)
	if p.config.Demand != nil {
		a.demand, a.known = p.config.Demand(a.entry.RequestID)
		a.entry.Task = a.demand.Task
	}
	if bad == nil {
		bad = a.check()
	}
	return bad, true
}

// identify counts the attempt and keys its draws.
func (a *attempt) identify(target string) {
	base := keyed.NewKey(a.provider.config.Seed, a.entry.RequestID, target)
	a.entry.Nth = a.provider.seen.next(base)
	a.key = base.Nth(a.entry.Nth)
}

// check holds a well-formed request against the model's abilities.
func (a *attempt) check() *wire.Error {
	if p := a.misfit(); p != nil {
		p.Endpoint = a.entry.Endpoint
		return a.api.Refuse(p)
	}
	return nil
}

func (a *attempt) misfit() *wire.Problem {
	m, r, endpoint := a.model, &a.req, a.entry.Endpoint
	if m == nil {
		return &wire.Problem{Kind: wire.NoModel, Model: r.Model}
	}
	if !m.serves(endpoint) {
		return &wire.Problem{Kind: wire.WrongEndpoint, Model: m.Name}
	}
	prompt, completion := r.Prompt.Tokens, r.MaxTokens
	if endpoint == wire.Embeddings {
		prompt, completion = r.Longest, 0 // the limit holds for each input
	} else if m.MaxOutput > 0 && r.MaxTokens > m.MaxOutput {
		return &wire.Problem{Kind: wire.TooManyOut, Model: m.Name, Field: r.MaxField, Limit: m.MaxOutput, Asked: r.MaxTokens}
	}
	if m.Context > 0 && prompt+completion > m.Context {
		return &wire.Problem{Kind: wire.TooLong, Model: m.Name, Limit: m.Context, Prompt: prompt, Completion: completion}
	}
	return nil
}

// serves tells whether the model serves an endpoint. A model that chats serves
// responses too, where the wire format has them.
func (m *model) serves(endpoint string) bool {
	for _, e := range m.Endpoints {
		if e == endpoint || e == wire.Chat && endpoint == wire.Responses {
			return true
		}
	}
	return false
}

// scaled is a number of prompt tokens as the model's tokenizer counts them.
func (a *attempt) scaled(tokens int) int {
	if a.model == nil || a.model.Tokenizer == 1 {
		return tokens
	}
	return int(math.Ceil(float64(tokens) * a.model.Tokenizer))
}

// plan decides what the answer is: how many tokens, and text or a tool call.
func (a *attempt) plan() {
	if a.entry.Endpoint == wire.Embeddings {
		return
	}
	m := a.model
	n := a.demand.OutputTokens
	if !a.known {
		n = int(min(m.Output.Quantile(keyed.Uniform(a.key.Draw("output"))), maxOutput))
	}
	if m.Verbosity != 1 {
		n = int(min(math.Round(float64(n)*m.Verbosity), maxOutput))
	}
	n = min(max(n, 1), maxOutput)
	a.args = n
	if m.Reasoning != nil {
		a.hidden = int(min(m.Reasoning.Quantile(keyed.Uniform(a.key.Draw("reasoning"))), maxOutput))
	}
	limit := maxOutput
	if a.req.MaxTokens > 0 {
		limit = min(limit, a.req.MaxTokens)
	}
	if m.MaxOutput > 0 {
		limit = min(limit, m.MaxOutput)
	}
	if m.Context > 0 {
		limit = min(limit, max(1, m.Context-a.req.Prompt.Tokens))
	}
	// Hidden tokens count towards every limit; one visible token is always left.
	a.hidden = min(a.hidden, limit-1)
	a.planned = min(n, limit-a.hidden)
	a.entry.PlannedOut = a.hidden + a.planned
	if a.req.Tools && a.req.Tool != "" && a.entry.Endpoint != wire.Completions {
		if a.known && a.demand.Tools || !a.known && a.req.ToolRequired {
			a.tool = a.req.Tool
		}
	}
}

// draw returns a keyed time: the distribution's quantile to the microsecond,
// bounded, plus 1 to 999 ns of dither.
func (a *attempt) draw(purpose string, d latency.Dist, limit time.Duration) time.Duration {
	h := a.key.Draw(purpose)
	var t time.Duration
	if d != nil {
		t = quantise(d.Quantile(keyed.Uniform(h)), limit)
	}
	// The uniform uses the high bits; the low ones are still free.
	return t + 1 + time.Duration(((h&0xfff)*999)>>12)
}

// quantise rounds nanoseconds to the microsecond within 0 to limit.
func quantise(ns float64, limit time.Duration) time.Duration {
	if !(ns > 0) {
		return 0
	}
	return time.Duration(min(ns, float64(limit))).Round(time.Microsecond)
}

// dither is the keyed time below a microsecond that an answer without service
// carries.
func (a *attempt) dither() time.Duration { return a.draw("error", nil, 0) }
