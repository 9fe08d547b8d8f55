package classify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/breaker"
	"github.com/routedrill/routedrill/router/llm"
)

func TestStatus(t *testing.T) {
	want := map[int]Kind{
		400: BadRequest, 422: BadRequest, 413: ContextLength, 404: ModelMissing, 409: Conflict,
		401: Unauthorized, 403: Unauthorized, 402: Payment, 429: Limited,
		408: RequestTimeout, 504: RequestTimeout, 522: RequestTimeout, 524: RequestTimeout, 529: Overloaded,
	}
	for code := 100; code < 1000; code++ {
		kind, special := want[code]
		switch {
		case special:
		case code/100 == 2:
			kind = OK
		case code/100 == 5:
			kind = ServerError
		default:
			kind = Unexpected
		}
		require.Equal(t, kind, Status(code), code)
	}
}

// TestTable is the table again, in other words: a change of mind is made twice.
func TestTable(t *testing.T) {
	const again, once, alert, calm = true, false, true, false
	const success, failure, excluded = breaker.Success, breaker.Failure, breaker.Excluded
	rows := map[Kind]Row{
		Panic:          {"panic", Stop, once, failure, None, 500, 0, calm},
		OK:             {"ok", Stop, once, success, None, 0, 0, calm},
		BadRequest:     {"bad_request", Stop, once, success, None, 0, 0, calm},
		ContentFilter:  {"content_filter", Stop, once, success, None, 0, 0, calm},
		ContextLength:  {"context_length", Larger, once, success, None, 0, 0, calm},
		Unauthorized:   {"unauthorized", Elsewhere, once, failure, Asked, 502, 0, alert},
		Payment:        {"payment_required", Elsewhere, once, excluded, Long, 502, 0, alert},
		ModelMissing:   {"model_missing", Elsewhere, once, failure, Asked, 404, 502, alert},
		Conflict:       {"conflict", Elsewhere, again, excluded, Asked, 503, 0, calm},
		Limited:        {"rate_limited", Elsewhere, again, excluded, Short, 429, 503, calm},
		RequestTimeout: {"request_timeout", Elsewhere, once, failure, Asked, 504, 0, calm},
		Overloaded:     {"overloaded", Elsewhere, again, failure, Asked, 503, 0, calm},
		ServerError:    {"server_error", Here, again, failure, Asked, 503, 0, calm},
		Unexpected:     {"unexpected_status", Elsewhere, again, failure, Asked, 502, 0, calm},
		NoAddress:      {"dns_failure", Elsewhere, again, failure, None, 502, 0, calm},
		Refused:        {"connection_refused", Elsewhere, again, failure, None, 502, 0, calm},
		Untrusted:      {"tls_failure", Elsewhere, once, failure, None, 502, 0, calm},
		ConnectTimeout: {"connect_timeout", Elsewhere, once, failure, None, 504, 0, calm},
		Lost:           {"connection_lost", Here, again, failure, None, 502, 0, calm},
		TotalTimeout:   {"total_timeout", Stop, once, failure, None, 504, 0, calm},
		AttemptTimeout: {"attempt_timeout", Elsewhere, once, failure, None, 504, 0, calm},
		TTFTTimeout:    {"ttft_timeout", Elsewhere, once, failure, None, 504, 0, calm},
		IdleTimeout:    {"idle_timeout", Elsewhere, once, failure, None, 504, 0, calm},
		StreamSlow:     {"stream_slow", Elsewhere, once, failure, None, 504, 0, calm},
		InvalidAnswer:  {"invalid_answer", Elsewhere, again, failure, None, 502, 0, calm},
		StreamError:    {"stream_error", Elsewhere, again, failure, None, 502, 0, calm},
		Truncated:      {"stream_truncated", Elsewhere, again, failure, None, 502, 0, calm},
		Malformed:      {"stream_malformed", Elsewhere, again, failure, None, 502, 0, calm},
		HedgeLost:      {"hedge_lost", Stop, once, excluded, Asked, 0, 0, calm},
		ClientGone:     {"client_cancelled", Stop, once, excluded, Asked, 0, 0, calm},
	}
	seen := map[string]bool{}
	for kind := Panic; kind <= ClientGone; kind++ {
		want, there := rows[kind]
		require.True(t, there, "kind %d", kind)
		require.Equal(t, want, *kind.Row())
		require.Contains(t, audit.Reasons(), want.Reason)
		require.False(t, seen[want.Reason], "each kind has its own reason")
		seen[want.Reason] = true
	}
	require.Len(t, audit.Reasons(), len(seen))
}

