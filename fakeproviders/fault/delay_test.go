package fault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestDelaysCompose(t *testing.T) {
	e := apply(t, fault.NoEffect(), "delay", fault.Params{Add: time.Second})
	require.Equal(t, fault.Effect{Add: time.Second, Factor: 1}, e)
	e = apply(t, e, "delay", fault.Params{Add: time.Second, Factor: 3})
	e = apply(t, e, "delay", fault.Params{Factor: 0.5})
	require.Equal(t, fault.Effect{Add: 2 * time.Second, Factor: 1.5}, e)
}
