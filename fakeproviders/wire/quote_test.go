package wire_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

func TestAppendString(t *testing.T) {
	for name, row := range map[string]struct{ in, want string }{
		"empty":         {"", `""`},
		"plain":         {"abc", `"abc"`},
		"left as it is": {"5 > 3 & <b>", `"5 > 3 & <b>"`},
		"escaped":       {"a\"b\\c\nd\x01", `"a\"b\\c\nd\u0001"`},
		"unicode":       {"é😀", `"é😀"`},
		"not UTF-8":     {"a\xffb", `"a` + "\ufffd" + `b"`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, row.want, string(wire.AppendString(nil, row.in)))
		})
	}
}

// FuzzAppendString holds what is written against encoding/json.
func FuzzAppendString(f *testing.F) {
	f.Add("a\"b\\c\nd\x01é<\xff\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		require.NoError(t, json.Unmarshal(wire.AppendString(nil, s), &back))
		if utf8.ValidString(s) {
			require.Equal(t, s, back)
		}
	})
}
