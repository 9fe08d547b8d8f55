package classify

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter returns the wait an answer asks for: `retry-after-ms` first, being
// finer, then Retry-After in seconds or as a date. 0 means none; what cannot
// be read or lies in the past is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if d := number(first(h, "Retry-After-Ms"), time.Millisecond); d > 0 {
		return d
	}
	v := first(h, "Retry-After")
	if d := number(v, time.Second); d > 0 {
		return d
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}

// limits are the headers that tell of one limit each: when it is whole again,
// and how much of it is left.
var limits = [...]struct{ reset, remaining string }{
	// Durations such as 6m0s: https://platform.openai.com/docs/guides/rate-limits
	{"X-Ratelimit-Reset-Requests", "X-Ratelimit-Remaining-Requests"},
	{"X-Ratelimit-Reset-Tokens", "X-Ratelimit-Remaining-Tokens"},
	// RFC 3339: https://platform.claude.com/docs/en/api/rate-limits
	{"Anthropic-Ratelimit-Requests-Reset", "Anthropic-Ratelimit-Requests-Remaining"},
	{"Anthropic-Ratelimit-Tokens-Reset", "Anthropic-Ratelimit-Tokens-Remaining"},
	{"Anthropic-Ratelimit-Input-Tokens-Reset", "Anthropic-Ratelimit-Input-Tokens-Remaining"},
	{"Anthropic-Ratelimit-Output-Tokens-Reset", "Anthropic-Ratelimit-Output-Tokens-Remaining"},
}

// Reset returns the wait that the headers about limits suggest to who has been
// limited and not told for how long: until all limits that are used up are
// whole again; where none says that it is used up (a large request does not fit
// into a rest), until the first of them is. 0 means that none says anything.
func Reset(h http.Header, now time.Time) time.Duration {
	var used, soonest time.Duration
	for _, l := range limits {
		d := Ahead(first(h, l.reset), now)
		if d <= 0 {
			continue
		}
		if left := first(h, l.remaining); left == "0" {
			used = max(used, d)
		}
		if soonest == 0 || d < soonest {
			soonest = d
		}
	}
	if used > 0 {
		return used
	}
	return soonest
}

// Ahead reads how far an instant lies ahead of now: a duration, seconds or RFC
// 3339. It is 0 for what cannot be read or lies in the past.
func Ahead(s string, now time.Time) time.Duration {
	if d := number(s, time.Second); d > 0 {
		return d
	}
	if d, err := time.ParseDuration(s); err == nil {
		return max(d, 0)
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

func first(h http.Header, key string) string {
	if v := h[key]; len(v) > 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}

// number reads a count of units, whole or with a fraction, and rounds it up to
// the microsecond. It returns 0 for what is no positive number.
func number(s string, unit time.Duration) time.Duration {
	if s == "" || s[0] < '0' || s[0] > '9' || strings.ContainsAny(s, "xX_pP") {
		return 0 // signs, words for infinity, and notations of Go's own are no numbers to HTTP
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f <= 0 {
		return 0
	}
	us := math.Ceil(f * float64(unit/time.Microsecond))
	if us > float64(math.MaxInt64/int64(time.Microsecond)/2) {
		return time.Duration(math.MaxInt64 / 2)
	}
	return time.Duration(us) * time.Microsecond
}
