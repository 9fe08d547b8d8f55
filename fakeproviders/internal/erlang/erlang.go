// Package erlang computes how long requests wait at a queue whose arrivals are
// Poisson, whose service times are exponential and whose places are all alike
// (M/M/c, first come first served, nobody gives up). It is what the capacity of
// a provider is measured against: the same load at a provider with exponential
// service has to wait as long.
//
// The formulas are Erlang's of 1917, computed by the recursion of his loss
// formula, which neither overflows nor cancels for any number of places:
//
//	B(0) = 1,  B(k) = a·B(k−1) / (k + a·B(k−1))
//	C = B(c) / (1 − ρ·(1 − B(c)))
//
// with the offered load a = arrival rate ÷ service rate, in erlangs, and the
// utilisation ρ = a/c.
package erlang

import (
	"fmt"
	"math"
)

// Queue is an M/M/c queue. All its functions are pure.
type Queue struct {
	Servers int     // places that serve, from 1 to 1,000,000
	Arrival float64 // requests per second, above zero
	Service float64 // requests per second that one place serves: 1 ÷ mean service time
}

// Validate reports why the queue has no steady state: it needs less load than
// places.
func (q Queue) Validate() error {
	switch {
	case q.Servers < 1 || q.Servers > 1_000_000:
		return fmt.Errorf("erlang: %d servers: want 1 to 1000000", q.Servers)
	case !(q.Arrival > 0) || math.IsInf(q.Arrival, 0):
		return fmt.Errorf("erlang: arrival rate %v: must be a number above zero", q.Arrival)
	case !(q.Service > 0) || math.IsInf(q.Service, 0):
		return fmt.Errorf("erlang: service rate %v: must be a number above zero", q.Service)
	case !(q.Utilisation() < 1):
		return fmt.Errorf("erlang: utilisation %v: the queue grows without end from 1 on", q.Utilisation())
	}
	return nil
}

// Utilisation is the share of places that are busy, on average.
func (q Queue) Utilisation() float64 { return q.Arrival / q.Service / float64(q.Servers) }

// WaitProbability is the share of requests that find every place taken
// (Erlang C). It is NaN for a queue that is not valid.
func (q Queue) WaitProbability() float64 {
	if q.Validate() != nil {
		return math.NaN()
	}
	load, loss := q.Arrival/q.Service, 1.0
	for k := 1; k <= q.Servers; k++ {
		loss = load * loss / (float64(k) + load*loss)
	}
	return loss / (1 - q.Utilisation()*(1-loss))
}

// spare is the rate at which a full queue gets shorter.
func (q Queue) spare() float64 { return float64(q.Servers)*q.Service - q.Arrival }

// MeanWait is the mean time before service begins, in seconds, over all
// requests, those that do not wait included.
func (q Queue) MeanWait() float64 { return q.WaitProbability() / q.spare() }

// WaitBeyond is the share of requests that wait for longer than t seconds, t
// from 0.
func (q Queue) WaitBeyond(t float64) float64 { return q.WaitProbability() * math.Exp(-q.spare()*t) }
