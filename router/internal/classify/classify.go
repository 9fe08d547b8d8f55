package classify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/routedrill/routedrill/router/llm"
)

// Status classifies an HTTP status; a 2xx is OK as far as the status goes.
func Status(code int) Kind {
	switch code {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return BadRequest
	case http.StatusRequestEntityTooLarge:
		return ContextLength
	case http.StatusUnauthorized, http.StatusForbidden:
		return Unauthorized
	case http.StatusPaymentRequired:
		return Payment
	case http.StatusNotFound:
		return ModelMissing
	case http.StatusConflict:
		return Conflict
	case http.StatusTooManyRequests:
		return Limited
	// 522 and 524 are an edge's words for an origin that does not answer:
	// https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
	case http.StatusRequestTimeout, http.StatusGatewayTimeout, 522, 524:
		return RequestTimeout
	// https://platform.claude.com/docs/en/api/errors: overloaded_error
	case 529:
		return Overloaded
	}
	switch code / 100 {
	case 2:
		return OK
	case 5:
		return ServerError
	}
	return Unexpected
}

// Worded reports whether the error's body may change the kind, so that it is
// worth reading.
func (k Kind) Worded() bool { return k >= BadRequest && k <= Limited }

// Told is what an error's body makes of the kind its status had: some APIs say
// with a 400, a 403 or a 429 what has a status of its own elsewhere. What counts
// is the code or the type, never the message.
func (k Kind) Told(e llm.Error) Kind {
	if !k.Worded() {
		return k
	}
	if e.Code == llm.CodeInsufficientQuota || e.Type == llm.CodeInsufficientQuota {
		return Payment
	}
	if k != BadRequest && k != ContextLength {
		return k
	}
	switch e.Code {
	case llm.CodeInvalidKey:
		return Unauthorized
	case llm.CodeModelNotFound:
		return ModelMissing
	case llm.CodeContextLength:
		return ContextLength
	// The first is Azure's. OpenAI's are those of images and of reasoning models:
	// https://platform.openai.com/docs/guides/reasoning#advice-on-prompting
	case llm.CodeContentFilter, "content_policy_violation", "invalid_prompt":
		return ContentFilter
	}
	return k
}

// Edge is what it means that an error is a web page: something in front of the
// API said it, which cannot judge the request.
func (k Kind) Edge(contentType string) Kind {
	if (k == BadRequest || k == ContextLength) && strings.HasPrefix(strings.ToLower(contentType), "text/html") {
		return Unexpected
	}
	return k
}

// Transport classifies an error of the transport or of reading a body that is
// neither one of our timeouts nor the client's leaving.
func Transport(err error) Kind {
	var (
		dns       *net.DNSError
		timeout   net.Error
		untrusted *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		plain     tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.As(err, &dns):
		return NoAddress
	case errors.As(err, &untrusted), errors.As(err, &authority), errors.As(err, &name), errors.As(err, &invalid),
		errors.As(err, &plain), errors.As(err, &alert):
		return Untrusted
	case errors.As(err, &timeout) && timeout.Timeout():
		return ConnectTimeout // the transport itself has no other timeouts than those of dialling and of TLS
	}
	return Lost
}
