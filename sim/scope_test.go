package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func TestScope(t *testing.T) {
	yes := true
	plain := scenarios.Fault{Kind: "status", Rate: 1, Sticky: "attempt"}
	tests := []struct {
		name  string
		event scenarios.Event
		want  string
	}{
		{"all requests", scenarios.Event{Fault: plain, Select: scenarios.Selector{Providers: []string{"a"}, Model: "m"}}, ""},
		{"a share", scenarios.Event{Fault: scenarios.Fault{Rate: 0.95, Sticky: "tenant"}}, "rate 0.95, sticky tenant"},
		{"few", scenarios.Event{Fault: scenarios.Fault{Rate: 1, Sticky: "attempt", First: 3, Nth: 2}}, "first 3, nth 2"},
		{
			"some",
			scenarios.Event{Fault: plain, Select: scenarios.Selector{Endpoint: "chat", Task: "search", Stream: &yes, Tools: new(bool)}},
			"endpoint chat, task search, stream true, tools false",
		},
		{
			"now and then",
			scenarios.Event{Fault: plain, Ramp: scenarios.Ramp{In: 3 * time.Minute, Out: time.Hour}, Flap: scenarios.Flap{Period: 90 * time.Second, Duty: 0.5}},
			"ramp in 3m, ramp out 1h, flap 1m30s",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, scope(&tt.event)) })
	}
}
