package jsonscan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
)

var texts = []string{
	``, ` `, `null`, `true`, `false`, `tru`, `nulll`, `0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e`, `1e+`, `1e+9`, `1E-2`, `+1`,
	`""`, `"a`, `"\u12"`, `"\u12aF"`, `"\x"`, `"\`, "\"\n\"", "\"\xff\"", `{}`, `{ }`, `[]`, `[ ]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`,
	`{"a":1}`, ` { "a" : [ 1 , {"b":"\"}"} ] } `, `[1,]`, `[1 2]`,
	`[`, `{`, `{]`, `[}`, `{"a":1]`, `1 2`, `{"a":1}x`, `{a:1}`, `[[[]]]`, `nul`,
}

func TestParseAgreesWithTheStandardLibrary(t *testing.T) {
	for _, s := range texts {
		_, ok := jsonscan.Parse([]byte(s))
		require.Equal(t, json.Valid([]byte(s)), ok, "%q", s)
	}
}

func TestDepthIsBounded(t *testing.T) {
	nest := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	_, ok := jsonscan.Parse(nest(jsonscan.MaxDepth))
	require.True(t, ok)
	_, ok = jsonscan.Parse(nest(jsonscan.MaxDepth + 2))
	require.False(t, ok)
}

func TestWalk(t *testing.T) {
	data := []byte(` {"a":1, "b\u0062" : [ "x\n" , null,true ] ,"a":{"c":-7}} `)
	v, ok := jsonscan.Parse(data)
	require.True(t, ok)
	var names, values []string
	for name, f := range v.Fields() {
		names, values = append(names, string(name)), append(values, string(f))
		require.Equal(t, string(f), string(data[f.Offset(data):][:len(f)]))
		for e := range f.Elements() {
			values = append(values, string(e))
		}
	}
	require.Equal(t, []string{"a", "bb", "a"}, names)
	require.Equal(t, []string{"1", `[ "x\n" , null,true ]`, `"x\n"`, "null", "true", `{"c":-7}`}, values)
	for name := range v.Fields() {
		require.Equal(t, "a", string(name))
		break
	}
}

func TestScalars(t *testing.T) {
	parse := func(s string) jsonscan.Value {
		v, ok := jsonscan.Parse([]byte(s))
		require.True(t, ok)
		return v
	}
	text, ok := parse(`"a\u00e9\\"`).Text()
	require.True(t, ok)
	require.Equal(t, `aé\`, text)
	for s, want := range map[string]int64{"0": 0, "-12": -12, "9223372036854775807": 1<<63 - 1} {
		n, ok := parse(s).Int()
		require.True(t, ok)
		require.Equal(t, want, n)
	}
	for _, s := range []string{"1.0", "1e3", "9223372036854775808", `"1"`, "null", "{}", strings.Repeat("9", 30)} {
		_, ok := parse(s).Int()
		require.False(t, ok, s)
	}
	require.Equal(t, 3, parse(`"abc"`).TextLen())
	require.Zero(t, parse(`null`).TextLen())
	var none jsonscan.Value
	require.True(t, none.IsNull())
	require.Zero(t, none.Kind())
	for range none.Fields() {
		t.Fatal("nothing has fields")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range texts {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, ok := jsonscan.Parse(data)
		valid := json.Valid(data)
		if tooDeep := valid && !ok && depth(data) > jsonscan.MaxDepth; ok != valid && !tooDeep {
			t.Fatalf("%q: %v here, %v in encoding/json", data, ok, valid)
		}
		if !ok {
			return
		}
		if v.Kind() == '{' { // the walk sees what encoding/json sees
			want := map[string]json.RawMessage{}
			if err := json.Unmarshal(v, &want); err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name, f := range v.Fields() {
				var s string // encoding/json also mends broken UTF-8 in names
				quoted, err := json.Marshal(string(name))
				if err != nil || json.Unmarshal(quoted, &s) != nil {
					t.Fatal(err)
				}
				got[s] = string(f)
			}
			require.Len(t, got, len(want))
			for k, w := range want {
				require.Equal(t, string(w), got[k])
			}
		}
	})
}

// depth is an upper bound of how deep data nests.
func depth(data []byte) int {
	deepest, now := 0, 0
	for _, c := range data {
		switch c {
		case '[', '{':
			now++
			deepest = max(deepest, now)
		case ']', '}':
			now--
		}
	}
	return deepest
}
