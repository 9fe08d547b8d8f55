package fault

import (
	"errors"
	"fmt"
	"time"
)

// status answers an arriving attempt with an HTTP error instead of serving it.
// It does not touch attempts already in service, takes no place in the
// provider's capacity and costs nothing.
type status struct {
	code       int
	retryAfter time.Duration
}

func newStatus(p Params) (Fault, error) {
	switch {
	case p.Status < 400 || p.Status > 599:
		return nil, fmt.Errorf("status %d: want 400 to 599", p.Status)
	case p.RetryAfter < 0:
		return nil, fmt.Errorf("retry_after %v: must not be negative", p.RetryAfter)
	case p.Add != 0 || p.Factor != 0:
		return nil, errors.New("takes only status and retry_after")
	}
	return status{p.Status, p.RetryAfter}, nil
}

func (status) Kind() string { return "status" }

func (s status) Apply(e *Effect) {
	if e.Status == 0 {
		e.Status, e.RetryAfter = s.code, s.retryAfter
	}
}
