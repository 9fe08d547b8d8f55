package router

import (
	"context"
	"time"

	"github.com/routedrill/routedrill/router/audit"
	"github.com/routedrill/routedrill/router/internal/idempotency"
)

const (
	// MaxCompared is the longest answer, in bytes, that is kept for comparison. A
	// pair with a longer one is not compared.
	MaxCompared = 256 << 10

	// EvaluationTimeout bounds an [Evaluator]: its context ends then.
	EvaluationTimeout = time.Minute
)

// Evaluator says how good the two answers of a pair are, each from 0 to 1, as a
// rubric, a test or a judging model finds; the router enters both with
// [Router.Compared]. An error enters nothing. It is called beside the requests, by
// several goroutines at once, at most [MaxShadows] for a route, and should return
// soon once its context has ended. What it is given is not to be changed, and is
// valid during the call only.
type Evaluator func(ctx context.Context, p *Pair) (served, shadow float64, err error)

// Pair is a request with two answers, both whole and valid.
type Pair struct {
	RequestID string
	Endpoint  string     // chat, completions or embeddings
	Task      string     // as the client named it by X-Routedrill-Task; "" when it did not
	Request   []byte     // as the client sent it
	Served    PairAnswer // what the client got
	Shadow    PairAnswer // what nobody got
}

// PairAnswer is one of the answers of a [Pair].
type PairAnswer struct {
	Target string // "provider/model"
	Body   []byte // in the form of the OpenAI API: JSON, or events where the request asked for a stream
}

// comparing is a request that has a shadow and whose answers are to be compared.
// The shadow's goroutine waits for the client's answer; served is its after ended.
type comparing struct {
	task           string
	client, shadow *idempotency.Recorder
	ended          chan struct{} // the client's request is over
	served         string        // the target that served it whole; "" for none
}

// compare records what the request and its shadow are answered.
func (y *relay) compare(z *relay) *comparing {
	c := &comparing{
		task:   y.hint(taskHeader),
		client: idempotency.NewRecorder(y.w, MaxCompared), shadow: idempotency.NewRecorder(z.w, MaxCompared),
		ended: make(chan struct{}),
	}
	y.w, z.w = c.client, c.shadow
	y.comparing = c
	return c
}

// end tells that the client's request is over.
func (c *comparing) end(rec *audit.Record) {
	if rec.Outcome == audit.Served {
		for i := range rec.Attempts {
			if rec.Attempts[i].Served {
				c.served = rec.Attempts[i].Target
			}
		}
	}
	close(c.ended)
}

// evaluate has the answers compared once both are there. Z is the shadow.
func (c *comparing) evaluate(ctx context.Context, z *relay, raw []byte) {
	if z.rec.Outcome != audit.Served {
		return
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
		return
	}
	client, shadow, target := c.client.Answer(), c.shadow.Answer(), z.targets[0].name
	if c.served == "" || c.served == target || client == nil || shadow == nil { // it came to serve after all, or they are too long
		return
	}
	ctx, cancel := context.WithTimeout(ctx, EvaluationTimeout)
	defer cancel()
	served, other, err := z.r.evaluator(ctx, &Pair{
		RequestID: z.rec.ShadowOf, Endpoint: z.rec.Endpoint, Task: c.task, Request: raw,
		Served: PairAnswer{c.served, client.Body}, Shadow: PairAnswer{target, shadow.Body},
	})
	if err != nil {
		z.r.log.Warn("comparison", "request_id", z.rec.ShadowOf, "error", err)
		return
	}
	z.r.Compared(c.served, c.task, served)
	z.r.Compared(target, c.task, other)
}
