package fault_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/fault"
)

var update = flag.Bool("update", false, "rewrite README.md")

// reference is the text of README.md: all that scenarios need to know of faults.
func reference() string {
	var b strings.Builder
	b.WriteString("# Faults\n\nHow a provider can be made to fail. This page is made from the table of kinds; a test keeps it true.\n\n" +
		"    fault: {kind: status, status: 503, retry_after: 5s, rate: 0.95}\n\n" +
		"Beside its parameters every fault takes `rate`, `sticky`, `first` and `nth`: see `scenarios/README.md`. Faults that say\n" +
		"\"streams\" act on streamed answers only, those that say \"whole\" only on answers that are not.\n")
	for _, k := range fault.Kinds() {
		on := [...]string{fault.Any: "", fault.Streams: " (streams)", fault.Whole: " (whole)"}[k.On]
		fmt.Fprintf(&b, "\n## %s%s\n\n%s%s.\n", k.Name, on, strings.ToUpper(k.Doc[:1]), k.Doc[1:])
		if len(k.Params) == 0 {
			continue
		}
		b.WriteString("\n| parameter | value | default | meaning |\n|---|---|---|---|\n")
		for i := range k.Params {
			p := &k.Params[i]
			value := p.Range()
			if p.Type == fault.Word {
				value = "`" + strings.ReplaceAll(value, ", ", "`, `") + "`"
			}
			byDefault := p.Shown()
			switch {
			case p.Required:
				byDefault = "needed"
			case byDefault == "":
				byDefault = "none"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, value, byDefault, p.Doc)
		}
	}
	return b.String()
}

func TestReferenceIsTrue(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile("README.md", []byte(reference()), 0o644))
	}
	got, err := os.ReadFile("README.md")
	require.NoError(t, err)
	require.Equal(t, reference(), string(got))
}

// TestKinds holds the table against its own rules.
func TestKinds(t *testing.T) {
	names := map[string]bool{}
	for _, k := range fault.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			require.Regexp(t, `^[a-z][a-z0-9_]*$`, k.Name)
			require.False(t, names[k.Name], "it is there twice")
			names[k.Name] = true
			require.NotEmpty(t, k.Doc)
			require.NotContains(t, k.Doc, ".")
			for i := range k.Params {
				p := &k.Params[i]
				require.NotEmpty(t, p.Doc, p.Name)
				require.NotContains(t, []string{"kind", "rate", "sticky", "first", "nth"}, p.Name, "every fault has it")
				require.False(t, p.Required && p.Default != fault.Value{}, "%s is needed and has a default", p.Name)
			}
		})
	}
}

// values are the least that each kind needs.
func values(k fault.Kind) fault.Values {
	v := fault.Values{}
	for _, p := range k.Params {
		if p.Required {
			v[p.Name] = fault.Value{Num: p.Min}
		}
	}
	if k.Name == "delay" {
		v["add"] = fault.Seconds(1)
	}
	return v
}

// TestEveryKindDoesSomething: each changes the effect, and only [none] does not.
func TestEveryKindDoesSomething(t *testing.T) {
	for _, k := range fault.Kinds() {
		f, err := fault.New(k.Name, values(k))
		require.NoError(t, err)
		require.Equal(t, k.Name, f.Kind())
		require.Equal(t, k.Stage, f.Stage())
		e := fault.NoEffect()
		f.Apply(&e)
		require.Equal(t, k.Name == "none", e == fault.NoEffect(), k.Name)
	}
	var zero fault.Fault
	e := fault.NoEffect()
	zero.Apply(&e)
	require.Equal(t, fault.NoEffect(), e)
	require.Empty(t, zero.Kind())
}

