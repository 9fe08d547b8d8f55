package fakeproviders

import "time"

// Never marks an instant that did not come.
const Never time.Duration = -1

// End is how an attempt ended at the provider. The zero value is no end at all.
type End uint8

// The ends of an attempt.
const (
	EndComplete  End = iota + 1 // the whole answer was written
	EndError                    // an error status was answered
	EndReset                    // the connection was reset by a fault
	EndCancelled                // the caller went away before the answer was whole
	EndCut                      // a fault ended the answer early, as if it were whole
)

// Entry is the journal of one attempt, and its bill. Instants are offsets from
// Config.Start.
type Entry struct {
	RequestID string // X-Client-Request-Id, what Config.Identify made of it, or one derived from the body
	Model     string // as requested; empty when the body could not be read
	Endpoint  string // chat, completions, responses or embeddings
	Task      string // as Demand told it
	Stream    bool
	Nth       int // 0-based count of this request's attempts at this target
	End       End
	Status    int // status answered; 0 when none was

	// Wait is how long the answer asked its caller to stay away, in a form that
	// callers can be expected to read; 0 = it did not. What was written is rounded
	// up, so it is never shorter.
	Wait time.Duration

	UsageSent  bool   // correct usage was written in full
	UsageWrong bool   // a wrong usage was written, by a fault
	OtherModel bool   // another model was stated, by a fault
	Faults     uint64 // bit i set: the event with index i hit this attempt

	Arrived    time.Duration // the request had been read; Never when its caller went away before
	Started    time.Duration // it left the capacity queue; Never when it did not
	FirstToken time.Duration // the first token was generated; Never without any
	Ended      time.Duration
	TPOT       time.Duration // mean token time after the first, by the schedule; 0 without two tokens

	PromptTokens     int     // as billed: 0 when nothing was
	CachedTokens     int     // of PromptTokens: read from the prompt cache
	CacheWriteTokens int     // of PromptTokens: written to the prompt cache
	OutputTokens     int     // generated, and billed; hidden ones included
	ReasoningTokens  int     // of OutputTokens: hidden
	SentTokens       int     // visible tokens written; a fault may write some twice
	PlannedOut       int     // of the whole answer; 0 when it was never planned, and for embeddings
	Quality          float64 // factor on the quality of the answer; 1 where nothing degraded it
	BillMicroUSD     int64   // rounded half up once
	RepricedMicroUSD int64   // of the bill: what it is above, or below, that at the model's own prices; 0 unless a fault changed them
}

// bill sets the price of the tokens in the entry, at a factor that a fault may
// have put on it: micro-USD, rounded half up once.
func (e *Entry) bill(p *Price, factor float64) {
	input, cached, write, output := p.InputNano, p.CachedInputNano, p.CacheWriteNano, p.OutputNano
	if l := p.Long; l != nil && e.PromptTokens > l.Above {
		input, cached, write, output = l.InputNano, l.CachedInputNano, l.CacheWriteNano, l.OutputNano
	}
	plain := e.PromptTokens - e.CachedTokens - e.CacheWriteTokens
	nano := int64(plain)*input + int64(e.CachedTokens)*cached + int64(e.CacheWriteTokens)*write + int64(e.OutputTokens)*output
	e.BillMicroUSD = (nano + 500) / 1000
	if factor != 1 {
		list := e.BillMicroUSD
		e.BillMicroUSD = (int64(float64(nano)*factor) + 500) / 1000
		e.RepricedMicroUSD = e.BillMicroUSD - list
	}
}
