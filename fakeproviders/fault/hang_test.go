package fault_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestHangHangs(t *testing.T) {
	e := apply(t, fault.NoEffect(), "hang", fault.Params{})
	require.Equal(t, fault.Effect{Hang: true, Factor: 1}, e)
	require.Equal(t, e, apply(t, e, "hang", fault.Params{}))
}
