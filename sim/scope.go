package sim

import (
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/scenarios"
)

// scope words, in the language of scenarios, which of the requests at its
// targets an event hits; "" for all of them. What the targets say themselves,
// such as the provider, is left out.
func scope(e *scenarios.Event) string {
	var words []string
	add := func(key, value string) {
		if value != "" {
			words = append(words, key+" "+value)
		}
	}
	count := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	length := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		s := d.String() // 3m0s and 1h0m0s are 3m and 1h
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	}
	truth := func(b *bool) string {
		if b == nil {
			return ""
		}
		return strconv.FormatBool(*b)
	}
	if e.Fault.Rate < 1 {
		add("rate", strconv.FormatFloat(e.Fault.Rate, 'g', -1, 64))
	}
	if e.Fault.Sticky != "attempt" {
		add("sticky", e.Fault.Sticky)
	}
	add("first", count(e.Fault.First))
	add("nth", count(e.Fault.Nth))
	add("endpoint", e.Select.Endpoint)
	add("task", e.Select.Task)
	add("stream", truth(e.Select.Stream))
	add("tools", truth(e.Select.Tools))
	add("ramp in", length(e.Ramp.In))
	add("ramp out", length(e.Ramp.Out))
	add("flap", length(e.Flap.Period))
	return strings.Join(words, ", ")
}
