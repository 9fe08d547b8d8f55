package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// fault takes a kind with its parameters, or the kind alone.
func (d *decoder) fault(f *Fault) func(*node) {
	return func(n *node) {
		*f = Fault{Rate: 1, Sticky: "attempt"}
		if n.probe != nil {
			d.describeFault(n, f)
			return
		}
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
		before := len(d.found)
		d.faultParameters(n, f)
		d.faultComplete(n, f)
		if len(d.found) > before || d.words.CheckFault == nil {
			return
		}
		if err := d.words.CheckFault(f.Kind, f.Values); err != nil {
			d.fail(n, "", "a fault of kind %q: %v", f.Kind, err)
		}
	}
}

func (d *decoder) kinds() []string {
	names := make([]string, len(d.words.Faults))
	for i := range d.words.Faults {
		names[i] = d.words.Faults[i].Name
	}
	slices.Sort(names)
	return names
}

func (d *decoder) faultKind(dst *string) func(*node) {
	return d.word(dst, "fault kind", d.kinds())
}

// faultFields are the keys every fault takes.
func (d *decoder) faultFields(f *Fault) []field {
	return []field{
		{"kind", d.faultKind(new(string))}, // read first: it decides about the others
		{"rate", d.positive(&f.Rate, 1)},
		{"sticky", d.word(&f.Sticky, "sticky", []string{"attempt", "request", "tenant", "shard"})},
		{"first", d.count(&f.First, 1, 1_000_000)},
		{"nth", d.count(&f.Nth, 2, 1_000_000)},
	}
}

// faultKeys are the keys that faults of a kind take.
func (d *decoder) faultKeys(word *FaultWord, f *Fault) []field {
	fields := d.faultFields(f)
	for i := range word.Params {
		p := &word.Params[i]
		fields = append(fields, field{p.Name, func(n *node) {
			v := FaultValue{Name: p.Name}
			before := len(d.found)
			if d.faultValue(p, &v)(n); len(d.found) == before {
				f.Values = append(f.Values, v)
			}
		}})
	}
	return fields
}

func (d *decoder) faultParameters(n *node, f *Fault) {
	fields := d.faultKeys(d.words.fault(f.Kind), f)
	valid := fieldNames(fields)
	for _, p := range n.pairs {
		i := slices.Index(valid, p.key.text)
		switch {
		case i >= 0:
			fields[i].into(p.value)
		case d.someFaultTakes(p.key.text):
			d.fail(p.key, "", "a fault of kind %q takes no %q; it takes %s", f.Kind, p.key.text, strings.Join(valid[1:], ", "))
		default:
			d.unknownKey(n, p.key, valid)
		}
	}
}

// faultValue takes the value of a parameter.
func (d *decoder) faultValue(p *ParamWord, v *FaultValue) func(*node) {
	switch p.Type {
	case TypeDuration:
		return func(n *node) {
			var t time.Duration
			d.duration(&t, time.Duration(p.Min), time.Duration(p.Max))(n)
			v.Num = float64(t)
		}
	case TypeCount:
		return func(n *node) {
			var c int
			d.count(&c, int(p.Min), int(p.Max))(n)
			v.Num = float64(c)
		}
	case TypeNumber:
		return d.number(&v.Num, p.Min, p.Max)
	case TypeWord:
		return d.word(&v.Word, p.Name, p.Words)
	}
	return d.text(&v.Word, 128)
}

// someFaultTakes reports whether the key is a parameter of any kind.
func (d *decoder) someFaultTakes(key string) bool {
	return slices.ContainsFunc(d.words.Faults, func(f FaultWord) bool {
		return slices.ContainsFunc(f.Params, func(p ParamWord) bool { return p.Name == key })
	})
}

// faultComplete reports what is missing.
func (d *decoder) faultComplete(n *node, f *Fault) {
	word := d.words.fault(f.Kind)
	if word == nil {
		return
	}
	for _, p := range word.Params {
		if p.Required {
			d.needHint(n, fmt.Sprintf("a fault of kind %q", f.Kind), p.Name, p.Range)
		}
	}
}
