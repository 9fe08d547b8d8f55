package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/report/internal/golden"
	"github.com/routedrill/routedrill/report/internal/synthetic"
	render "github.com/routedrill/routedrill/report/render/json"
	"github.com/routedrill/routedrill/report/schema"
)

// reflector knows what the types with a MarshalJSON of their own become.
func reflector(t *testing.T) *jsonschema.Reflector {
	t.Helper()
	r := &jsonschema.Reflector{
		BaseSchemaID: "https://routedrill.dev/schema",
		Mapper: func(of reflect.Type) *jsonschema.Schema {
			switch of {
			case reflect.TypeFor[report.Millis](), reflect.TypeFor[report.Seconds](), reflect.TypeFor[report.Ratio](),
				reflect.TypeFor[report.USD](), reflect.TypeFor[report.Number]():
				return &jsonschema.Schema{Type: "number"}
			case reflect.TypeFor[report.Parts]():
				return &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Ref: "#/$defs/Part"}}
			case reflect.TypeFor[report.Verdict]():
				return words(report.Pass, report.Failed, report.Inconclusive, report.Broken, report.Ungated, report.Skipped)
			case reflect.TypeFor[gate.Verdict]():
				return words(gate.NonInferior, gate.Inconclusive, gate.Worse, gate.Broken)
			}
			return nil
		},
	}
	require.NoError(t, r.AddGoComments("github.com/routedrill/routedrill/report/schema", ".."))
	require.NotEmpty(t, r.CommentMap["github.com/routedrill/routedrill/report.Result"])
	require.NotEmpty(t, r.CommentMap["github.com/routedrill/routedrill/report/gate.Result"])
	for name, text := range r.CommentMap {
		r.CommentMap[name] = strings.Join(strings.Fields(text), " ")
	}
	return r
}

func words[V ~string](list ...V) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, v := range list {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// text is the schema of a type.
func text(t *testing.T, of any, id jsonschema.ID, title string) []byte {
	t.Helper()
	r := reflector(t)
	s := r.Reflect(of)
	s.ID, s.Title = id, title
	if _, has := s.Definitions["Cell"]; has {
		part := r.Reflect(&report.Part{})
		p := part.Definitions["Part"]
		// The part of a provider has no traffic.
		traffic := r.Reflect(&report.Traffic{}).Definitions["Traffic"].Required
		p.Required = slices.DeleteFunc(p.Required, func(name string) bool { return slices.Contains(traffic, name) })
		for name, d := range part.Definitions {
			s.Definitions[name] = d
		}
	}
	data, err := json.MarshalIndent(s, "", "  ")
	require.NoError(t, err)
	return append(data, '\n')
}

func TestSchemasAreUpToDate(t *testing.T) {
	// The files are embedded, so they stand beside the code and not in testdata.
	files := []struct {
		name string
		got  []byte
	}{
		{"../result.v1.json", text(t, &report.Result{}, "https://routedrill.dev/schema/result.v1.json", "result.json of routedrill run")},
		{"../diff.v1.json", text(t, &gate.Result{}, "https://routedrill.dev/schema/diff.v1.json", "diff.json of routedrill diff")},
	}
	for _, f := range files {
		golden.Equal(t, f.name, f.got, os.ReadFile, os.WriteFile)
	}
}

func compiled(t *testing.T, data []byte) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(data))
	require.NoError(t, err)
	c := validator.NewCompiler()
	require.NoError(t, c.AddResource("schema.json", doc))
	s, err := c.Compile("schema.json")
	require.NoError(t, err)
	return s
}

// check validates a document after a change of its text.
func check(t *testing.T, s *validator.Schema, doc, from, to string) error {
	t.Helper()
	if from != "" {
		require.Contains(t, doc, from)
	}
	v, err := validator.UnmarshalJSON(strings.NewReader(strings.Replace(doc, from, to, 1)))
	require.NoError(t, err)
	return s.Validate(v)
}

func TestSchemasAcceptWhatIsWritten(t *testing.T) {
	run := synthetic.Run()
	for name, r := range map[string]*report.Result{
		"full": report.Compute(run, synthetic.Invariants(run, true)), "seeds": report.Compute(synthetic.Seeds(), nil), "empty": report.Compute(nil, nil),
	} {
		var b bytes.Buffer
		require.NoError(t, render.Write(&b, r))
		require.NoError(t, check(t, compiled(t, schema.Result()), b.String(), "", ""), name)
	}
	for name, r := range map[string]*gate.Result{"full": synthetic.Diff(), "empty": {Scenarios: []gate.Scenario{}, Verdict: gate.Inconclusive}} {
		var b bytes.Buffer
		require.NoError(t, render.WriteDiff(&b, r))
		require.NoError(t, check(t, compiled(t, schema.Diff()), b.String(), "", ""), name)
	}
}

func TestSchemasRejectWhatIsWrong(t *testing.T) {
	run := synthetic.Run()
	var result, diff bytes.Buffer
	require.NoError(t, render.Write(&result, report.Compute(run, synthetic.Invariants(run, true))))
	require.NoError(t, render.WriteDiff(&diff, synthetic.Diff()))
	tests := []struct{ name, from, to string }{
		{"a version that is text", `"version": 1`, `"version": "1"`},
		{"an unknown verdict", `"verdict": "failed"`, `"verdict": "bad"`},
		{"a missing field", `"clock": "virtual",`, ``},
		{"an unknown field", `"clock": "virtual",`, `"clock": "virtual", "colour": "red",`},
		{"a share that is text", `"availability": `, `"availability": "all", "x": `},
	}
	for _, tt := range tests {
		t.Run("result: "+tt.name, func(t *testing.T) {
			require.Error(t, check(t, compiled(t, schema.Result()), result.String(), tt.from, tt.to))
		})
	}
	tests = []struct{ name, from, to string }{
		{"an unknown verdict", `"verdict": "worse"`, `"verdict": "pass"`},
		{"a missing field", `"looks": 1,`, ``},
		{"a row that is none", `"gated": true`, `"gated": "yes"`},
	}
	for _, tt := range tests {
		t.Run("diff: "+tt.name, func(t *testing.T) {
			require.Error(t, check(t, compiled(t, schema.Diff()), diff.String(), tt.from, tt.to))
		})
	}
}
