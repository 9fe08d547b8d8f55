package anthropic

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// The types of errors.
const (
	invalidRequest = "invalid_request_error"
	authentication = "authentication_error"
	billing        = "billing_error"
	permission     = "permission_error"
	notFound       = "not_found_error"
	tooLarge       = "request_too_large"
	rateLimit      = "rate_limit_error"
	apiError       = "api_error"
	timeout        = "timeout_error"
	overloaded     = "overloaded_error"
)

const (
	statusOverloaded = 529

	bodyTail = ",\"request_id\":\"req_"
)

// fail is an error answer. Its request id is filled in by [wire.Error.Identify].
func fail(status int, kind, message string) *wire.Error {
	b := make([]byte, 0, 128+len(message))
	b = append(b, "{\"type\":\"error\",\"error\":{\"type\":\""...)
	b = append(b, kind...)
	b = append(b, "\",\"message\":"...)
	b = wire.AppendString(b, message)
	b = append(append(b, '}'), bodyTail...)
	at := len(b)
	b = wire.AppendID(b, 0, idLen)
	return &wire.Error{Status: status, Body: append(b, "\"}"...), Code: kind, IDAt: at, IDLen: idLen}
}

func invalid(message string) *wire.Error {
	return fail(http.StatusBadRequest, invalidRequest, message)
}

func badKey() *wire.Error {
	return fail(http.StatusUnauthorized, authentication, "invalid x-api-key")
}

// Refuse words a refusal.
func (API) Refuse(p *wire.Problem) *wire.Error {
	switch p.Kind {
	case wire.TooLarge:
		return fail(http.StatusRequestEntityTooLarge, tooLarge, "Request exceeds the maximum allowed number of bytes.")
	case wire.NoModel, wire.Retired:
		return fail(http.StatusNotFound, notFound, "model: "+wire.Clip(p.Model))
	case wire.WrongEndpoint:
		return invalid("\"" + wire.Clip(p.Model) + "\" is not supported on this API.")
	case wire.TooLong:
		return tooLong(p)
	case wire.TooManyOut:
		return invalid(p.Field + ": " + strconv.Itoa(p.Asked) + " > " + strconv.Itoa(p.Limit) +
			", which is the maximum allowed number of output tokens for " + wire.Clip(p.Model))
	case wire.RateLimited:
		return limited(p)
	case wire.Exhausted:
		return invalid("Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.")
	case wire.SlowDown:
		return waiting(p, "This request would exceed your organization's maximum usage increase rate. Please scale up your usage more "+
			"gradually to stay within the acceleration limit. For details, refer to: https://docs.claude.com/en/api/rate-limits.")
	case wire.Overloaded:
		return full(p)
	case wire.Filtered:
		return invalid("Output blocked by content filtering policy")
	case wire.BadKey:
		return badKey()
	default:
		e := scripted(cmp.Or(p.Status, http.StatusInternalServerError))
		e.Wait = p.Wait
		return e
	}
}

func tooLong(p *wire.Problem) *wire.Error {
	if p.Prompt > p.Limit {
		return invalid("prompt is too long: " + strconv.Itoa(p.Prompt) + " tokens > " + strconv.Itoa(p.Limit) + " maximum")
	}
	return invalid("input length and `max_tokens` exceed context limit: " + strconv.Itoa(p.Prompt) + " + " + strconv.Itoa(p.Completion) +
		" > " + strconv.Itoa(p.Limit) + ", decrease input length or `max_tokens` and try again")
}

// limited is the answer to a request beyond a quota.
func limited(p *wire.Problem) *wire.Error {
	per := " per minute"
	unit := "tokens"
	switch p.Unit {
	case wire.UnitConcurrency:
		return waiting(p, "Number of concurrent connections has exceeded your rate limit. Please try again later or contact sales at "+
			"https://claude.com/contact-sales to discuss your options for a rate limit increase.")
	case wire.UnitRequests:
		unit = "requests"
	case wire.UnitDaily:
		unit, per = "requests", " per day"
	case wire.UnitInputTokens:
		unit = "input tokens"
	case wire.UnitOutputTokens:
		unit = "output tokens"
	}
	return waiting(p, "This request would exceed your organization's rate limit of "+thousands(p.Limit)+" "+unit+per+
		" (org: "+organisation+", model: "+wire.Clip(p.Model)+"). For details, refer to: https://docs.claude.com/en/api/rate-limits. "+
		"You can see the response headers for current usage. Please reduce the prompt length or the maximum tokens requested, or try "+
		"again later. You may also contact sales at https://claude.com/contact-sales to discuss your options for a rate limit increase.")
}

// waiting is a rate_limit_error that states the wait of the problem.
func waiting(p *wire.Problem, message string) *wire.Error {
	e := fail(http.StatusTooManyRequests, rateLimit, message)
	e.Wait = p.Wait
	return e
}

// full is the answer of a provider without capacity.
func full(p *wire.Problem) *wire.Error {
	status, kind := p.Status, overloaded
	switch status {
	case 0:
		status = statusOverloaded
	case http.StatusTooManyRequests:
		kind = rateLimit
	}
	e := fail(status, kind, "Overloaded")
	e.Wait = p.Wait
	return e
}

// scripted is the error the service sends with a status.
func scripted(status int) *wire.Error {
	kind, message := invalidRequest, http.StatusText(status)
	switch status {
	case http.StatusUnauthorized:
		return badKey()
	case http.StatusPaymentRequired:
		kind, message = billing, "There's an issue with your billing or payment information."
	case http.StatusForbidden:
		kind, message = permission, "Your API key does not have permission to use the specified resource."
	case http.StatusNotFound:
		kind, message = notFound, "Not Found"
	case http.StatusRequestEntityTooLarge:
		kind, message = tooLarge, "Request exceeds the maximum allowed number of bytes."
	case http.StatusTooManyRequests:
		kind, message = rateLimit, "Your account has hit a rate limit."
	case http.StatusGatewayTimeout:
		kind, message = timeout, "The request timed out while processing."
	case statusOverloaded:
		kind, message = overloaded, "Overloaded"
	default:
		if status >= http.StatusInternalServerError {
			kind, message = apiError, "Internal server error"
		}
	}
	if message == "" {
		message = "Request failed with status " + strconv.Itoa(status)
	}
	return fail(status, kind, message)
}

// thousands writes 30000 as 30,000.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
