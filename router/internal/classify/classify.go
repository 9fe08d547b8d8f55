package classify

import (
	"errors"
	"net/http"
	"syscall"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/llm"
)

// Kind is one way for an attempt to end.
type Kind uint8

// The kinds. The zero value is Panic, so that an attempt nobody judged counts
// as the worst.
const (
	Panic Kind = iota
	OK
	BadRequest
	Unauthorized
	Payment
	RequestTimeout
	Limited
	ServerError
	Unexpected
	Refused
	Lost
	TotalTimeout
	AttemptTimeout
	TTFTTimeout
	IdleTimeout
	InvalidAnswer
	StreamError
	Truncated
	Malformed
	ClientGone
)

// Verdict is what the relay does next.
type Verdict uint8

// The verdicts.
const (
	Elsewhere Verdict = iota // try the next target at once
	Stop                     // the relay is over
)

// Cooling is which cooldown the target gets.
type Cooling uint8

// The cooldowns; a Retry-After comes before any of them but None.
const (
	None  Cooling = iota
	Asked         // only when the provider asked, by Retry-After
	Short         // Retry-After, or else cooldown.default
	Long          // Retry-After, or else cooldown.max
)

// Row is the meaning of one kind.
type Row struct {
	Reason  string
	Verdict Verdict
	Breaker breaker.Outcome
	Cooling Cooling
	// Status is sent to the client when this was the last failure and nothing
	// is left to try; 0 where the relay answers otherwise.
	Status int
}

var table = [...]Row{
	Panic: {audit.Panicked, Stop, breaker.Failure, None, http.StatusInternalServerError},
	OK:    {audit.OK, Stop, breaker.Success, None, 0},

	// The request's own fault: every provider would say the same, so the
	// provider's answer is the client's. The target is well.
	BadRequest: {audit.BadRequest, Stop, breaker.Success, None, 0},

	// The operator's fault at this provider; others may serve.
	Unauthorized: {audit.Unauthorized, Elsewhere, breaker.Failure, Asked, http.StatusBadGateway},
	Payment:      {audit.PaymentRequired, Elsewhere, breaker.Excluded, Long, http.StatusBadGateway},

	RequestTimeout: {audit.RequestTimeout, Elsewhere, breaker.Failure, Asked, http.StatusGatewayTimeout},
	// A limit is not ill health: the cooldown keeps traffic away for as long as
	// asked, and a breaker would keep it away for longer.
	Limited:     {audit.RateLimited, Elsewhere, breaker.Excluded, Short, http.StatusTooManyRequests},
	ServerError: {audit.ServerError, Elsewhere, breaker.Failure, Asked, http.StatusServiceUnavailable},
	Unexpected:  {audit.UnexpectedState, Elsewhere, breaker.Failure, Asked, http.StatusBadGateway},

	Refused: {audit.ConnectRefused, Elsewhere, breaker.Failure, None, http.StatusBadGateway},
	Lost:    {audit.ConnectionLost, Elsewhere, breaker.Failure, None, http.StatusBadGateway},

	// When the total deadline passes the relay is over whoever's fault it is.
	TotalTimeout:   {audit.TotalTimeout, Stop, breaker.Failure, None, http.StatusGatewayTimeout},
	AttemptTimeout: {audit.AttemptTimeout, Elsewhere, breaker.Failure, None, http.StatusGatewayTimeout},
	TTFTTimeout:    {audit.TTFTTimeout, Elsewhere, breaker.Failure, None, http.StatusGatewayTimeout},
	IdleTimeout:    {audit.IdleTimeout, Elsewhere, breaker.Failure, None, http.StatusGatewayTimeout},

	InvalidAnswer: {audit.InvalidAnswer, Elsewhere, breaker.Failure, None, http.StatusBadGateway},
	StreamError:   {audit.StreamError, Elsewhere, breaker.Failure, None, http.StatusBadGateway},
	Truncated:     {audit.StreamTruncated, Elsewhere, breaker.Failure, None, http.StatusBadGateway},
	Malformed:     {audit.StreamMalformed, Elsewhere, breaker.Failure, None, http.StatusBadGateway},

	// Nobody's fault; yet a Retry-After that had come before is honoured.
	ClientGone: {audit.ClientGone, Stop, breaker.Excluded, Asked, 0},
}

// Row returns the kind's row of the table.
func (k Kind) Row() *Row { return &table[k] }

// Timeout reports whether a deadline of ours ended the attempt.
func (k Kind) Timeout() bool {
	return k == TotalTimeout || k == AttemptTimeout || k == TTFTTimeout || k == IdleTimeout
}

// Status classifies an HTTP status; a 2xx is OK as far as the status goes.
func Status(code int) Kind {
	switch {
	case code >= 200 && code < 300:
		return OK
	case code >= 500 && code < 600:
		return ServerError
	}
	switch code {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return BadRequest
	case http.StatusUnauthorized, http.StatusForbidden:
		return Unauthorized
	case http.StatusPaymentRequired:
		return Payment
	case http.StatusRequestTimeout:
		return RequestTimeout
	case http.StatusTooManyRequests:
		return Limited
	}
	return Unexpected
}

// Told is what an error body makes of the kind its status had: some APIs say
// with a 400 or a 429 what has a status of its own elsewhere.
func (k Kind) Told(e llm.Error) Kind {
	if k != BadRequest && k != Limited {
		return k
	}
	switch {
	case e.Code == llm.CodeInsufficientQuota || e.Type == llm.CodeInsufficientQuota:
		return Payment
	case e.Code == llm.CodeInvalidKey && k == BadRequest:
		return Unauthorized
	}
	return k
}

// Transport classifies an error of the transport or of reading a body that is
// neither one of our timeouts nor the client's leaving.
func Transport(err error) Kind {
	if errors.Is(err, syscall.ECONNREFUSED) {
		return Refused
	}
	return Lost
}