func TestNewRefuses(t *testing.T) {
	num := func(name string, n float64) fault.Values { return fault.Values{name: {Num: n}} }
	word := func(name, w string) fault.Values { return fault.Values{name: {Word: w}} }
	for name, row := range map[string]struct {
		kind string
		v    fault.Values
		want string
	}{
		"no such kind":          {"gremlin", nil, `unknown fault kind "gremlin"`},
		"status missing":        {"status", nil, `it needs "status": 400 to 599`},
		"status too low":        {"status", num("status", 399), "status 399: want 400 to 599"},
		"status too high":       {"status", num("status", 600), "want 400 to 599"},
		"status not whole":      {"status", num("status", 500.5), "want 400 to 599"},
		"a foreign parameter":   {"status", num("factor", 2), `it takes no "factor"; it takes status, retry_after, body`},
		"none takes nothing":    {"none", num("factor", 2), "it takes no parameters"},
		"an unknown word":       {"hang", word("from", "soul"), "want headers, body"},
		"an empty text":         {"wrong_model", word("model", ""), "want a text"},
		"a long text":           {"wrong_model", word("model", strings.Repeat("x", 200)), "want a text"},
		"delay of nothing":      {"delay", nil, `it needs "add", "factor" or both`},
		"delay by nothing":      {"delay", num("factor", 1), `it needs "add", "factor" or both`},
		"delay beyond bounds":   {"delay", num("factor", 1001), "want 0.001 to 1000"},
		"a wait beyond a day":   {"status", fault.Values{"status": {Num: 429}, "retry_after": fault.Seconds(90000)}, "want 1ms to 24h"},
		"wrong usage that's ok": {"usage", fault.Values{"how": {Word: "wrong"}, "factor": {Num: 1}}, "a factor of 1 is right"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fault.New(row.kind, row.v)
			require.ErrorContains(t, err, row.want)
			require.Error(t, fault.Check(row.kind, row.v))
		})
	}
	_, err := fault.New("gremlin", nil)
	require.ErrorIs(t, err, fault.ErrUnknownKind)
}

// TestOverlap is what several faults do together.
func TestOverlap(t *testing.T) {
	type list []struct {
		kind string
		v    fault.Values
	}
	num := func(name string, n float64) fault.Values { return fault.Values{name: {Num: n}} }
	for name, row := range map[string]struct {
		faults list
		check  func(*testing.T, fault.Effect)
	}{
		"delays add and multiply": {
			list{{"delay", num("factor", 2)}, {"delay", fault.Values{"factor": {Num: 3}, "add": fault.Seconds(1)}}, {"delay", fault.Values{"add": fault.Seconds(2)}}},
			func(t *testing.T, e fault.Effect) {
				require.InDelta(t, 6, e.Factor, 0)
				require.Equal(t, 3*time.Second, e.Add)
			},
		},
		"the first refusal wins": {
			list{{"status", num("status", 429)}, {"status", num("status", 500)}, {"false_unauthorized", nil}},
			func(t *testing.T, e fault.Effect) { require.Equal(t, 429, e.Refusal.Problem.Status) },
		},
		"the first break wins": {
			list{{"stall", num("after", 5)}, {"cut", num("after", 2)}},
			func(t *testing.T, e fault.Effect) {
				require.Equal(t, fault.Broken{How: fault.BreakStall, After: 5}, e.Break)
			},
		},
		"the slowest trickle wins": {
			list{{"trickle", num("tokens_per_second", 10)}, {"trickle", num("tokens_per_second", 2)}},
			func(t *testing.T, e fault.Effect) { require.Equal(t, 500*time.Millisecond, e.Gap) },
		},
		"a hang of the headers wins over one of the body": {
			list{{"hang", fault.Values{"from": {Word: "body"}}}, {"hang", nil}},
			func(t *testing.T, e fault.Effect) { require.True(t, e.Hang && !e.Headers) },
		},
		"in either order": {
			list{{"hang", nil}, {"hang", fault.Values{"from": {Word: "body"}}}},
			func(t *testing.T, e fault.Effect) { require.True(t, e.Hang && !e.Headers) },
		},
		"prices multiply": {
			list{{"price", nil}, {"price", num("factor", 1.5)}},
			func(t *testing.T, e fault.Effect) { require.InDelta(t, 3, e.Price, 0) },
		},
		"squeezes and qualities multiply": {
			list{{"quota_squeeze", num("factor", 0.5)}, {"quota_squeeze", num("factor", 0.5)}, {"degraded", nil}, {"degraded", nil}},
			func(t *testing.T, e fault.Effect) {
				require.InDelta(t, 0.25, e.Squeeze, 0)
				require.InDelta(t, 0.25, e.Shaped.Quality, 0)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := fault.NoEffect()
			for _, f := range row.faults {
				made, err := fault.New(f.kind, f.v)
				require.NoError(t, err)
				made.Apply(&e)
			}
			row.check(t, e)
		})
	}
}