func TestTold(t *testing.T) {
	for _, row := range []struct {
		name string
		kind Kind
		e    llm.Error
		want Kind
	}{
		{"429 without a word", Limited, llm.Error{}, Limited},
		{"429 for want of credit", Limited, llm.Error{Code: "insufficient_quota"}, Payment},
		{"429 for want of credit, by type", Limited, llm.Error{Type: "insufficient_quota"}, Payment},
		{"400 for want of credit", BadRequest, llm.Error{Type: "invalid_request_error", Code: "insufficient_quota"}, Payment},
		{"403 for want of credit", Unauthorized, llm.Error{Code: "insufficient_quota"}, Payment},
		{"400 for a wrong key", BadRequest, llm.Error{Code: "invalid_api_key"}, Unauthorized},
		{"400 for a missing model", BadRequest, llm.Error{Code: "model_not_found"}, ModelMissing},
		{"400 for length", BadRequest, llm.Error{Code: "context_length_exceeded"}, ContextLength},
		{"413 for length", ContextLength, llm.Error{Code: "request_too_large"}, ContextLength},
		{"400 for what it says", BadRequest, llm.Error{Code: "content_filter"}, ContentFilter},
		{"400 for what it says, to a reasoning model", BadRequest, llm.Error{Code: "invalid_prompt"}, ContentFilter},
		{"400 for another reason", BadRequest, llm.Error{Code: "invalid_value"}, BadRequest},
		{"the text decides nothing", BadRequest, llm.Error{Message: "context_length_exceeded insufficient_quota"}, BadRequest},
		{"500 whatever it says", ServerError, llm.Error{Code: "insufficient_quota"}, ServerError},
		{"408 whatever it says", RequestTimeout, llm.Error{Code: "insufficient_quota"}, RequestTimeout},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, row.kind.Told(row.e)) })
	}
}

func TestEdge(t *testing.T) {
	require.Equal(t, Unexpected, BadRequest.Edge("text/html; charset=utf-8"))
	require.Equal(t, Unexpected, ContextLength.Edge("TEXT/HTML"))
	require.Equal(t, BadRequest, BadRequest.Edge("application/json"))
	require.Equal(t, BadRequest, BadRequest.Edge(""), "an API that says nothing of its type still speaks")
	require.Equal(t, Unauthorized, Unauthorized.Edge("text/html"), "elsewhere anyway")
}

func TestTransport(t *testing.T) {
	op := func(err error) error {
		return fmt.Errorf("round trip: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err})
	}
	call := func(err error) error { return op(os.NewSyscallError("connect", err)) }
	for _, row := range []struct {
		name string
		err  error
		want Kind
	}{
		{"refused", call(syscall.ECONNREFUSED), Refused},
		{"no such host", op(&net.DNSError{Err: "no such host", IsNotFound: true}), NoAddress},
		{"resolver silent", op(&net.DNSError{Err: "i/o timeout", IsTimeout: true}), NoAddress},
		{"certificate", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, Untrusted},
		{"host name", fmt.Errorf("tls: %w", x509.HostnameError{Certificate: &x509.Certificate{}}), Untrusted},
		{"expired", x509.CertificateInvalidError{Reason: x509.Expired}, Untrusted},
		{"no TLS there", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, Untrusted},
		{"alert", op(tls.AlertError(40)), Untrusted},
		{"connect timeout", op(os.ErrDeadlineExceeded), ConnectTimeout},
		{"timed out by the kernel", call(syscall.ETIMEDOUT), ConnectTimeout},
		{"reset", call(syscall.ECONNRESET), Lost},
		{"end", io.EOF, Lost},
		{"cut", io.ErrUnexpectedEOF, Lost},
		{"cancelled by somebody else", context.Canceled, Lost},
		{"words", errors.New("connection refused"), Lost},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, Transport(row.err)) })
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"none", nil, 0},
		{"seconds", http.Header{"Retry-After": {"20"}}, 20 * time.Second},
		{"blanks", http.Header{"Retry-After": {" 20 "}}, 20 * time.Second},
		{"fraction", http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		{"milliseconds first", http.Header{"Retry-After-Ms": {"1500"}, "Retry-After": {"9"}}, 1500 * time.Millisecond},
		{"bad milliseconds", http.Header{"Retry-After-Ms": {"soon"}, "Retry-After": {"9"}}, 9 * time.Second},
		{"date", http.Header{"Retry-After": {"Wed, 01 Jan 2025 12:01:30 GMT"}}, 90 * time.Second},
		{"date in the past", http.Header{"Retry-After": {"Wed, 01 Jan 2025 11:00:00 GMT"}}, 0},
		{"zero", http.Header{"Retry-After": {"0"}}, 0},
		{"negative", http.Header{"Retry-After": {"-3"}}, 0},
		{"plus", http.Header{"Retry-After": {"+3"}}, 0},
		{"not a number", http.Header{"Retry-After": {"NaN"}}, 0},
		{"endless", http.Header{"Retry-After": {"Infinity"}}, 0},
		{"hexadecimal", http.Header{"Retry-After": {"0x10"}}, 0},
		{"absurd", http.Header{"Retry-After": {"1e300"}}, 1<<62 - 1},
		{"words", http.Header{"Retry-After": {"later"}}, 0},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, RetryAfter(row.header, now)) })
	}
}

