package burn

import "time"

// Times are how an alarm answers to a condition.
type Times struct {
	Raise time.Duration // the condition must hold for so long before it is raised
	Clear time.Duration // and must not hold for so long before it clears
	Hold  time.Duration // it stands for so long at the least
}

// Alarm is raised and clears. The zero value is quiet. Not safe for concurrent use.
type Alarm struct {
	raised time.Time // zero: quiet
	since  time.Time // when the condition became other than the alarm; zero: it is not
}

// Change is what a step did to an alarm.
type Change uint8

// The changes.
const (
	None Change = iota
	Raised
	Cleared
)

// Raised is since when it stands; zero when quiet.
func (a *Alarm) Raised() time.Time { return a.raised }

// Step tells the alarm whether its condition holds at now. Times do not go back.
func (a *Alarm) Step(now time.Time, holds bool, t Times) Change {
	stands := !a.raised.IsZero()
	if holds == stands {
		a.since = time.Time{}
		return None
	}
	if a.since.IsZero() {
		a.since = now
	}
	switch {
	case !stands && now.Sub(a.since) >= t.Raise:
		a.raised, a.since = now, time.Time{}
		return Raised
	case stands && now.Sub(a.since) >= t.Clear && now.Sub(a.raised) >= t.Hold:
		*a = Alarm{}
		return Cleared
	}
	return None
}
