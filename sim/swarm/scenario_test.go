package swarm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/swarm"
)

// parse reads a drawn scenario as its file would be read.
func parse(t testing.TB, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load("swarm.yaml", scenarios.Options{
		ReadFile: func(string) ([]byte, error) { return []byte(text), nil },
	}, sim.Vocabulary())
	require.NoError(t, err, "%s", text)
	return s
}

// TestDrawnScenariosAreValid: what is drawn loads, and a run of it could start.
func TestDrawnScenariosAreValid(t *testing.T) {
	words := sim.Vocabulary()
	for seed := range uint64(2000) {
		text := swarm.Scenario(seed, words)
		require.Equal(t, text, swarm.Scenario(seed, words))
		s := parse(t, text)
		require.Equal(t, seed, s.Seed)
		_, err := sim.Validate(s, nil, nil, nil)
		require.NoError(t, err, "seed %d\n%s", seed, text)
	}
}
