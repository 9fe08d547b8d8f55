package config

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/routedrill/routedrill/router"
)

// The forms of scalars. A number may be written as a text and a text as a number:
// the bounds of a form are about numbers and its pattern about texts.

func ofTypes(s *jsonschema.Schema, types ...string) *jsonschema.Schema {
	s.Extras = map[string]any{"type": types}
	return s
}

func textForm(examples ...any) *jsonschema.Schema {
	return ofTypes(&jsonschema.Schema{MinLength: atLeast(1), Examples: examples}, "string", "number", "boolean")
}

func wordForm(words ...string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

func truthForm() *jsonschema.Schema {
	return &jsonschema.Schema{Enum: []any{true, false, "true", "false"}}
}

func listForm(item *jsonschema.Schema, least uint64) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "array", Items: item, UniqueItems: true}
	if least > 0 {
		s.MinItems = atLeast(least)
	}
	return s
}

// patternForm is a text of that form.
func patternForm(pattern string, examples ...any) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: pattern, Examples: examples}
}

// durationForm takes texts, and the number 0 where that is a value.
func durationForm(low time.Duration) *jsonschema.Schema {
	s := patternForm(`^\+?(0|([0-9.]+(h|m|s|ms|us|µs|μs|ns))+)$`, "250ms", "5s", "2m")
	if low > 0 {
		return s
	}
	s.Type, s.Minimum, s.Maximum = "", "0", "0"
	return ofTypes(s, "string", "integer")
}

func wholeForm(low, high int) *jsonschema.Schema {
	s := &jsonschema.Schema{
		Pattern: `^\+?[0-9]+[kMG]?$`, Minimum: json.Number(strconv.Itoa(low)), Maximum: json.Number(strconv.Itoa(high)),
	}
	return ofTypes(s, "integer", "string")
}

func ratioForm(high float64, zero bool) *jsonschema.Schema {
	s := &jsonschema.Schema{Pattern: `^\+?[0-9.eE+-]+%?$`, Maximum: number(high)}
	if zero {
		s.Minimum = "0"
	} else {
		s.ExclusiveMinimum = "0"
	}
	return ofTypes(s, "number", "string")
}

func priceForm() *jsonschema.Schema {
	s := &jsonschema.Schema{Pattern: `^[0-9]+(\.[0-9]{0,3})?$`, Minimum: "0", Maximum: number(maxWholeUSD), Examples: []any{2.5}}
	return ofTypes(s, "number", "string")
}

func number(v float64) json.Number { return json.Number(strconv.FormatFloat(v, 'f', -1, 64)) }

func atLeast(n uint64) *uint64 { return &n }

// targetPattern is a "provider/model".
const targetPattern = `^[^/]+/.+$`

func targetForm() *jsonschema.Schema { return patternForm(targetPattern, "openai/gpt-4.1") }

func commitForm() *jsonschema.Schema {
	s := &jsonschema.Schema{
		Pattern: `^(first_token|complete|[0-9]+)$`, Minimum: "1", Maximum: json.Number(strconv.Itoa(router.MaxCommit)),
		Examples: []any{"first_token", "complete", 50},
	}
	return ofTypes(s, "string", "integer")
}

func hedgeForm() *jsonschema.Schema {
	s := durationForm(0)
	s.Pattern, s.Examples = `^(p[5-9][0-9]|`+s.Pattern[1:len(s.Pattern)-1]+`)$`, []any{"p95", "2s"}
	return s
}
