package requestlog

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// entry is a row while it is read.
type entry struct {
	row        Row
	start, end stamp
	first      stamp
	generation time.Duration // from the first token on
	streamed   *bool
	failed     bool // the log says so in words
	code       int  // of the error
	hasStatus  bool // as a number
	skip       bool // no request to a provider

	hasLatency, hasCost bool
}

// stamp is an instant, or an offset from an unknown one. The zero stamp is none.
type stamp struct {
	at      time.Time
	offset  time.Duration
	instant bool
	known   bool
}

func latencyOf(e *entry) *time.Duration    { e.hasLatency = true; return &e.row.Latency }
func ttftOf(e *entry) *time.Duration       { return &e.row.TTFT }
func generationOf(e *entry) *time.Duration { e.hasLatency = true; return &e.generation }
func promptOf(e *entry) *int               { return &e.row.PromptTokens }
func outputOf(e *entry) *int               { return &e.row.OutputTokens }
func maxOf(e *entry) *int                  { return &e.row.MaxTokens }
func cachedOf(e *entry) *int               { return &e.row.CachedTokens }

func start(e *entry, v string) (err error) { e.start, err = parseStamp(v); return err }
func end(e *entry, v string) (err error)   { e.end, err = parseStamp(v); return err }
func first(e *entry, v string) (err error) { e.first, err = parseStamp(v); return err }

func provider(e *entry, v string) error { return text(&e.row.Provider, v) }
func route(e *entry, v string) error    { return text(&e.row.Route, v) }
func task(e *entry, v string) error     { return text(&e.row.Task, v) }
func tenant(e *entry, v string) error   { return text(&e.row.Tenant, v) }
func prompt(e *entry, v string) error   { return text(&e.row.Prompt, v) }

// model takes the first column that has one.
func model(e *entry, v string) error {
	if e.row.Model != "" {
		return nil
	}
	return text(&e.row.Model, v)
}

func text(to *string, v string) error {
	if len(v) > maxName {
		return fmt.Errorf("longer than %d bytes", maxName)
	}
	*to = v
	return nil
}

// tokens reads a count. Some exports write whole numbers as 12.0.
func tokens(of func(*entry) *int) func(*entry, string) error {
	return func(e *entry, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n != math.Trunc(n) {
			return fmt.Errorf("%.40q is not a whole number", v)
		}
		if n < 0 || n > maxTokens {
			return fmt.Errorf("%.40q is not between 0 and %d", v, maxTokens)
		}
		*of(e) = int(n)
		return nil
	}
}

func millis(of func(*entry) *time.Duration) func(*entry, string) error {
	return span(of, time.Millisecond)
}

func seconds(of func(*entry) *time.Duration) func(*entry, string) error {
	return span(of, time.Second)
}

func span(of func(*entry) *time.Duration, unit time.Duration) func(*entry, string) error {
	return func(e *entry, v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || math.IsNaN(n) {
			return fmt.Errorf("%.40q is not a number", v)
		}
		if n < 0 || n > float64(maxTime/unit) {
			return fmt.Errorf("%.40q is not between 0 and %d", v, maxTime/unit)
		}
		*of(e) = time.Duration(math.Round(n * float64(unit)))
		return nil
	}
}

func cost(e *entry, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(n) {
		return fmt.Errorf("%.40q is not a number", v)
	}
	if n < 0 || n > 1e6 {
		return fmt.Errorf("%.40q is not between 0 and 1000000", v)
	}
	e.row.CostUSD, e.hasCost = n, true
	return nil
}

func status(e *entry, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n != math.Trunc(n) || n != 0 && (n < 100 || n > 599) {
		return fmt.Errorf("%.40q is not an HTTP status, nor 0 for no answer", v)
	}
	e.row.Status, e.hasStatus = int(n), true
	return nil
}

// success reads how a request ended where that is a word.
func success(e *entry, v string) error {
	switch strings.ToLower(v) {
	case "success", "true", "1":
	case "failure", "false", "0":
		e.failed = true
	default:
		return fmt.Errorf("%.40q is neither success nor failure", v)
	}
	return nil
}

// errorCode reads the code of an error, which need not be a number.
func errorCode(e *entry, v string) error {
	if n, err := strconv.Atoi(v); err == nil && n >= 400 && n <= 599 {
		e.code = n
	}
	return nil
}

func level(e *entry, v string) error {
	e.failed = strings.EqualFold(v, "ERROR")
	return nil
}

// generation skips what is no call of a model.
func generation(e *entry, v string) error {
	e.skip = e.skip || !strings.EqualFold(v, "GENERATION") && !strings.EqualFold(v, "EMBEDDING")
	if strings.EqualFold(v, "EMBEDDING") {
		e.row.Endpoint = "embeddings"
	}
	return nil
}

