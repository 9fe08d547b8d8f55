package sim

import (
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/fault"
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

// length words a duration as scenarios do: 3m0s and 1h0m0s are 3m and 1h; "" is none.
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// how says in words which parameters a fault was given.
func how(f *scenarios.Fault) string {
	durations := make(map[string]bool)
	for _, k := range fault.Kinds() {
		for i := range k.Params {
			if k.Name == f.Kind && paramTypes[k.Params[i].Type] == scenarios.TypeDuration {
				durations[k.Params[i].Name] = true
			}
		}
	}
	words := make([]string, 0, len(f.Values))
	for _, v := range f.Values {
		value := v.Word
		switch {
		case value != "":
		case durations[v.Name]:
			value = length(time.Duration(v.Num))
		default:
			value = strconv.FormatFloat(v.Num, 'f', -1, 64)
		}
		words = append(words, v.Name+" "+value)
	}
	return strings.Join(words, ", ")
}
