package scenarios

import (
	"math"
	"slices"
	"time"
)

// Traffic is the load: when requests arrive. Exactly one of Rate, Stages and Trace is set.
type Traffic struct {
	Arrivals string  // "poisson" (the default) or "constant"; "" with a trace
	Rate     float64 // requests per second; 0 when Stages or Trace say it
	Stages   []Stage // one after the other; together as long as the scenario
	Spikes   []Spike
	Trace    *Trace

	// Burstiness makes a Poisson load burstier than Poisson: a doubly stochastic
	// process. By window, each a multiple of the one before; empty for none.
	Burstiness []Burst
}

// Stage is a stretch of the load whose rate runs evenly From one value To
// another, in requests per second. A stage may be silent.
type Stage struct {
	For      time.Duration
	From, To float64
}

// Spike multiplies the rate for a while. Overlapping spikes multiply each other.
type Spike struct {
	At, For time.Duration
	Factor  float64
}

// Trace is a file of recorded arrivals that are played back.
type Trace struct {
	File   string // to be opened as it stands: a relative path of a file is resolved against that file's folder
	Format string // "azure", "mooncake" or "csv"
	Task   string // the task of rows that name none; defaults to the first task
}

// RateAt returns the rate at instant t in requests per second, spikes
// included. It is 0 outside the stages and for a trace.
func (l *Traffic) RateAt(t time.Duration) float64 {
	rate := l.base(t)
	for _, s := range l.Spikes {
		if t >= s.At && t < s.At+s.For {
			rate *= s.Factor
		}
	}
	return rate
}

func (l *Traffic) base(t time.Duration) float64 {
	if len(l.Stages) == 0 {
		return l.Rate
	}
	for _, s := range l.Stages {
		if t < s.For {
			return s.From + (s.To-s.From)*float64(t)/float64(s.For)
		}
		t -= s.For
	}
	return 0
}

// Expected returns how many requests arrive on average within the duration d.
// It is 0 for a trace.
func (l *Traffic) Expected(d time.Duration) float64 {
	requests, _ := l.moments(d)
	return requests
}

// moments returns the integral of the rate over the duration d, and the mean
// rate that a request meets: the integral of the rate's square divided by the
// former, in requests per second.
func (l *Traffic) moments(d time.Duration) (requests, met float64) {
	cuts := []time.Duration{0, d}
	at := time.Duration(0)
	for _, s := range l.Stages {
		at += s.For
		cuts = append(cuts, at)
	}
	for _, s := range l.Spikes {
		cuts = append(cuts, s.At, s.At+s.For)
	}
	slices.Sort(cuts)
	squares := 0.0
	for i := 1; i < len(cuts); i++ {
		from, to := max(cuts[i-1], 0), min(cuts[i], d)
		if to > from {
			// The rate is linear between two cuts: its middle is its mean, and
			// its square has the mean m² + (rise/2)²/3.
			mean, span := l.RateAt(from+(to-from)/2), (to - from).Seconds()
			rise := mean - l.RateAt(from)
			requests += mean * span
			squares += (mean*mean + rise*rise/3) * span
		}
	}
	if requests > 0 {
		met = squares / requests
	}
	return requests, met
}

func sqrt(v float64) float64 { return math.Sqrt(max(0, v)) }

// Task is one kind of request.
type Task struct {
	Name         string
	Weight       float64 // share of the arrivals, relative to the other tasks; defaults to 1; 0 is never drawn
	Endpoint     string  // chat (the default), completions or embeddings
	Model        string  // a route, or "provider/model"
	Stream       bool
	Tools        bool          // the request offers tools
	PromptTokens Dist          // tokens of all messages or inputs together; defaults to p50 500, p95 2000
	OutputTokens Dist          // tokens of the answer; defaults to p50 150, p95 600; absent for embeddings
	MaxTokens    int           // the request's limit on output tokens; 0 means none is stated
	Inputs       int           // texts per embeddings request; 1 otherwise and by default
	Class        string        // Batch: it can wait, until its deadline; "" when it cannot
	Deadline     time.Duration // for the whole request, client retries included; defaults to Client.Timeout
	Client       Client

	Prompts      Variety // which prompt a request asks; the zero value: each has its own
	SharedPrefix int     // tokens with which every prompt of the task begins; part of PromptTokens
	Tenants      Variety // on whose behalf; the zero value: nobody's in particular
	Region       string  // where its callers are, as they tell the router; "" when they do not
}

// Batch is the [Task].Class of requests that can wait.
const Batch = "batch"

// Variety is how many different things there are and how unevenly they are
// drawn. The zero value is none.
type Variety struct {
	Distinct int     // 0 or 1 to 1,000,000
	Zipf     float64 // the k-th is drawn k^-Zipf times as often as the first; 0 draws all alike
}

// Client is how the caller's SDK behaves.
type Client struct {
	Preset     string        // none (the default), openai-python or openai-go
	Timeout    time.Duration // of one try; defaults to the preset's: 60s, 10m, 10m
	MaxRetries int           // tries after the first; defaults to the preset's: 0, 2, 2

	IdempotencyKey bool    // all tries of a request carry one key of its own
	LoseAnswers    float64 // share of whole answers that get lost on their way to the caller, who sees a lost connection; 0 to 1
}
