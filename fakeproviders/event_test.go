package fakeproviders_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

func TestRateAt(t *testing.T) {
	e := fakeproviders.Event{
		Start: time.Minute, End: 11 * time.Minute, Rate: 0.8, RampIn: 2 * time.Minute, RampOut: 4 * time.Minute,
	}
	flapping := e
	flapping.FlapPeriod, flapping.FlapDuty = 100*time.Second, 0.25
	short := e
	short.RampIn, short.RampOut = 10*time.Minute, 10*time.Minute
	for name, row := range map[string]struct {
		e    fakeproviders.Event
		at   time.Duration
		want float64
	}{
		"before":             {e, time.Minute - 1, 0},
		"start":              {e, time.Minute, 0},
		"half in":            {e, 2 * time.Minute, 0.4},
		"whole":              {e, 3 * time.Minute, 0.8},
		"still whole":        {e, 7 * time.Minute, 0.8},
		"half out":           {e, 9 * time.Minute, 0.4},
		"end":                {e, 11 * time.Minute, 0},
		"after":              {e, time.Hour, 0},
		"flap on":            {flapping, time.Minute + 224*time.Second, 0.8},
		"flap off":           {flapping, time.Minute + 225*time.Second, 0},
		"ramps meet: lower":  {short, 3 * time.Minute, 0.16},
		"ramps meet: middle": {short, 6 * time.Minute, 0.4},
	} {
		t.Run(name, func(t *testing.T) { require.InDelta(t, row.want, row.e.RateAt(row.at), 1e-12) })
	}
}

// The share of attempts hit follows the ramp, and an attempt that is hit early
// in the ramp in stays hit.
func TestRampedShare(t *testing.T) {
	e := event(t, "status", fault.Values{"status": {Num: 503}}, 0, 40*time.Hour)
	e.Rate, e.RampIn, e.RampOut = 0.6, 10*time.Hour, 10*time.Hour
	in(t, faulty(t, e), func(w *world) {
		const n = 1500
		var hit [4]map[int]bool
		for phase, at := range []time.Duration{2 * time.Hour, 5 * time.Hour, 20 * time.Hour, 35 * time.Hour} {
			hit[phase] = make(map[int]bool)
			time.Sleep(at - w.now())
			for i := range n {
				// A new model of the request each time would change its luck: keep nth out of it.
				id := strconv.Itoa(i) + "-" + strconv.Itoa(phase)
				if w.chat(w.now(), id, "").status == 503 {
					hit[phase][i] = true
				}
			}
		}
		// The 200s take 1.3 s each, about half an hour per phase: 3% of a ramp.
		for phase, want := range []float64{0.12, 0.30, 0.60, 0.30} {
			require.InDelta(t, want, float64(len(hit[phase]))/n, 0.06, "phase %d", phase)
		}
	})
}

// A hung attempt is let go when the ramp out passes its own luck, which spreads
// the attempts over the ramp.
func TestRampOutLetsGoOneByOne(t *testing.T) {
	e := event(t, "hang", nil, 0, 2*time.Hour)
	e.RampOut = time.Hour
	for _, id := range []string{"a", "b", "c"} {
		in(t, faulty(t, e), func(w *world) {
			c := w.chat(time.Second, id, "")
			free := c.end - 1310*time.Millisecond
			require.Greater(t, free, time.Hour)
			require.Less(t, free, 2*time.Hour)
			// At that very time the event's rate passes the attempt's uniform.
			require.Positive(t, e.RateAt(free-edge))
			require.InDelta(t, e.RateAt(free), e.RateAt(free-edge), 0.01)
		})
	}
}

