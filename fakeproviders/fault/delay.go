package fault

import (
	"errors"
	"fmt"
	"time"
)

// delay slows an attempt down. Add and factor change the time to the first
// token as they stand on arrival; factor also multiplies the token gaps for as
// long as the fault lasts.
type delay struct {
	add    time.Duration
	factor float64
}

// maxFactor bounds slowness so that schedules cannot overflow.
const maxFactor = 1000

func newDelay(p Params) (Fault, error) {
	if p.Factor == 0 {
		p.Factor = 1
	}
	switch {
	case p.Add < 0 || p.Add > 24*time.Hour:
		return nil, fmt.Errorf("add %v: want 0 to 24h", p.Add)
	case !(p.Factor > 0 && p.Factor <= maxFactor): // also refuses NaN
		return nil, fmt.Errorf("factor %v: want above 0, at most %d", p.Factor, maxFactor)
	case p.Status != 0 || p.RetryAfter != 0:
		return nil, errors.New("takes only add and factor")
	case p.Add == 0 && p.Factor == 1:
		return nil, errors.New("needs add or factor")
	}
	return delay{p.Add, p.Factor}, nil
}

func (delay) Kind() string { return "delay" }

func (d delay) Apply(e *Effect) {
	e.Add += d.add
	e.Factor *= d.factor
}
