package fault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// apply makes the fault and applies it to an effect.
func apply(t *testing.T, e fault.Effect, kind string, p fault.Params) fault.Effect {
	t.Helper()
	f, err := fault.New(kind, p)
	require.NoError(t, err)
	require.Equal(t, kind, f.Kind())
	f.Apply(&e)
	return e
}

func TestKinds(t *testing.T) {
	require.Equal(t, map[string][]string{
		"none": {}, "status": {"status", "retry_after"}, "delay": {"add", "factor"}, "hang": {}, "reset": {},
	}, fault.Kinds())
	_, err := fault.New("gremlin", fault.Params{})
	require.ErrorIs(t, err, fault.ErrUnknownKind)
}

func TestNewRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		kind string
		p    fault.Params
		want string
	}{
		"status missing":       {"status", fault.Params{}, "fault: status: status 0: want 400 to 599"},
		"status too low":       {"status", fault.Params{Status: 399}, "want 400 to 599"},
		"status too high":      {"status", fault.Params{Status: 600}, "want 400 to 599"},
		"negative retry":       {"status", fault.Params{Status: 429, RetryAfter: -1}, "retry_after"},
		"status with factor":   {"status", fault.Params{Status: 500, Factor: 2}, "takes only status"},
		"delay of nothing":     {"delay", fault.Params{}, "needs add or factor"},
		"delay negative add":   {"delay", fault.Params{Add: -time.Second}, "add"},
		"delay negative":       {"delay", fault.Params{Factor: -1}, "factor"},
		"delay beyond bounds":  {"delay", fault.Params{Factor: 1001}, "factor"},
		"delay with status":    {"delay", fault.Params{Factor: 2, Status: 500}, "takes only add"},
		"none with parameter":  {"none", fault.Params{Factor: 2}, "takes no parameters"},
		"hang with parameter":  {"hang", fault.Params{Status: 500}, "takes no parameters"},
		"reset with parameter": {"reset", fault.Params{Add: 1}, "takes no parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fault.New(row.kind, row.p)
			require.ErrorContains(t, err, row.want)
		})
	}
}
