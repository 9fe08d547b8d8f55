package load

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// SeqHeader is where vegeta says which arrival a request is.
const SeqHeader = "X-Vegeta-Seq"

// Options of an [Attack].
type Options struct {
	Arrivals  []time.Duration   // strictly increasing offsets from Origin
	Origin    time.Time         // instant zero of the arrivals
	Transport http.RoundTripper // sends one whole request, retries included, and returns a short answer
	Workers   uint64            // cap on requests under way; 0 means 1,000,000. A late arrival shows as send lag
	Stop      *atomic.Bool      // polled before each arrival: true sends no more; nil never stops
	Stopped   func()            // called once when Stop was seen; nil does nothing
}

// Attack sends one request at each arrival and returns how many were answered
// once all of them are. The transport learns which arrival it serves by [Seq].
func Attack(o Options) (done int) {
	if o.Workers == 0 {
		o.Workers = 1_000_000
	}
	attacker := vegeta.NewAttacker(
		vegeta.Client(&http.Client{Transport: o.Transport}),
		vegeta.MaxWorkers(o.Workers),
		vegeta.MaxBody(0), // a result keeps its body otherwise
	)
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: "http://load/"})
	for range attacker.Attack(target, &pacer{o: o}, 0, "") {
		done++
	}
	return done
}

// Seq returns which arrival a request of an [Attack] is.
func Seq(r *http.Request) (uint32, bool) {
	n, err := strconv.ParseUint(r.Header.Get(SeqHeader), 10, 32)
	return uint32(n), err == nil
}

// pacer plays back arrivals. Vegeta calls it from one goroutine.
type pacer struct {
	o       Options
	stopped bool
}

// Pace implements vegeta.Pacer. It goes by Origin rather than by the elapsed
// time it is given, so that the start of the attack does not shift arrivals.
func (p *pacer) Pace(_ time.Duration, hits uint64) (wait time.Duration, stop bool) {
	if p.o.Stop != nil && p.o.Stop.Load() {
		if !p.stopped && p.o.Stopped != nil {
			p.o.Stopped()
		}
		p.stopped = true
		return 0, true
	}
	if hits >= uint64(len(p.o.Arrivals)) {
		return 0, true
	}
	return max(0, time.Until(p.o.Origin.Add(p.o.Arrivals[hits]))), false
}

// Rate implements vegeta.Pacer. It is only ever shown, and not by us.
func (p *pacer) Rate(time.Duration) float64 { return 0 }
