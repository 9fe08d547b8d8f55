package quota

import "time"

const (
	slice   = int64(10 * time.Second / time.Microsecond)
	recents = 6                // slices of recent use
	ring    = recents + 15*6   // and of usual use, at most
	usually = 10 * time.Minute // default span of usual use
)

// acceleration refuses use that grows too fast. It keeps the use of each slice
// and two sums over them.
type acceleration struct {
	percent, floor int64
	usual          int64 // slices of usual use
	slices         [ring]int64
	now            int64 // number of the present slice; the timeline begins in the one of number ring
	recent, before int64 // sums
}

func newAcceleration(a Acceleration) *acceleration {
	if a.Over == 0 {
		a.Over = usually
	}
	c := &acceleration{
		percent: int64(a.Percent), floor: int64(a.Floor),
		usual: int64(a.Over / (10 * time.Second)), now: ring,
	}
	past := int64(a.Past) / recents
	for i := range c.slices {
		c.slices[i] = past
	}
	c.slices[0] = 0 // the present one
	c.recent, c.before = (recents-1)*past, c.usual*past
	return c
}

func (a *acceleration) advance(now int64) {
	n := now/slice + ring
	if n-a.now >= ring {
		a.slices, a.recent, a.before, a.now = [ring]int64{}, 0, 0, n
	}
	for a.now < n {
		a.step()
	}
}

// step begins the next slice.
func (a *acceleration) step() {
	a.now++
	aged := a.slices[(a.now-recents)%ring]
	a.recent -= aged
	a.before += aged - a.slices[(a.now-recents-a.usual)%ring]
	a.slices[a.now%ring] = 0
}

// allowed returns the most that recent use may be.
func (a *acceleration) allowed() int64 {
	return max(a.floor, a.before*recents*a.percent/(100*a.usual))
}

func (a *acceleration) take(n int64) {
	a.slices[a.now%ring] += n
	a.recent += n
}

// wait returns how long after now n fit if nothing else is asked, or never.
func (a *acceleration) wait(now, n int64) int64 {
	if a.recent+n <= a.allowed() {
		return 0
	}
	ahead := *a
	for ahead.now < a.now+ring {
		ahead.step()
		if ahead.recent+n <= ahead.allowed() {
			return (ahead.now-ring)*slice - now
		}
	}
	return never
}
