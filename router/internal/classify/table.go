package classify

import (
	"net/http"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
)

// Kind is one way for an attempt to end.
type Kind uint8

// The kinds. The zero value is Panic, so that an attempt nobody judged counts
// as the worst.
const (
	Panic Kind = iota
	OK

	BadRequest
	ContentFilter
	ContextLength
	Unauthorized
	Payment
	ModelMissing
	Conflict
	Limited
	RequestTimeout
	Overloaded
	ServerError
	Unexpected

	NoAddress
	Refused
	Untrusted
	ConnectTimeout
	Lost

	TotalTimeout
	AttemptTimeout
	TTFTTimeout
	IdleTimeout
	StreamSlow

	InvalidAnswer
	StreamError
	Truncated
	Malformed

	HedgeLost
	ClientGone
)

// Verdict is what the relay does next.
type Verdict uint8

// The verdicts.
const (
	Elsewhere Verdict = iota // try the next target at once
	Here                     // try the same target once more at once, if that is permitted; else Elsewhere
	Larger                   // try a target with a larger context; without one, Stop
	Stop                     // the relay is over: the client is told
)

// Cooling is which cooldown the target gets: for how long nobody tries it.
type Cooling uint8

// The cooldowns. What is asked for is capped by cooldown.max, and all only ever
// extend one that stands.
const (
	None  Cooling = iota
	Asked         // only when the provider asked, by Retry-After and the like
	Short         // as asked, or else cooldown.default
	Long          // cooldown.payment, and longer only if asked: no time heals this
)

// Row is the meaning of one kind.
type Row struct {
	Reason  string
	Verdict Verdict
	// Again permits this relay to come back to the target in a later round. What
	// was silent, or said what will hold for longer than a relay, is not asked
	// twice.
	Again   bool
	Breaker breaker.Outcome
	Cooling Cooling
	// Status is sent to the client when this was the last failure and nothing
	// is left to try; 0 where the relay answers otherwise. Mixed is sent in its
	// place when others had failed in other ways, 0 where it makes no difference.
	Status, Mixed int
	// Alert marks what only the operator can mend.
	Alert bool
}

// The columns a row does not name are: Elsewhere, not again, no cooldown, no
// alert. README.md of the router shows the table to its users.
var table = [...]Row{
	Panic: {Reason: audit.Panicked, Verdict: Stop, Breaker: breaker.Failure, Status: http.StatusInternalServerError},
	OK:    {Reason: audit.OK, Verdict: Stop, Breaker: breaker.Success},

	// The request's own fault: every provider would say the same, so the
	// provider's answer is the client's. The target is well.
	BadRequest:    {Reason: audit.BadRequest, Verdict: Stop, Breaker: breaker.Success},
	ContentFilter: {Reason: audit.ContentFiltered, Verdict: Stop, Breaker: breaker.Success},
	ContextLength: {Reason: audit.ContextLength, Verdict: Larger, Breaker: breaker.Success},

	// The operator's fault at this provider; others may serve. Asking again
	// would only add to the provider's list of failed logins.
	Unauthorized: {Reason: audit.Unauthorized, Breaker: breaker.Failure, Cooling: Asked, Status: http.StatusBadGateway, Alert: true},
	Payment:      {Reason: audit.PaymentRequired, Breaker: breaker.Excluded, Cooling: Long, Status: http.StatusBadGateway, Alert: true},
	// The router names the model, not the client: it is retired or missing there.
	ModelMissing: {Reason: audit.ModelMissing, Breaker: breaker.Failure, Cooling: Asked, Status: http.StatusNotFound, Mixed: http.StatusBadGateway, Alert: true},

	// About the provider's own locks, not about the request's content.
	Conflict: {Reason: audit.Conflict, Again: true, Breaker: breaker.Excluded, Cooling: Asked, Status: http.StatusServiceUnavailable},
	// A limit is not ill health: the cooldown keeps traffic away for as long as
	// asked, and a breaker would keep it away for longer.
	Limited: {Reason: audit.RateLimited, Again: true, Breaker: breaker.Excluded, Cooling: Short, Status: http.StatusTooManyRequests, Mixed: http.StatusServiceUnavailable},

	// The provider gave up waiting for itself: as silent as one that hangs.
	RequestTimeout: {Reason: audit.RequestTimeout, Breaker: breaker.Failure, Cooling: Asked, Status: http.StatusGatewayTimeout},
	// It says that it has too much to do; a quick retry is more of that.
	Overloaded:  {Reason: audit.Overloaded, Again: true, Breaker: breaker.Failure, Cooling: Asked, Status: http.StatusServiceUnavailable},
	ServerError: {Reason: audit.ServerError, Verdict: Here, Again: true, Breaker: breaker.Failure, Cooling: Asked, Status: http.StatusServiceUnavailable},
	Unexpected:  {Reason: audit.UnexpectedState, Again: true, Breaker: breaker.Failure, Cooling: Asked, Status: http.StatusBadGateway},

	NoAddress:      {Reason: audit.DNSFailure, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},
	Refused:        {Reason: audit.ConnectRefused, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},
	Untrusted:      {Reason: audit.TLSFailure, Breaker: breaker.Failure, Status: http.StatusBadGateway},
	ConnectTimeout: {Reason: audit.ConnectTimeout, Breaker: breaker.Failure, Status: http.StatusGatewayTimeout},
	Lost:           {Reason: audit.ConnectionLost, Verdict: Here, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},

	// When the total deadline passes the relay is over whoever's fault it is.
	TotalTimeout:   {Reason: audit.TotalTimeout, Verdict: Stop, Breaker: breaker.Failure, Status: http.StatusGatewayTimeout},
	AttemptTimeout: {Reason: audit.AttemptTimeout, Breaker: breaker.Failure, Status: http.StatusGatewayTimeout},
	TTFTTimeout:    {Reason: audit.TTFTTimeout, Breaker: breaker.Failure, Status: http.StatusGatewayTimeout},
	IdleTimeout:    {Reason: audit.IdleTimeout, Breaker: breaker.Failure, Status: http.StatusGatewayTimeout},
	StreamSlow:     {Reason: audit.StreamSlow, Breaker: breaker.Failure, Status: http.StatusGatewayTimeout},

	InvalidAnswer: {Reason: audit.InvalidAnswer, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},
	StreamError:   {Reason: audit.StreamError, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},
	Truncated:     {Reason: audit.StreamTruncated, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},
	Malformed:     {Reason: audit.StreamMalformed, Again: true, Breaker: breaker.Failure, Status: http.StatusBadGateway},

	// Nobody's fault: the other attempt answers the client.
	HedgeLost: {Reason: audit.HedgeLost, Verdict: Stop, Breaker: breaker.Excluded, Cooling: Asked},
	// Nor is this; yet a Retry-After that had come before is honoured.
	ClientGone: {Reason: audit.ClientGone, Verdict: Stop, Breaker: breaker.Excluded, Cooling: Asked},
}

// Row returns the kind's row of the table.
func (k Kind) Row() *Row { return &table[k] }
