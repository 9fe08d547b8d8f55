package classify

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// RetryAfter returns the wait an answer asks for: `retry-after-ms` first, being
// finer, then Retry-After in seconds or as a date. 0 means none; what cannot
// be read or lies in the past is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if v := first(h, "Retry-After-Ms"); v != "" {
		if d := number(v, time.Millisecond); d > 0 {
			return d
		}
	}
	v := first(h, "Retry-After")
	if v == "" {
		return 0
	}
	if d := number(v, time.Second); d > 0 {
		return d
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}

func first(h http.Header, key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// number reads a count of units, whole or with a fraction, and rounds it up to
// the microsecond. It returns 0 for what is no positive number.
func number(s string, unit time.Duration) time.Duration {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || f <= 0 {
		return 0
	}
	us := math.Ceil(f * float64(unit/time.Microsecond))
	if us > float64(math.MaxInt64/int64(time.Microsecond)/2) {
		return time.Duration(math.MaxInt64 / 2)
	}
	return time.Duration(us) * time.Microsecond
}
