package breaker

import "time"

// Whole is the share of a target that takes all its traffic; a share is a part
// of it. Whole numbers make every CPU draw alike.
const Whole = 10_000

// first is the share with which a ramp begins: enough to see within seconds
// whether the target bears traffic, too little to bring it down again.
const first = Whole / 10

// Share is the part of its traffic, of [Whole], that a target should take at
// now. After the breaker has closed it grows on a straight line,
//
//	first + (Whole − first) × (time since it closed ÷ ramp),
//
// and it is Whole from the ramp's end on, as it is before the first trip. What
// a breaker that is not closed answers has no meaning. It is cheap and takes no
// lock.
func (b *Breaker) Share(now time.Time) int {
	left := b.rampEnd.Load() - now.UnixNano()
	if left <= 0 {
		return Whole
	}
	// In microseconds, so that the product fits for a ramp of ten years, the longest there is.
	left, ramp := left/1000, max(int64(b.settings.Ramp/time.Microsecond), 1)
	return Whole - int((Whole-first)*min(left, ramp)/ramp)
}
