package sim

import (
	"time"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/scenarios"
)

// FakeOptions say how the fakes of a world are made that stand alone and serve
// traffic which no load of ours made.
type FakeOptions struct {
	Seed     uint64
	Start    time.Time // timeline zero
	Timeline bool      // the scenario's timeline is in force; otherwise nothing fails until it is told to
	APIKey   string    // requests must carry it; "" = none is asked for

	// Journal returns what receives the journal of a provider, on the terms of
	// fakeproviders.Config.
	Journal func(provider string) func(*fakeproviders.Entry)
}

// standaloneGap is how far tokens of a stream are coalesced for callers from
// outside, who may look at the time between events: hardly at all.
const standaloneGap = 2 * time.Millisecond

// Fakes builds the fakes of the scenario's world, in the order of the file. What a
// request really needs is unknown, so they draw the length of answers themselves.
func Fakes(s *scenarios.Scenario, o FakeOptions) ([]*fakeproviders.Provider, error) {
	f := &fakes{scenario: s, seed: o.Seed, origin: o.Start, key: o.APIKey, gap: standaloneGap}
	if o.Timeline {
		events, err := compile(s)
		if err != nil {
			return nil, err
		}
		f.events = events
	}
	return f.build(o.Journal)
}

// FakeBase is the path of the base URL of a provider that speaks a wire: up to and
// including the version.
func FakeBase(wire string) string { return dialectOf(wire).base }
