package fault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestNoneChangesNothing(t *testing.T) {
	require.Equal(t, fault.NoEffect(), apply(t, fault.NoEffect(), "none", fault.Params{}))
	require.Equal(t, fault.Effect{Factor: 1}, fault.NoEffect())
}
