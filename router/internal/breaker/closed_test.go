package breaker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/audit"
)

func TestClosed(t *testing.T) {
	type step struct {
		at time.Duration
		o  Outcome
	}
	s, f, x := Success, Failure, Excluded
	for _, row := range []struct {
		name  string
		steps []step
		want  audit.State
	}{
		{"nothing", nil, audit.Closed},
		{"too few samples", []step{{0, f}, {1, f}, {2, f}}, audit.Closed},
		{"all fail", []step{{0, f}, {1, f}, {2, f}, {3, f}}, audit.Open},
		{"exactly the rate", []step{{0, s}, {1, s}, {2, f}, {3, f}}, audit.Open},
		{"below the rate", []step{{0, s}, {1, s}, {2, s}, {3, f}, {4, f}}, audit.Closed},
		{"success does not trip", []step{{0, f}, {1, f}, {2, f}, {3, s}}, audit.Closed},
		{"excluded do not count", []step{{0, f}, {1, f}, {2, f}, {3, x}, {4, x}}, audit.Closed},
		{"old results leave the window", []step{{0, f}, {0, f}, {0, f}, {10 * time.Second, f}}, audit.Closed},
		{"results within the window stay", []step{{0, f}, {0, f}, {0, f}, {9 * time.Second, f}}, audit.Open},
		{"a bucket is used anew", []step{{0, f}, {0, f}, {0, f}, {20 * time.Second, f}, {20 * time.Second, f}}, audit.Closed},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := New(settings())
			for _, st := range row.steps {
				result(t, b, st.at, st.o)
			}
			require.Equal(t, row.want, b.Status().State)
		})
	}
}
