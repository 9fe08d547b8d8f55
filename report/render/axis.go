package render

import (
	"strconv"
	"time"
)

// steps are how far the marks of a time axis may be apart: what people count in.
var steps = []time.Duration{
	time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour,
	7 * 24 * time.Hour,
}

// AxisStep is how far the marks of a time axis are apart, so that there are no more
// than most of them after the one at zero.
func AxisStep(whole time.Duration, most int) time.Duration {
	most = max(most, 1)
	for _, step := range steps {
		if whole/step <= time.Duration(most) {
			return step
		}
	}
	return whole / time.Duration(most)
}

// AxisMark words an instant of an axis: 90m is 1h30.
func AxisMark(at time.Duration) string {
	switch {
	case at == 0:
		return "0"
	case at%time.Hour == 0:
		return strconv.Itoa(int(at/time.Hour)) + "h"
	case at%time.Minute == 0 && at > time.Hour:
		return strconv.Itoa(int(at/time.Hour)) + "h" + strconv.Itoa(int(at/time.Minute)%60)
	case at%time.Minute == 0:
		return strconv.Itoa(int(at/time.Minute)) + "m"
	case at%time.Second == 0 && at < time.Minute:
		return strconv.Itoa(int(at/time.Second)) + "s"
	}
	return Duration(at)
}
