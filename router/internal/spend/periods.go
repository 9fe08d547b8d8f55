package spend

import "time"

// Periods divides time: it returns the number of the period an instant is in,
// which grows with time, and when that period ends.
type Periods func(now time.Time) (nth int64, end time.Time)

// HoursSince returns the hours that follow one another from an instant.
func HoursSince(begin time.Time) Periods {
	return func(now time.Time) (int64, time.Time) {
		nth := int64(now.Sub(begin) / time.Hour)
		return nth, begin.Add(time.Duration(nth+1) * time.Hour)
	}
}

// Minutes are those of the calendar, in UTC.
func Minutes(now time.Time) (int64, time.Time) { return every(now, time.Minute) }

// Hours are those of the calendar, in UTC.
func Hours(now time.Time) (int64, time.Time) { return every(now, time.Hour) }

// Days are those of the calendar, in UTC.
func Days(now time.Time) (int64, time.Time) { return every(now, 24*time.Hour) }

// Months are those of the calendar, in UTC.
func Months(now time.Time) (int64, time.Time) {
	year, month, _ := now.UTC().Date()
	return int64(year)*12 + int64(month), time.Date(year, month+1, 1, 0, 0, 0, 0, time.UTC)
}

// every counts from 1970, when minutes, hours and days of UTC began at once.
func every(now time.Time, d time.Duration) (int64, time.Time) {
	nth := now.UnixNano() / int64(d)
	return nth, time.Unix(0, (nth+1)*int64(d)).UTC()
}
