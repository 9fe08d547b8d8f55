package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/scenarios"
)

func inject(t *testing.T, text string) (scenarios.Injection, error) {
	t.Helper()
	return scenarios.ParseInjection("body", []byte(text), load(t, "steady"), words())
}

func TestInjection(t *testing.T) {
	for name, row := range map[string]struct {
		text          string
		at, last, ttl time.Duration
		every         time.Duration
	}{
		"for alone":             {"{for: 5m, fault: hang}", 0, 5 * time.Minute, 5 * time.Minute, 0},
		"ttl alone":             {"{ttl: 5m, fault: hang}", 0, 5 * time.Minute, 5 * time.Minute, 0},
		"later":                 {"{at: 1m, for: 5m, fault: hang}", time.Minute, 5 * time.Minute, 6 * time.Minute, 0},
		"later, with a ttl":     {"{at: 1m, ttl: 5m, fault: hang}", time.Minute, 4 * time.Minute, 5 * time.Minute, 0},
		"a ttl that cuts it":    {"{for: 1h, ttl: 5m, fault: hang}", 0, 5 * time.Minute, 5 * time.Minute, 0},
		"a ttl beyond its end":  {"{for: 1m, ttl: 5m, fault: hang}", 0, time.Minute, 5 * time.Minute, 0},
		"again and again":       {"{for: 10s, every: 1m, ttl: 1h, fault: hang}", 0, 10 * time.Second, time.Hour, time.Minute},
		"JSON":                  {"{\n\t\"for\": \"5m\",\n\t\"fault\": {\"kind\": \"status\", \"status\": 503}\n}", 0, 5 * time.Minute, 5 * time.Minute, 0},
		"a block":               {"for: 5m\nprovider: openai\nfault: {kind: status, status: 503}\n", 0, 5 * time.Minute, 5 * time.Minute, 0},
		"what no task asks for": {"{for: 5m, tools: true, stream: false, endpoint: models, fault: hang}", 0, 5 * time.Minute, 5 * time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := inject(t, row.text)
			require.NoError(t, err)
			require.Equal(t, []time.Duration{row.at, row.last, row.ttl, row.every}, []time.Duration{in.At, in.For, in.TTL, in.Every})
			require.NotEmpty(t, in.Fault.Kind)
		})
	}
}

// TestInjectionErrors: the words are those of scenarios.
func TestInjectionErrors(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"nothing":           {"", "body:1:1: the file is empty"},
		"a list":            {"[]", "body:1:1: an event is a mapping of keys, found a list"},
		"no fault":          {"{for: 5m}", `body:1:1: fault: an event needs "fault"`},
		"no end":            {"{fault: hang}", `body:1:1: for: an event that is put into force by hand needs "for" or "ttl", so that it reverts by itself (for: 5m)`},
		"again for ever":    {"{for: 1s, every: 1m, fault: hang}", `body:1:1: ttl: an event that comes again needs "ttl": when it is to end for good`},
		"over before it is": {"{at: 5m, ttl: 1m, fault: hang}", "body:1:15: ttl: it is withdrawn after 1m and would begin after 5m"},
		"unknown key":       {"{for: 5m, falt: hang}", `body:1:11: falt: unknown key "falt" (did you mean "fault"?)`},
		"unknown kind":      {"{for: 5m, fault: hnag}", `body:1:18: fault: unknown fault kind "hnag" (did you mean "hang"?)`},
		"missing value":     {"{for: 5m, fault: {kind: status}}", `body:1:18: fault.status: a fault of kind "status" needs "status" (400 to 599)`},
		"unknown provider":  {"{for: 5m, provider: opnai, fault: hang}", `body:1:21: provider: no such provider as "opnai" (did you mean "openai"?)`},
		"nobody":            {"{for: 5m, provider: anthropic, endpoint: embeddings, fault: hang}", "body:1:1: no request fits all of what this event selects, so it can hit nothing"},
		"a task":            {"{for: 5m, task: chat, fault: hang}", "body:1:17: task: requests from outside belong to no task, so an event that selects one can hit nothing"},
		"a reserved id":     {"{for: 5m, id: after, fault: hang}", `body:1:15: id: "after" is a phase every scenario has; choose another id`},
		"long ramps":        {"{for: 5m, ramp: {in: 6m}, fault: hang}", "body:1:17: ramp: the ramps last 6m, the event lasts 5m"},
		"both":              {"{for: 5m, provider: openai, providers: [openai], fault: hang}", "body:1:40: providers: give either provider or providers"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inject(t, row.text)
			require.Error(t, err)
			require.Equal(t, row.want, strings.Split(err.Error(), "\n")[0])
			var typed *scenarios.Error
			require.ErrorAs(t, err, &typed)
		})
	}
}

func FuzzParseInjection(f *testing.F) {
	f.Add("{for: 5m, fault: hang}")
	f.Add(`{"ttl": "5m", "at": "1s", "every": "1m", "for": "1s", "providers": ["openai"], "fault": {"kind": "delay", "add": "1s"}}`)
	f.Add("{ttl: 1m, flap: {period: 1s, duty: 0.5}, ramp: {in: 1s, out: 1s}, fault: {kind: status, status: 503}}")
	s, err := scenarios.Load("steady", scenarios.Options{}, words())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		in, err := scenarios.ParseInjection("body", []byte(text), s, words())
		switch {
		case err != nil && (len(err.Error()) > 64<<10 || strings.Contains(err.Error(), "internal error")):
			t.Fatal(err)
		case err == nil && (in.For <= 0 || in.TTL <= in.At || in.At < 0 || in.Fault.Kind == ""):
			t.Fatalf("%+v", in)
		}
	})
}
