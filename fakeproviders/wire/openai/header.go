package openai

import (
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// Version is the API version stated in openai-version.
const Version = "2020-10-01"

// Shared header values. Their capacity equals their length, so that Add on a
// header copies instead of writing into them; nobody changes them in place.
var (
	jsonType   = []string{"application/json"}
	streamType = []string{"text/event-stream; charset=utf-8"}
	version    = []string{Version}
)

// SetHeaders sets the headers every answer has: its type, the request id
// derived from id, the processing time and the version.
func SetHeaders(h http.Header, stream bool, id uint64, processing time.Duration) {
	// One array for both values; each slice is capped to its own element.
	values := make([]string, 2)
	values[0] = string(wire.AppendID(append(make([]byte, 0, 32), "req_"...), id, 24))
	values[1] = strconv.FormatInt(processing.Milliseconds(), 10)
	h["Content-Type"] = jsonType
	if stream {
		h["Content-Type"] = streamType
	}
	h["X-Request-Id"] = values[0:1:1]
	h["Openai-Processing-Ms"] = values[1:2:2]
	h["Openai-Version"] = version
}

// SetRates sets the x-ratelimit headers of the quotas that have a limit.
func SetRates(h http.Header, r *wire.Rates) {
	requests, tokens := &r.Requests, &r.Tokens
	if requests.Limit > 0 {
		h["X-Ratelimit-Limit-Requests"] = []string{strconv.Itoa(requests.Limit)}
		h["X-Ratelimit-Remaining-Requests"] = []string{strconv.Itoa(requests.Remaining)}
		h["X-Ratelimit-Reset-Requests"] = []string{string(AppendDuration(nil, requests.Reset))}
	}
	if tokens.Limit > 0 {
		h["X-Ratelimit-Limit-Tokens"] = []string{strconv.Itoa(tokens.Limit)}
		h["X-Ratelimit-Remaining-Tokens"] = []string{strconv.Itoa(tokens.Remaining)}
		h["X-Ratelimit-Reset-Tokens"] = []string{string(AppendDuration(nil, tokens.Reset))}
	}
}

// SetRetryAfter states a wait in retry-after in whole seconds and in
// retry-after-ms, both rounded up.
func SetRetryAfter(h http.Header, wait time.Duration) {
	h["Retry-After"] = []string{strconv.FormatInt(ceil(wait, time.Second), 10)}
	h["Retry-After-Ms"] = []string{strconv.FormatInt(ceil(wait, time.Millisecond), 10)}
}

func ceil(d, unit time.Duration) int64 { return int64((d + unit - 1) / unit) }

// AppendDuration appends a wait as the service writes it, whole milliseconds
// rounded up: 20ms, 8.64s, 6m0s.
func AppendDuration(dst []byte, d time.Duration) []byte {
	return append(dst, (time.Duration(ceil(d, time.Millisecond)) * time.Millisecond).String()...)
}