func TestReset(t *testing.T) {
	now := time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"none", nil, 0},
		{"duration", http.Header{"X-Ratelimit-Reset-Requests": {"6m0s"}}, 6 * time.Minute},
		{"milliseconds", http.Header{"X-Ratelimit-Reset-Tokens": {"120ms"}}, 120 * time.Millisecond},
		{"plain seconds", http.Header{"X-Ratelimit-Reset-Tokens": {"17"}}, 17 * time.Second},
		{"an instant", http.Header{"Anthropic-Ratelimit-Requests-Reset": {"2025-01-01T12:00:42Z"}}, 42 * time.Second},
		{"an instant of another zone", http.Header{"Anthropic-Ratelimit-Tokens-Reset": {"2025-01-01T13:00:42+01:00"}}, 42 * time.Second},
		{"an instant that has passed", http.Header{"Anthropic-Ratelimit-Tokens-Reset": {"2025-01-01T11:00:42Z"}}, 0},
		{"the one that is used up", http.Header{
			"X-Ratelimit-Reset-Requests": {"1s"}, "X-Ratelimit-Remaining-Requests": {"99"},
			"X-Ratelimit-Reset-Tokens": {"30s"}, "X-Ratelimit-Remaining-Tokens": {"0"},
		}, 30 * time.Second},
		{"both used up", http.Header{
			"Anthropic-Ratelimit-Input-Tokens-Reset": {"2025-01-01T12:00:10Z"}, "Anthropic-Ratelimit-Input-Tokens-Remaining": {"0"},
			"Anthropic-Ratelimit-Output-Tokens-Reset": {"2025-01-01T12:00:20Z"}, "Anthropic-Ratelimit-Output-Tokens-Remaining": {"0"},
		}, 20 * time.Second},
		{"none used up", http.Header{"X-Ratelimit-Reset-Requests": {"8s"}, "X-Ratelimit-Reset-Tokens": {"30s"}}, 8 * time.Second},
		{"negative", http.Header{"X-Ratelimit-Reset-Requests": {"-8s"}}, 0},
		{"words", http.Header{"X-Ratelimit-Reset-Requests": {"soon"}, "X-Ratelimit-Reset-Tokens": {"3s"}}, 3 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, Reset(row.header, now)) })
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, s := range []string{"", "1", "0.5", "1e300", "Wed, 01 Jan 2025 12:01:30 GMT", "6m0s", "2025-01-01T12:00:42Z", "-1", "NaN", "0x1p4"} {
		f.Add(s)
	}
	now := time.Date(2025, 1, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		h := http.Header{"Retry-After": {s}, "Retry-After-Ms": {s}, "X-Ratelimit-Reset-Tokens": {s}, "X-Ratelimit-Remaining-Tokens": {"0"}}
		require.GreaterOrEqual(t, RetryAfter(h, now), time.Duration(0))
		require.GreaterOrEqual(t, Reset(h, now), time.Duration(0))
		if strings.HasPrefix(s, "-") {
			require.Zero(t, RetryAfter(h, now))
		}
	})
}
