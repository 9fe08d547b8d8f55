package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// fault takes a kind with its parameters, or the kind alone.
func (d *decoder) fault(f *Fault) func(*node) {
	return func(n *node) {
		*f = Fault{Rate: 1}
		if n.kind == kindString {
			d.faultKind(&f.Kind)(n)
			d.faultComplete(n, f)
			return
		}
		if !d.expect(n, kindMapping) {
			return
		}
		if n.get("kind") == nil {
			d.needHint(n, "a fault", "kind", didYouMean("", d.kinds()))
			return
		}
		if d.faultKind(&f.Kind)(n.get("kind")); f.Kind == "" {
			return
		}
		d.faultParameters(n, f)
		d.faultComplete(n, f)
	}
}

func (d *decoder) kinds() []string {
	return slices.Sorted(maps.Keys(d.words.FaultKinds))
}

func (d *decoder) faultKind(dst *string) func(*node) {
	return d.word(dst, "fault kind", d.kinds())
}

func (d *decoder) faultFields(f *Fault) []field {
	return []field{
		{"kind", func(*node) {}}, // read first: it decides about the others
		{"rate", d.positive(&f.Rate, 1)},
		{"status", d.count(&f.Status, 400, 599)},
		{"retry_after", d.duration(&f.RetryAfter, time.Second, 24*time.Hour)},
		{"add", d.duration(&f.Add, time.Microsecond, 24*time.Hour)},
		{"factor", d.positive(&f.Factor, 1000)},
	}
}

func (d *decoder) faultParameters(n *node, f *Fault) {
	fields := d.faultFields(f)
	valid := append([]string{"kind", "rate"}, d.words.FaultKinds[f.Kind]...)
	for _, p := range n.pairs {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == p.key.text })
		switch {
		case i >= 0 && slices.Contains(valid, p.key.text):
			fields[i].into(p.value)
		case i >= 0:
			d.fail(p.key, "", "a fault of kind %q takes no %q; it takes %s", f.Kind, p.key.text, strings.Join(valid[1:], ", "))
		default:
			d.unknownKey(n, p.key, valid)
		}
	}
}

// faultComplete fills in what has a default and reports what has none.
func (d *decoder) faultComplete(n *node, f *Fault) {
	if f.Kind == "" {
		return
	}
	takes := func(key string) bool { return slices.Contains(d.words.FaultKinds[f.Kind], key) }
	if takes("status") {
		d.needHint(n, fmt.Sprintf("a fault of kind %q", f.Kind), "status", "400 to 599")
	}
	if takes("add") && takes("factor") && n.get("add") == nil && n.get("factor") == nil {
		d.failKey(n, "add", "", "a fault of kind %q needs %q, %q or both", f.Kind, "add", "factor")
	}
	if takes("factor") && n.get("factor") == nil {
		f.Factor = 1
	}
}
