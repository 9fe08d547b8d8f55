package spend

import (
	"slices"
	"sync"
	"time"
)

// The bounds of a [Watch].
const (
	days   = 7
	perDay = 24 * 60
	minute = int64(time.Minute)

	before    = 60 // minutes that tell what is usual now
	around    = 20 // minutes to either side of this time on other days
	jump      = 2  // times what is usual now
	deviation = 5  // robust standard deviations beyond what is usual at this time of day
	quiet     = 60 // minutes after an alarm in which there is no other

	// madScale makes a median absolute deviation comparable with the standard deviation
	// of values that are normally distributed.
	madScale = 1.4826
)

// Watch finds out when what is booked jumps. It looks at each minute of UTC once it
// is over. The minute is out of the usual if it is more than twice the median of the
// hour before, and lies above the median of the minutes around the same time on
// the days before by more than five times their median absolute deviation (scaled; a few
// outliers hardly move it, as they would a mean and a standard deviation: C. Leys et
// al., Detecting outliers, Journal of Experimental Social Psychology 49, 2013). So what
// comes every day at three is no jump. On the first day the hour before stands for those
// days. Where most minutes have no bookings nothing is out of the usual. Safe for
// concurrent use.
type Watch struct {
	mu     sync.Mutex
	nth    int64 // the minute under way, from 1970
	first  int64 // the first that was whole
	spent  int64 // in it
	muted  int64 // there is no alarm before this minute
	minute [days * perDay]int64
}

// Jump is a minute that is out of the usual.
type Jump struct {
	Spent, Usual int64     // in the minute that is over, and the median it was compared with
	Since        time.Time // when that minute began
}

// Book adds an amount. It returns a jump when the minute before turns out to be one,
// at the first booking after its end.
func (w *Watch) Book(now time.Time, amount int64) (j Jump, jumped bool) {
	nth := now.UnixNano() / minute
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.nth == 0:
		w.nth, w.first = nth, nth+1
	case nth > w.nth:
		j, jumped = w.close(nth)
	}
	w.spent += amount // of a clock that was put back, too
	return j, jumped
}

// close ends the minute under way, and those without bookings up to nth.
func (w *Watch) close(nth int64) (j Jump, jumped bool) {
	if w.nth >= w.first {
		j, jumped = w.judge()
		w.minute[w.nth%int64(len(w.minute))] = w.spent
	}
	if nth-w.nth > int64(len(w.minute)) { // nothing is left to compare with
		w.first = nth
	}
	for n := max(w.nth+1, nth-int64(len(w.minute))); n < nth; n++ {
		w.minute[n%int64(len(w.minute))] = 0
	}
	w.nth, w.spent = nth, 0
	return j, jumped
}

// judge says whether the minute under way is out of the usual.
func (w *Watch) judge() (Jump, bool) {
	lately := w.between(w.nth-before, w.nth)
	if len(lately) < before || w.nth < w.muted {
		return Jump{}, false
	}
	compare := lately
	if then := w.thisTime(); len(then) >= around {
		compare = then
	}
	now, usual := middle(slices.Clone(lately)), middle(compare)
	if now == 0 || w.spent <= jump*now || float64(w.spent-usual) <= deviation*madScale*float64(spread(compare, usual)) {
		return Jump{}, false
	}
	w.muted = w.nth + quiet
	return Jump{w.spent, usual, time.Unix(0, w.nth*minute).UTC()}, true
}

// thisTime are the minutes around this time on other days.
func (w *Watch) thisTime() (list []int64) {
	for day := int64(1); day < days; day++ {
		at := w.nth - day*perDay
		list = append(list, w.between(at-around, at+around+1)...)
	}
	return list
}

// between are the minutes that are kept from one on and before another.
func (w *Watch) between(from, to int64) []int64 {
	var list []int64
	for n := max(from, w.first, w.nth-int64(len(w.minute))+1); n < to; n++ {
		list = append(list, w.minute[n%int64(len(w.minute))])
	}
	return list
}

// spread is the median absolute deviation of values, which it replaces.
func spread(values []int64, median int64) int64 {
	for i, v := range values {
		values[i] = max(v-median, median-v)
	}
	return middle(values)
}

// middle puts values in order and returns the one in the middle, of two the upper.
func middle(values []int64) int64 {
	slices.Sort(values)
	return values[len(values)/2]
}
