package idempotency_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/idempotency"
)

// Other bounds hold at once, and leave what fits, the latest.
func TestResize(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	s, err := idempotency.New(10, 1000, time.Hour)
	require.NoError(t, err)
	begin := func(n int) idempotency.Verdict {
		call, v := s.Begin(now, "scope", strconv.Itoa(n), nil)
		if v == idempotency.Lead {
			call.Finish(now, nil)
		}
		return v
	}
	for n := range 6 {
		call, v := s.Begin(now, "scope", strconv.Itoa(n), nil)
		require.Equal(t, idempotency.Lead, v)
		call.Finish(now, &idempotency.Answer{Body: make([]byte, 100)})
	}
	s.Resize(5, 1000, time.Minute)
	require.Equal(t, idempotency.Lead, begin(0))
	require.Equal(t, idempotency.Replay, begin(1))
	s.Resize(5, 350, time.Minute)
	require.Equal(t, 350/8, s.MaxBody())
	require.Equal(t, idempotency.Lead, begin(2))
	require.Equal(t, idempotency.Replay, begin(3))
	now = now.Add(30 * time.Minute)
	require.Equal(t, idempotency.Replay, begin(5), "for as long as it was to be kept")
}
