package scenarios

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// The forms of scalars. Where a value may be a number or a text, both kinds stand
// in one schema: its bounds are about numbers and its pattern about texts.

func ofTypes(s *jsonschema.Schema, types ...string) *jsonschema.Schema {
	s.Extras = map[string]any{"type": types}
	return s
}

func textForm(limit int, examples ...any) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", MaxLength: bound(limit), Examples: examples}
}

const (
	maxPath     = 4096
	pathPattern = `[/\\]|\.ya?ml$` // what isPath takes
)

func patternForm(pattern string, examples ...any) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: pattern, Examples: examples}
}

// The names that validName and checkModelName take.
const (
	namePattern  = `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`
	modelPattern = `^[A-Za-z0-9][A-Za-z0-9._/:-]{0,127}$`
)

func wordForm(words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

func numberForm(low, high float64) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", Minimum: json.Number(plain(low)), Maximum: json.Number(plain(high))}
}

func positiveForm(high float64) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", ExclusiveMinimum: "0", Maximum: json.Number(plain(high))}
}

func countForm(low, high int) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Minimum: json.Number(plain(float64(low))), Maximum: json.Number(plain(float64(high))),
		Pattern: `^[0-9]+(\.[0-9]+)?[kM]?$`,
	}
	return ofTypes(s, "integer", "string")
}

func rateForm(silent bool) *jsonschema.Schema {
	s := &jsonschema.Schema{Pattern: `^[0-9.]+ *(/[smh])?$`, Maximum: json.Number(plain(maxRate)), Examples: []any{"2/s", "120/m"}}
	if silent {
		s.Minimum = "0"
	} else {
		s.ExclusiveMinimum = "0"
	}
	return ofTypes(s, "number", "string")
}

// durationForm takes texts, and the number 0 where that is a value.
func durationForm(low time.Duration) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Pattern:  `^\+?(0|([0-9.]+(d|h|m|s|ms|us|µs|μs|ns))+)$`,
		Examples: []any{"250ms", "30s", "2h20m"},
	}
	if low > 0 {
		s.Type = "string"
		return s
	}
	s.Minimum, s.Maximum = "0", "0"
	return ofTypes(s, "string", "integer")
}

// expressionForm takes what a threshold compares with; the rest of its grammar
// the decoder knows.
func expressionForm(word *MetricWord) *jsonschema.Schema {
	one := &jsonschema.Schema{Type: "string", Pattern: `(<=|>=|==|<|>)`, Examples: []any{example(word)}}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{one, {Type: "array", Items: one, MinItems: bound(1)}}}
}

func example(word *MetricWord) string {
	value := map[string]string{"seconds": "< 2s", "ratio": ">= 0.999", "usd": "<= 6.00"}[word.Unit]
	switch {
	case word.Unit == "ratio" && strings.HasSuffix(word.Name, "_amplification"):
		value = "<= 1.5"
	case value == "":
		value = "<= 100"
	}
	if word.Distribution {
		return "p95 " + value
	}
	return value
}

// about describes a metric in a sentence.
func (w *MetricWord) about() string {
	text := "Measured in " + w.Unit + "."
	switch w.Unit {
	case "ratio":
		text = "A ratio, written as 0.999 or 99.9%."
	case "seconds":
		text = "A duration."
	case "usd":
		text = "In USD."
	case "count":
		text = "A count."
	}
	if w.Distribution {
		text += " A distribution: say which part, such as p95."
	}
	if len(w.Selectors) > 0 {
		text += " Narrowed by " + strings.Join(w.Selectors, ", ") + ", as in " + w.Name + "{" + w.Selectors[0] + ":…}."
	}
	return text
}
