package fault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestFirstStatusWins(t *testing.T) {
	e := apply(t, fault.NoEffect(), "status", fault.Params{Status: 429, RetryAfter: 3 * time.Second})
	e = apply(t, e, "status", fault.Params{Status: 503, RetryAfter: time.Minute})
	require.Equal(t, fault.Effect{Status: 429, RetryAfter: 3 * time.Second, Factor: 1}, e)
}
