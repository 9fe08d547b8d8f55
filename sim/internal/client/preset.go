package client

import (
	"net/http"
	"sort"
	"strconv"
	"time"
)

// Preset is how an SDK behaves around one request.
type Preset struct {
	Timeout    time.Duration // of one try; 0 means none
	MaxRetries int           // tries beyond the first

	// maxRetryAfter is the longest stated wait the SDK accepts.
	maxRetryAfter time.Duration
	// stopBeyond: a longer stated wait ends the request instead of being ignored.
	stopBeyond bool
}

// presets by name. Sources, read 2026-11-22:
//   - openai-python: openai/_constants.py (timeout 600 s, 2 retries, backoff
//     0.5 s to 8 s) and _base_client.py (jitter takes off up to a quarter;
//     Retry-After counts from above 0 to 60 s).
//   - openai-go v3.96.0: internal/requestconfig (2 retries, the same backoff,
//     Retry-After up to 2 minutes, a longer one is not retried; no timeout of
//     its own).
var presets = map[string]Preset{
	"none":          {Timeout: 60 * time.Second},
	"openai-python": {Timeout: 10 * time.Minute, MaxRetries: 2, maxRetryAfter: time.Minute},
	"openai-go":     {Timeout: 10 * time.Minute, MaxRetries: 2, maxRetryAfter: 2 * time.Minute, stopBeyond: true},
}

// Presets returns the names scenarios may use, sorted.
func Presets() []string {
	names := make([]string, 0, len(presets))
	for n := range presets {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = 8 * time.Second
)

// retries says whether the SDK asks again after this status; 0 is a failed
// connection or a timed-out try.
func retries(status int, h http.Header) bool {
	switch h.Get("X-Should-Retry") {
	case "true":
		return true
	case "false":
		return false
	}
	return status == 0 || status == http.StatusRequestTimeout || status == http.StatusConflict ||
		status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// wait is the pause before the next try after `tries` tries, and whether there
// is to be one. u is a draw in (0, 1).
func (p *Preset) wait(h http.Header, tries int, u float64) (time.Duration, bool) {
	if d, ok := stated(h); ok {
		if d > p.maxRetryAfter && p.stopBeyond {
			return 0, false
		}
		if d > 0 && d <= p.maxRetryAfter {
			return d, true
		}
	}
	d := maxBackoff
	if shift := tries - 1; shift < 5 {
		d = min(d, firstBackoff<<shift)
	}
	return (d - time.Duration(u*float64(d)/4)).Truncate(time.Microsecond), true
}

// stated reads Retry-After-Ms and Retry-After in seconds or as a date.
func stated(h http.Header) (time.Duration, bool) {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < 1e12 {
		return time.Duration(ms * float64(time.Millisecond)), true
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 && s < 1e9 {
		return time.Duration(s * float64(time.Second)), true
	}
	if t, err := http.ParseTime(v); err == nil {
		return time.Until(t), true
	}
	return 0, false
}
