package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Type is the type of a parameter.
type Type uint8

// The types.
const (
	Duration Type = iota + 1 // Value.Num in nanoseconds
	Count                    // a whole number
	Number                   // any number
	Word                     // one of Param.Words
	Text                     // any text of at most 128 bytes
)

// Param is one parameter of a kind.
type Param struct {
	Name     string
	Type     Type
	Min, Max float64  // of numbers and durations, both included
	Words    []string // of a Word
	Required bool
	Default  Value  // where none is given; the zero value = absent
	Doc      string // one phrase
}

// Value is the value of a parameter.
type Value struct {
	Num  float64 // of a Duration (nanoseconds), Count or Number
	Word string  // of a Word or Text
}

// Values are values by the names of parameters.
type Values map[string]Value

// Seconds returns the value of a Duration parameter.
func Seconds(s float64) Value { return Value{Num: s * float64(time.Second)} }

const maxText = 128

func (p *Param) check(v Value) error {
	switch p.Type {
	case Word:
		if !slices.Contains(p.Words, v.Word) {
			return fmt.Errorf("%s %q: want %s", p.Name, v.Word, p.Range())
		}
	case Text:
		if v.Word == "" || len(v.Word) > maxText {
			return fmt.Errorf("%s: want %s", p.Name, p.Range())
		}
	default:
		whole := p.Type != Number
		if !(v.Num >= p.Min && v.Num <= p.Max) || whole && v.Num != float64(int64(v.Num)) {
			return fmt.Errorf("%s %s: want %s", p.Name, p.show(v.Num), p.Range())
		}
	}
	return nil
}

// Range says what the parameter may be, for errors and the reference.
func (p *Param) Range() string {
	switch p.Type {
	case Word:
		return strings.Join(p.Words, ", ")
	case Text:
		return "a text of 1 to " + strconv.Itoa(maxText) + " bytes"
	}
	return p.show(p.Min) + " to " + p.show(p.Max)
}

// Shown is the default as a scenario would write it; "" where there is none.
func (p *Param) Shown() string {
	switch {
	case p.Default == Value{}:
		return ""
	case p.Default.Word != "":
		return p.Default.Word
	}
	return p.show(p.Default.Num)
}

func (p *Param) show(v float64) string {
	if p.Type == Duration {
		return shortDuration(time.Duration(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// shortDuration is the way scenarios write it: 24h, not 24h0m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func (v Values) duration(name string) time.Duration { return time.Duration(v[name].Num) }
func (v Values) count(name string) int              { return int(v[name].Num) }
func (v Values) number(name string) float64         { return v[name].Num }
func (v Values) word(name string) string            { return v[name].Word }
