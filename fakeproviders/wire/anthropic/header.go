package anthropic

import (
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// organisation is the id of the organisation every key belongs to.
const organisation = "b0a1c2d3-7e57-4d1a-8b0b-5ca1ab1e0000"

// Shared header values. Their capacity equals their length, so that Add on a
// header copies instead of writing into them; nobody changes them in place.
var (
	jsonType   = []string{"application/json"}
	streamType = []string{"text/event-stream; charset=utf-8"}
	ownerID    = []string{organisation}
)

// The length of ids behind their prefix.
const idLen = 24

// Header sets the type, the request id, the organisation and the rate limits.
func (API) Header(h http.Header, m *wire.Meta) {
	h["Content-Type"] = jsonType
	if m.Stream {
		h["Content-Type"] = streamType
	}
	h["Request-Id"] = []string{string(wire.AppendID(append(make([]byte, 0, 4+idLen), "req_"...), m.ID, idLen))}
	h["Anthropic-Organization-Id"] = ownerID //nolint:misspell // the service's word

	r := &m.Rates
	setRate(h, &requestNames, r.Requests, 1, m.Now)
	setRate(h, &inputNames, r.Input, 1000, m.Now)
	setRate(h, &outputNames, r.Output, 1000, m.Now)
	tokens := r.Tokens
	if tokens.Limit == 0 && r.Input.Limit > 0 && r.Output.Limit > 0 {
		tokens = wire.Rate{
			Limit:     r.Input.Limit + r.Output.Limit,
			Remaining: r.Input.Remaining + r.Output.Remaining,
			Reset:     max(r.Input.Reset, r.Output.Reset),
		}
	}
	setRate(h, &tokenNames, tokens, 1000, m.Now)
}

// rateNames are the three header names of a quota.
type rateNames struct{ limit, remaining, reset string }

var (
	requestNames = names("Requests")
	tokenNames   = names("Tokens")
	inputNames   = names("Input-Tokens")
	outputNames  = names("Output-Tokens")
)

func names(what string) rateNames {
	const head = "Anthropic-Ratelimit-"
	return rateNames{head + what + "-Limit", head + what + "-Remaining", head + what + "-Reset"}
}

// setRate sets the headers of a quota that has a limit, what remains rounded to
// the nearest multiple of unit.
func setRate(h http.Header, n *rateNames, r wire.Rate, unit int, now time.Time) {
	if r.Limit <= 0 {
		return
	}
	values := make([]string, 3) // one array; each slice is capped to its own element
	values[0] = strconv.Itoa(r.Limit)
	values[1] = strconv.Itoa((r.Remaining + unit/2) / unit * unit)
	values[2] = string(now.Add(r.Reset+time.Second-1).UTC().AppendFormat(nil, time.RFC3339))
	h[n.limit] = values[0:1:1]
	h[n.remaining] = values[1:2:2]
	h[n.reset] = values[2:3:3]
}

// StateWait sets retry-after in whole seconds, rounded up.
func (API) StateWait(h http.Header, wait time.Duration) {
	h["Retry-After"] = []string{strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10)}
}
