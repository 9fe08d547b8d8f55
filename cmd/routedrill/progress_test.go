package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// Where stderr is no terminal, a line now and then says that a run goes on.
func TestProgressInALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stderr bytes.Buffer
		done := showProgress(system{stderr: &stderr}, "drill", &scenarios.Scenario{Duration: time.Hour}, new(sim.Progress))
		time.Sleep(inLog - time.Nanosecond)
		synctest.Wait()
		require.Empty(t, stderr.String())
		time.Sleep(inLog + time.Second)
		done()
		require.Equal(t, 2, strings.Count(stderr.String(), "\n"), stderr.String())
		require.True(t, strings.HasPrefix(stderr.String(), "drill: "), stderr.String())
		require.NotContains(t, stderr.String(), "\x1b")
	})
}
