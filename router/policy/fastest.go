package policy

import (
	"slices"
	"time"
)

// Fastest is the strategy [LatencyFirst]: the target that is expected to answer
// first.
//
//	own   = 0.8 × p95 + 0.2 × p50                        of TTFT for streams, else of whole answers
//	known = (n × own + 10 × prior) ÷ (n + 10)            n samples; the prior where there are none
//	score = (known + RTT) ÷ (1 − failure rate)           in seconds; failure rate up to 0.9
//
// The tail weighs most, since it is what users complain of. The division is the
// expected number of attempts until one succeeds, if failures are independent: a
// target that fails quickly does not look fast. The prior is Prior, or else the
// median of what the other candidates need; without any of these a cold target
// counts by its distance alone, so the nearest comes first.
//
// Everybody following one score would move as a herd. So where others come
// within a tenth of the best score, two of these are drawn and the one with less
// under way goes first: power of two choices (Mitzenmacher, IEEE TPDS 2001).
//
// Of the requests the share Explore begins at a target that is cold and not down,
// drawn among them, until its samples suffice. Since samples are five minutes old
// at most, whoever gets no traffic becomes cold and is looked at again: some ten
// requests in five minutes.
type Fastest struct {
	Prior   time.Duration // 0: the neighbours' median
	Explore float64       // 0 to 0.5
}

// near is how far above the best score a candidate still counts as good as it.
const near = 1.1

// Rank implements [Strategy].
func (s Fastest) Rank(q *Query, c []Candidate) {
	s.expect(q, c)
	twoChoices(q, c)
	explore(q, c, s.Explore)
}

// expect sets the scores.
func (s Fastest) expect(q *Query, c []Candidate) {
	prior := s.Prior.Seconds()
	if prior == 0 {
		prior = median(q, c)
	}
	for i := range c {
		x := &c[i]
		own := x.timing(q)
		n, known := float64(own.Samples), prior
		if n > 0 {
			known = own.seconds()
			if prior > 0 {
				known = (n*known + MinSamples*prior) / (n + MinSamples)
			}
		}
		x.Score = (known + x.RTT.Seconds()) / (1 - min(x.FailureRate, 0.9))
	}
}

// timing is what a request of this kind waits for.
func (x *Candidate) timing(q *Query) *Timing {
	if q.Stream {
		return &x.TTFT
	}
	return &x.Latency
}

func (t *Timing) seconds() float64 { return 0.8*t.P95.Seconds() + 0.2*t.P50.Seconds() }

// median is the lower median of what the candidates that are not cold need, 0
// when all are.
func median(q *Query, c []Candidate) float64 {
	var room [16]float64
	all := room[:0]
	for i := range c {
		if t := c[i].timing(q); t.Samples >= MinSamples {
			all = append(all, t.seconds())
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[(len(all)-1)/2]
}

// twoChoices draws two of the candidates near the best score and puts the one
// with less under way in front; of equals the better score.
func twoChoices(q *Query, c []Candidate) {
	best := c[0].Score
	for i := range c {
		best = min(best, c[i].Score)
	}
	n := uint64(0)
	for i := range c {
		if c[i].Score <= best*near {
			n++
		}
	}
	if n < 2 {
		return
	}
	h := q.Draw("two choices", "")
	first, second := h>>32%n, h&0xffffffff%(n-1)
	if second >= first {
		second++
	}
	var a, b *Candidate
	k := uint64(0)
	for i := range c {
		if c[i].Score > best*near {
			continue
		}
		switch k {
		case first:
			a = &c[i]
		case second:
			b = &c[i]
		}
		k++
	}
	if b.InFlight < a.InFlight || b.InFlight == a.InFlight && b.Score < a.Score {
		a = b
	}
	a.Place, a.Note = -1, NoteTwoChoices
}

// explore puts a cold candidate in front of a share of requests.
func explore(q *Query, c []Candidate, share float64) {
	n := uint64(0)
	for i := range c {
		if c[i].cold(q) {
			n++
		}
	}
	if n == 0 || share <= 0 {
		return
	}
	h := q.Draw("explore", "")
	if uniform(h) >= share {
		return
	}
	k := q.Draw("explore whom", "") >> 16 % n
	for i := range c {
		if !c[i].cold(q) {
			continue
		}
		if k == 0 {
			c[i].Place, c[i].Note = -2, NoteExplored
			return
		}
		k--
	}
}

func (x *Candidate) cold(q *Query) bool {
	return x.timing(q).Samples < MinSamples && x.State != Down
}
