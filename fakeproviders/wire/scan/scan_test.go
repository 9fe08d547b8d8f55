package scan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var documents = []string{
	`{}`, `[]`, ` [ 1 , -0.5e+7 , 0 , 12E3 ] `, `"a"`, `null`, `true`, `false`, `{"a":{"b":[{}]},"c":"\u00e9\n\"\\\/"}`,
	``, ` `, `{`, `}`, `{]`, `[}`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{"a" 1}`, `{a:1}`,
	`01`, `-`, `1.`, `.5`, `1e`, `1e+`,
	`+1`, `nul`, `truefalse`, `"`, `"\"`, `"\x"`, `"\u12g4"`, `"\u123"`, "\"\x01\"", "\"abcdefg\x1f\"",
	"\"abcdefgh\x1fijk\"", `{}{}`, `1 2`, `"a""b"`,
	"\"\x7f\xff\xc3\xa9 abcdefghijk\"", "\x00", "[\x00]", `[1 2]`, `{"a":1 "b":2}`, "\"\\", `"a\\"`, `"\\\\"`, `[[[]]`, `[]]`, "\v1", `"\u`,
}

// valid is whether the scanner takes a document.
func valid(doc []byte) bool {
	s := Scanner{B: doc}
	s.Skip()
	return s.End()
}

func TestScannerAgreesWithTheStandardLibrary(t *testing.T) {
	for _, doc := range documents {
		require.Equal(t, json.Valid([]byte(doc)), valid([]byte(doc)), "%q", doc)
	}
	require.True(t, valid([]byte(strings.Repeat("[", MaxNesting)+strings.Repeat("]", MaxNesting))))
	require.False(t, valid([]byte(strings.Repeat("[", MaxNesting+1)+strings.Repeat("]", MaxNesting+1))), "deeper than it reads")
}

func TestTextLength(t *testing.T) {
	for _, doc := range []string{`""`, `"abc"`, `"a\nb"`, `"\u00e9"`, `"\ud83d\ude00!"`, `"\\\"\/\b\f\r\t"`, `"é\u0041"`} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(doc), &want))
		s := Scanner{B: []byte(doc)}
		got := s.Text()
		require.Equal(t, want, got.String(), doc)
		require.Equal(t, len(want), got.Len(), doc)
		require.True(t, got.Is(want))
	}
}

// FuzzScanner holds the scanner against encoding/json.
func FuzzScanner(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if strings.Count(string(doc), "[")+strings.Count(string(doc), "{") > MaxNesting {
			t.Skip("the standard library reads deeper")
		}
		require.Equal(t, json.Valid(doc), valid(doc), "%q", doc)
	})
}
