package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/record"
)

func TestDeferredOf(t *testing.T) {
	require.Nil(t, deferredOf(&record.Cell{Requests: []record.Request{{Outcome: record.OK, Done: time.Second}}}))
	d := deferredOf(&record.Cell{Requests: []record.Request{
		{Outcome: record.OK, Done: time.Second},
		{Outcome: record.OK, Accepted: time.Second, Done: 3 * time.Second},
		{Outcome: record.OK, Accepted: 2 * time.Second, Done: 6 * time.Second},
		{Outcome: record.Dead, Accepted: time.Second, Done: time.Minute},
		{Outcome: record.DeadlineOver, Accepted: time.Second, Done: time.Minute},
	}})
	require.Equal(t, []int{4, 2, 1}, []int{d.Accepted, d.Done, d.Dead})
	require.EqualValues(t, 2*time.Second, *d.Wait.Min)
	require.EqualValues(t, 4*time.Second, *d.Wait.Max)
}
