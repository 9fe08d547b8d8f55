package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The decimals to which figures are rounded when they are marshalled, so that
// equal runs give equal bytes.
const (
	decimalsMillis  = 3
	decimalsSeconds = 3
	decimalsRatio   = 6
	decimalsUSD     = 6
	decimalsNumber  = 6
)

// Millis is a duration that is marshalled as milliseconds with at most three
// decimals.
type Millis time.Duration

// Seconds is a duration that is marshalled as seconds with at most three
// decimals.
type Seconds time.Duration

// Ratio is a share, a score or a factor, marshalled with at most six
// decimals.
type Ratio float64

// USD is an amount of US dollars, marshalled with at most six decimals (one
// micro-dollar).
type USD float64

// Number is a figure in the unit of its metric, marshalled with at most six
// decimals.
type Number float64

// MarshalJSON implements [json.Marshaler].
func (m Millis) MarshalJSON() ([]byte, error) {
	return appendFixed(float64(m)/float64(time.Millisecond), decimalsMillis)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (m *Millis) UnmarshalJSON(data []byte) error {
	v, err := parseFixed(data)
	*m = Millis(math.Round(v * float64(time.Millisecond)))
	return err
}

// MarshalJSON implements [json.Marshaler].
func (s Seconds) MarshalJSON() ([]byte, error) {
	return appendFixed(float64(s)/float64(time.Second), decimalsSeconds)
}

// UnmarshalJSON implements [json.Unmarshaler].
func (s *Seconds) UnmarshalJSON(data []byte) error {
	v, err := parseFixed(data)
	*s = Seconds(math.Round(v * float64(time.Second)))
	return err
}

// MarshalJSON implements [json.Marshaler].
func (r Ratio) MarshalJSON() ([]byte, error) { return appendFixed(float64(r), decimalsRatio) }

// MarshalJSON implements [json.Marshaler].
func (u USD) MarshalJSON() ([]byte, error) { return appendFixed(float64(u), decimalsUSD) }

// MarshalJSON implements [json.Marshaler].
func (n Number) MarshalJSON() ([]byte, error) { return appendFixed(float64(n), decimalsNumber) }

// appendFixed writes a number with at most the given decimals and without
// trailing zeros. What is no finite number is an error: absent figures are
// left out, not marshalled.
func appendFixed(v float64, decimals int) ([]byte, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("report: %v is no figure", v)
	}
	return []byte(fixed(v, decimals)), nil
}

// fixed formats a number with at most the given decimals.
func fixed(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}

func parseFixed(data []byte) (float64, error) {
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return 0, fmt.Errorf("report: figure: %w", err)
	}
	return v, nil
}

// ratio divides, nil when there is nothing to divide by.
func ratio(part, whole int) *Ratio {
	if whole <= 0 {
		return nil
	}
	v := Ratio(float64(part) / float64(whole))
	return &v
}

// usd converts micro-dollars.
func usd(micro int64) *USD {
	v := USD(float64(micro) / 1e6)
	return &v
}
