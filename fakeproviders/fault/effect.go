package fault

import (
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// Effect is what all faults that hit an attempt at one instant do together.
// Use [NoEffect] for the effect of no fault; the zero value stops time, since
// its Factor is 0. Where several apply, Refused goes before Reset, Reset before
// Hang, Hang before Refusal; of several refusals or breaks the first event wins.
type Effect struct {
	// Before service.
	Refused bool          // the connection is refused
	Accept  time.Duration // passes before the request is looked at; sums
	Refusal *Refusal      // answered instead of service; nil = none
	Waits   *Waits        // how refusals state their wait; nil = as the vendor does
	Squeeze float64       // factor on the quotas; a product, 1 = none

	// In service, for as long as the events last.
	Add     time.Duration // added to the time to the first token; sums
	Factor  float64       // multiplies the time to the first token and every token gap; a product
	Gap     time.Duration // least gap between tokens; the longest wins
	Hang    bool          // no byte is sent while it lasts
	Headers bool          // the hang lets the headers through
	Reset   bool          // the connection is reset

	// Of the answer; decided on arrival.
	First  time.Duration // headers in time, the first token that much later; sums
	Break  Broken
	Shaped Shaped
	Price  float64 // factor on the prices of what is billed; 1 = as agreed
}

// NoEffect returns the effect of no fault.
func NoEffect() Effect {
	return Effect{Factor: 1, Squeeze: 1, Shaped: Shaped{Usage: 1, Quality: 1}, Price: 1}
}

// The bodies of a [Refusal].
const (
	BodyVendor  = "vendor"  // the vendor's own
	BodyHTML    = "html"    // an HTML page of the vendor's edge
	BodyEmpty   = "empty"   // none
	BodyNumeric = "numeric" // JSON whose error code is a number
)

// Refusal is an error answered on arrival.
type Refusal struct {
	Problem wire.Problem
	Body    string // one of the bodies
}

// The styles in which a wait is stated.
const (
	StyleVendor  = "vendor"  // the vendor's own way
	StyleSeconds = "seconds" // Retry-After in whole seconds
	StyleDate    = "date"    // Retry-After as an HTTP date
	StyleMillis  = "ms"      // retry-after-ms alone
	StyleNone    = "none"    // not at all
	StyleInvalid = "invalid" // Retry-After with a word that means nothing
)

// Waits is how refusals state their wait.
type Waits struct {
	Style string
	Value time.Duration // stated in place of the true wait; 0 = the true one
}

// How an answer breaks.
const (
	BreakStall = iota + 1 // nothing more is sent while the event lasts
	BreakReset            // the connection is reset
	BreakClose            // the answer ends as if it were whole
	BreakError            // the vendor's error event ends the stream
	Malform               // one event is broken JSON; the stream goes on
	Duplicate             // one event comes twice; the stream goes on
)

// Broken is where and how an answer breaks. The zero value does not.
type Broken struct {
	How    int // 0 = not
	After  int // visible tokens
	Status int // BreakError: the status whose error is sent
}

// breakAt breaks the answer unless an earlier event does.
func (e *Effect) breakAt(b Broken) {
	if e.Break.How == 0 {
		e.Break = b
	}
}

// refuse answers a refusal unless an earlier event does.
func (e *Effect) refuse(r *Refusal) {
	if e.Refusal == nil {
		e.Refusal = r
	}
}

// Shaped is what is wrong with an answer that is otherwise served.
type Shaped struct {
	NoTerminator bool
	ErrorBody    int  // status whose error body comes under 200; 0 = none
	Empty        bool // no content
	Truncated    bool // a whole answer's JSON is cut
	Filtered     bool // ended by the content filter after FilterAfter tokens
	FilterAfter  int
	Model        string  // stated in place of the model; "" = the model
	NoUsage      bool    // no usage is stated
	Usage        float64 // factor on the usage stated; 1 = correct
	Quality      float64 // factor on the quality; 1 = as ever
}
