package policy

import (
	"errors"
	"strings"
	"time"
)

// DayTime is a span of every day, in UTC: from From, included, to To, excluded,
// both since midnight and below 24 h. Where To is not after From it ends on the
// next day.
type DayTime struct{ From, To time.Duration }

// errDayTime says what one must look like.
var errDayTime = errors.New(`must be a span of the day in UTC such as "22:00-06:00"`)

// ParseDayTime reads "22:00-06:00".
func ParseDayTime(s string) (DayTime, error) {
	from, to, ok := strings.Cut(s, "-")
	a, err := time.Parse("15:04", from)
	b, err2 := time.Parse("15:04", to)
	if !ok || err != nil || err2 != nil || a.Equal(b) {
		return DayTime{}, errDayTime
	}
	return DayTime{sinceMidnight(a), sinceMidnight(b)}, nil
}

// Holds reports whether t is in the span.
func (d DayTime) Holds(t time.Time) bool {
	at := sinceMidnight(t.UTC())
	if d.From < d.To {
		return at >= d.From && at < d.To
	}
	return at >= d.From || at < d.To
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}

func anyHolds(all []DayTime, t time.Time) bool {
	for _, d := range all {
		if d.Holds(t) {
			return true
		}
	}
	return false
}