func TestSelectors(t *testing.T) {
	yes, no := true, false
	tools := `,"tools":[{"type":"function","function":{"name":"f"}}]`
	for name, row := range map[string]struct {
		s    fakeproviders.Selector
		more string
		hit  bool
	}{
		"all":              {fakeproviders.Selector{}, "", true},
		"provider":         {fakeproviders.Selector{Providers: []string{"x", "p"}}, "", true},
		"other provider":   {fakeproviders.Selector{Providers: []string{"x"}}, "", false},
		"vendor":           {fakeproviders.Selector{Vendor: "v"}, "", true},
		"other vendor":     {fakeproviders.Selector{Vendor: "w"}, "", false},
		"region":           {fakeproviders.Selector{Region: "r"}, "", true},
		"other region":     {fakeproviders.Selector{Region: "s"}, "", false},
		"model":            {fakeproviders.Selector{Model: "m"}, "", true},
		"other model":      {fakeproviders.Selector{Model: "n"}, "", false},
		"endpoint":         {fakeproviders.Selector{Endpoint: "chat"}, "", true},
		"other endpoint":   {fakeproviders.Selector{Endpoint: "embeddings"}, "", false},
		"task":             {fakeproviders.Selector{Task: "support"}, "", true},
		"other task":       {fakeproviders.Selector{Task: "search"}, "", false},
		"stream":           {fakeproviders.Selector{Stream: &yes}, stream, true},
		"streams only":     {fakeproviders.Selector{Stream: &yes}, "", false},
		"whole only":       {fakeproviders.Selector{Stream: &no}, stream, false},
		"tools":            {fakeproviders.Selector{Tools: &yes}, tools, true},
		"tools only":       {fakeproviders.Selector{Tools: &yes}, "", false},
		"one of two wrong": {fakeproviders.Selector{Vendor: "v", Task: "search"}, "", false},
		"all of two right": {fakeproviders.Selector{Vendor: "v", Task: "support"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			e := event(t, "status", fault.Values{"status": {Num: 500}}, 0, time.Hour)
			e.Select = row.s
			in(t, faulty(t, e), func(w *world) {
				require.Equal(t, row.hit, w.chat(0, "a", row.more).status == 500)
			})
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*fakeproviders.Config)
		want   string
	}{
		"no name":         {func(c *fakeproviders.Config) { c.Name = "" }, "needs a name"},
		"no model":        {func(c *fakeproviders.Config) { c.Models = nil }, "needs a model"},
		"model twice":     {func(c *fakeproviders.Config) { c.Models = append(c.Models, c.Models[0]) }, "twice"},
		"endpoint":        {func(c *fakeproviders.Config) { c.Models[0].Endpoints = []string{"chatt"} }, `unknown endpoint "chatt"`},
		"price":           {func(c *fakeproviders.Config) { c.Models[0].Price.InputNano = -1 }, "negative price"},
		"rtt":             {func(c *fakeproviders.Config) { c.RTT = -1 }, "rtt"},
		"capacity":        {func(c *fakeproviders.Config) { c.Capacity.Queue = -1 }, "capacity"},
		"capacity status": {func(c *fakeproviders.Config) { c.Capacity.Status = 500 }, "want 429, 503 or 529"},
		"quota":           {func(c *fakeproviders.Config) { c.Quotas.TPM = 1e11 }, "tpm"},
		"gap":             {func(c *fakeproviders.Config) { c.MaxEventGap = -1 }, "gap"},
		"dimensions":      {func(c *fakeproviders.Config) { c.Models[0].Dimensions = 1e6 }, "dimensions"},
		"no fault":        {func(c *fakeproviders.Config) { c.Faults[0].Fault = fault.Fault{} }, "has no fault"},
		"window":          {func(c *fakeproviders.Config) { c.Faults[0].End = 0 }, "end after it starts"},
		"rate":            {func(c *fakeproviders.Config) { c.Faults[0].Rate = 1.1 }, "rate"},
		"index":           {func(c *fakeproviders.Config) { c.Faults[0].Index = 64 }, "index"},
		"ramp":            {func(c *fakeproviders.Config) { c.Faults[0].RampIn = -1 }, "ramp"},
		"flap":            {func(c *fakeproviders.Config) { c.Faults[0].FlapPeriod = time.Millisecond }, "flap period"},
		"duty":            {func(c *fakeproviders.Config) { c.Faults[0].FlapDuty = 2 }, "duty"},
		"too many events": {func(c *fakeproviders.Config) { c.Faults = make([]fakeproviders.Event, 65) }, "at most 64"},
	} {
		t.Run(name, func(t *testing.T) {
			c := faulty(t, event(t, "hang", nil, 0, time.Hour))
			row.change(&c)
			_, err := fakeproviders.New(c)
			require.ErrorContains(t, err, row.want)
		})
	}
}
