package classify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
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
		400: BadRequest, 404: BadRequest, 409: BadRequest, 413: BadRequest, 422: BadRequest,
		401: Unauthorized, 403: Unauthorized, 402: Payment, 408: RequestTimeout, 429: Limited,
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

func TestTable(t *testing.T) {
	for _, row := range []struct {
		kind    Kind
		verdict Verdict
		outcome breaker.Outcome
		cooling Cooling
		status  int
	}{
		{Panic, Stop, breaker.Failure, None, 500},
		{OK, Stop, breaker.Success, None, 0},
		{BadRequest, Stop, breaker.Success, None, 0},
		{Unauthorized, Elsewhere, breaker.Failure, Asked, 502},
		{Payment, Elsewhere, breaker.Excluded, Long, 502},
		{RequestTimeout, Elsewhere, breaker.Failure, Asked, 504},
		{Limited, Elsewhere, breaker.Excluded, Short, 429},
		{ServerError, Elsewhere, breaker.Failure, Asked, 503},
		{Unexpected, Elsewhere, breaker.Failure, Asked, 502},
		{Refused, Elsewhere, breaker.Failure, None, 502},
		{Lost, Elsewhere, breaker.Failure, None, 502},
		{TotalTimeout, Stop, breaker.Failure, None, 504},
		{AttemptTimeout, Elsewhere, breaker.Failure, None, 504},
		{TTFTTimeout, Elsewhere, breaker.Failure, None, 504},
		{IdleTimeout, Elsewhere, breaker.Failure, None, 504},
		{InvalidAnswer, Elsewhere, breaker.Failure, None, 502},
		{StreamError, Elsewhere, breaker.Failure, None, 502},
		{Truncated, Elsewhere, breaker.Failure, None, 502},
		{Malformed, Elsewhere, breaker.Failure, None, 502},
		{ClientGone, Stop, breaker.Excluded, Asked, 0},
	} {
		got := row.kind.Row()
		t.Run(got.Reason, func(t *testing.T) {
			require.Equal(t, Row{got.Reason, row.verdict, row.outcome, row.cooling, row.status}, *got)
			require.Contains(t, audit.Reasons(), got.Reason)
		})
	}
	require.Len(t, audit.Reasons(), int(ClientGone)+1, "each kind has its own reason")
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
		{"400 for a wrong key", BadRequest, llm.Error{Code: "invalid_api_key"}, Unauthorized},
		{"400 for itself", BadRequest, llm.Error{Code: "context_length_exceeded"}, BadRequest},
		{"500 whatever it says", ServerError, llm.Error{Code: "insufficient_quota"}, ServerError},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, row.kind.Told(row.e)) })
	}
}

func TestTransport(t *testing.T) {
	op := func(err error) error {
		return fmt.Errorf("round trip: %w", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)})
	}
	require.Equal(t, Refused, Transport(op(syscall.ECONNREFUSED)))
	for _, err := range []error{op(syscall.ECONNRESET), io.EOF, io.ErrUnexpectedEOF, context.Canceled, errors.New("connection refused")} {
		require.Equal(t, Lost, Transport(err), err)
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
		{"fraction", http.Header{"Retry-After": {"0.5"}}, 500 * time.Millisecond},
		{"milliseconds first", http.Header{"Retry-After-Ms": {"1500"}, "Retry-After": {"9"}}, 1500 * time.Millisecond},
		{"bad milliseconds", http.Header{"Retry-After-Ms": {"soon"}, "Retry-After": {"9"}}, 9 * time.Second},
		{"date", http.Header{"Retry-After": {"Wed, 01 Jan 2025 12:01:30 GMT"}}, 90 * time.Second},
		{"date in the past", http.Header{"Retry-After": {"Wed, 01 Jan 2025 11:00:00 GMT"}}, 0},
		{"zero", http.Header{"Retry-After": {"0"}}, 0},
		{"negative", http.Header{"Retry-After": {"-3"}}, 0},
		{"not a number", http.Header{"Retry-After": {"NaN"}}, 0},
		{"absurd", http.Header{"Retry-After": {"1e300"}}, 1<<62 - 1},
		{"words", http.Header{"Retry-After": {"later"}}, 0},
	} {
		t.Run(row.name, func(t *testing.T) { require.Equal(t, row.want, RetryAfter(row.header, now)) })
	}
}
