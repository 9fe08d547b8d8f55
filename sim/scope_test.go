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

func TestHow(t *testing.T) {
	tests := []struct {
		name  string
		fault scenarios.Fault
		want  string
	}{
		{"as it is by default", scenarios.Fault{Kind: "hang"}, ""},
		{"a number", scenarios.Fault{Kind: "status", Values: []scenarios.FaultValue{{Name: "status", Num: 503}}}, "status 503"},
		{"several", scenarios.Fault{Kind: "delay", Values: []scenarios.FaultValue{{Name: "factor", Num: 2.5}, {Name: "add", Num: 90e9}}}, "factor 2.5, add 1m30s"},
		{"a word", scenarios.Fault{Kind: "wrong_model", Values: []scenarios.FaultValue{{Name: "model", Word: "gpt"}}}, "model gpt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, how(&tt.fault)) })
	}
}
