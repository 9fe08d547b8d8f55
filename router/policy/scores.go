package policy

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Comparisons say how scores of answers that were compared become a target's
// quality.
type Comparisons struct {
	HalfLife   time.Duration // after which a comparison counts half; at least 1s
	MinSamples int           // comparisons, so decayed, before they count at all; 1 to a million
}

// DefaultComparisons returns the settings used when none are given.
func DefaultComparisons() Comparisons { return Comparisons{HalfLife: 24 * time.Hour, MinSamples: 20} }

// maxTasks bounds the tasks a target keeps scores for: they are named by
// clients. What comes after them counts towards the target as a whole only.
const maxTasks = 64

// Scores are a target's quality, as configured and as comparisons of its answers
// have found it. Make it with [NewScores]; it is safe for concurrent use.
//
// The quality for a task is that of the task's own comparisons once there are
// MinSamples of them, or else the configured one for the task; for a task nobody
// has configured likewise that of the target as a whole:
//
//	n       = Σ 2^(−age ÷ half-life)
//	quality = (Σ score × 2^(−age ÷ half-life) + MinSamples × configured) ÷ (n + MinSamples)   for n ≥ MinSamples
//
// So what was configured fades with every comparison, and comes back when no
// more are made. A configured score of 0 is not known and does not count.
type Scores struct {
	settings   Comparisons
	configured float64
	byTask     map[string]float64 // configured

	compared atomic.Bool // there has been a comparison
	mu       sync.Mutex
	whole    tally
	tasks    map[string]*tally
}

// tally is a decayed sum of scores, as of an instant.
type tally struct {
	n, sum float64
	at     time.Time
}

// NewScores returns the configured scores, by task where there are any.
func NewScores(c Comparisons, quality float64, byTask map[string]float64) *Scores {
	if c == (Comparisons{}) {
		c = DefaultComparisons()
	}
	return &Scores{settings: c, configured: quality, byTask: byTask, tasks: map[string]*tally{}}
}

// Alike reports whether both were made with the same settings.
func (s *Scores) Alike(o *Scores) bool {
	return s.settings == o.settings && s.configured == o.configured && maps.Equal(s.byTask, o.byTask)
}

// Observe enters the score (0 to 1) of one answer to a task ("" for none), found
// by comparing it with another's at the time at.
func (s *Scores) Observe(task string, score float64, at time.Time) {
	if !(score >= 0 && score <= 1) {
		return
	}
	s.compared.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole.add(score, at, s.settings.HalfLife)
	if task == "" {
		return
	}
	t := s.tasks[task]
	if t == nil {
		if len(s.tasks) == maxTasks {
			return
		}
		t = new(tally)
		s.tasks[task] = t
	}
	t.add(score, at, s.settings.HalfLife)
}

// For is the quality for a task at an instant.
func (s *Scores) For(task string, now time.Time) float64 {
	if !s.compared.Load() { // the usual case takes no lock
		if q, ok := s.byTask[task]; ok {
			return q
		}
		return s.configured
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if q, ok := s.byTask[task]; ok || s.tasks[task] != nil {
		if !ok {
			q = s.configured
		}
		if own, enough := s.tasks[task].mixed(q, now, s.settings); ok || enough {
			return own
		}
	}
	q, _ := s.whole.mixed(s.configured, now, s.settings)
	return q
}

func (t *tally) add(score float64, at time.Time, halfLife time.Duration) {
	if t.n > 0 {
		f := faded(at.Sub(t.at), halfLife)
		t.n, t.sum = t.n*f, t.sum*f
	}
	t.n, t.sum, t.at = t.n+1, t.sum+score, at
}

// mixed is the configured score with the tally's, if that has enough.
func (t *tally) mixed(configured float64, now time.Time, c Comparisons) (quality float64, enough bool) {
	if t == nil || t.n == 0 {
		return configured, false
	}
	f := faded(now.Sub(t.at), c.HalfLife)
	n, sum, prior := t.n*f, t.sum*f, float64(c.MinSamples)
	switch {
	case n < prior:
		return configured, false
	case configured == 0:
		return sum / n, true
	}
	return (sum + prior*configured) / (n + prior), true
}

func faded(age, halfLife time.Duration) float64 {
	return math.Exp2(-max(age, 0).Seconds() / halfLife.Seconds())
}
