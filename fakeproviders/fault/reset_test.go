package fault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestResetResets(t *testing.T) {
	e := apply(t, fault.NoEffect(), "reset", fault.Params{})
	require.Equal(t, fault.Effect{Reset: true, Factor: 1}, e)
	require.Equal(t, e, apply(t, e, "reset", fault.Params{}))
}