// cacheHit skips what the gateway answered from its own cache.
func cacheHit(e *entry, v string) error {
	hit, err := boolean(v)
	if err != nil && !strings.EqualFold(v, "none") {
		return err
	}
	e.skip = e.skip || hit
	return nil
}

func stream(e *entry, v string) error {
	b, err := boolean(v)
	e.streamed = &b
	return err
}

func boolean(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "true", "1", "t":
		return true, nil
	case "false", "0", "f":
		return false, nil
	}
	return false, fmt.Errorf("%.40q is neither true nor false", v)
}

// endpoint reads the name of an endpoint, or the path of its URL.
func endpoint(e *entry, v string) error {
	v, _, _ = strings.Cut(strings.ToLower(v), "?")
	switch {
	case strings.HasSuffix(v, "embeddings"):
		e.row.Endpoint = "embeddings"
	case strings.HasSuffix(v, "chat/completions") || !strings.HasSuffix(v, "completions"):
		e.row.Endpoint = "chat"
	default:
		e.row.Endpoint = "completions"
	}
	return nil
}

func callType(e *entry, v string) error {
	switch {
	case strings.Contains(v, "embedding"):
		e.row.Endpoint = "embeddings"
	case strings.Contains(v, "text_completion"):
		e.row.Endpoint = "completions"
	}
	return nil
}

var errTime = errors.New("not RFC 3339, a date with a time, nor a number of seconds")

// parseStamp reads an instant, with or without a zone, or a number: seconds or
// milliseconds since 1970, or else seconds since an unknown instant.
func parseStamp(v string) (stamp, error) {
	if n, err := strconv.ParseFloat(v, 64); err == nil {
		switch {
		case math.IsNaN(n) || n < 0 || n > 1e13:
			return stamp{}, fmt.Errorf("%.40q is %w", v, errTime)
		case n >= 1e11:
			return stamp{at: time.UnixMilli(int64(n)).UTC(), instant: true, known: true}, nil
		case n >= 1e8:
			whole, part := math.Modf(n)
			return stamp{at: time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), instant: true, known: true}, nil
		}
		return stamp{offset: time.Duration(math.Round(n*1e6)) * time.Microsecond, known: true}, nil
	}
	v = strings.TrimSuffix(v, " UTC")
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, v); err == nil { // all accept a fraction of a second
			if t.Year() < 1970 || t.Year() > 2200 {
				return stamp{}, fmt.Errorf("%.40q is not between 1970 and 2200", v)
			}
			return stamp{at: t.UTC(), instant: true, known: true}, nil
		}
	}
	return stamp{}, fmt.Errorf("%.40q is %w", v, errTime)
}

// since is the time from a to b.
func (a stamp) since(b stamp) (time.Duration, bool) {
	if !a.known || !b.known || a.instant != b.instant {
		return 0, false
	}
	if a.instant {
		return b.at.Sub(a.at), true
	}
	return b.offset - a.offset, true
}

// finish works out what the row follows from.
func (e *entry) finish() error {
	r := &e.row
	if d, ok := e.start.since(e.end); ok {
		if d < 0 || d > maxTime {
			return fmt.Errorf("it ends %s after it starts; 0s to %s are understood", d, maxTime)
		}
		r.Latency, e.hasLatency = d, true
	}
	if d, ok := e.start.since(e.first); ok && d > 0 {
		r.TTFT = d
	}
	if e.generation > 0 {
		r.Latency = r.TTFT + e.generation
	}
	if r.Latency > 0 && r.TTFT > r.Latency {
		r.TTFT = r.Latency
	}
	// A first token that comes with the last byte is no stream's.
	r.Stream = r.TTFT > 0 && r.Latency-r.TTFT >= time.Millisecond
	if e.streamed != nil {
		r.Stream = *e.streamed
	}
	if r.Endpoint == "" {
		r.Endpoint = "chat"
	}
	if r.Endpoint == "embeddings" {
		r.Stream, r.OutputTokens = false, 0
	}
	if !r.Stream {
		r.TTFT = 0
	}
	if r.Provider == "" {
		r.Provider = "provider"
	}
	if r.Model == "" {
		r.Model = "model"
	}
	return nil
}

// outcome settles the status of a row whose format has it in words, or not at
// all: what did not fail was answered.
func (e *entry) outcome() {
	switch {
	case e.hasStatus && (!e.failed || !e.row.OK()):
	case e.code > 0:
		e.row.Status = e.code
	case e.failed:
		e.row.Status = 500
	default:
		e.row.Status = 200
	}
}
