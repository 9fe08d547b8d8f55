package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorsHoldNoKeys(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"of a known vendor", "sk-ant-api03-AAAAbbbbCCCCdddd", "sk-a…"},
		{"of another", "AIza" + strings.Repeat("b", 35), "AIza…"},
		{"hexadecimal", strings.Repeat("0a", 16), "0a0a…"},
		{"a UUID", "01234567-89ab-cdef-0123-456789abcdef", "0123…"},
		{"random", strings.Repeat("aB3", 8), "aB3a…"},
		{"a model", "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8"},
		{"a model with a date", "claude-3-5-sonnet-20241022", "claude-3-5-sonnet-20241022"},
		{"a long name", "primary-region-of-the-fallback-provider-2", "primary-region-of-the-fallback-provider-2"},
		{"a word", "sk-ip", "sk-ip"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &Error{File: setOrigin + "a=" + tt.text, Field: tt.text, Message: "unknown " + tt.text, Hint: "a hint"}
			require.Equal(t, "--set a="+tt.want+": "+tt.want+": unknown "+tt.want+" (a hint)", e.Error())
			require.Equal(t, tt.text+": no", (&Error{File: tt.text, Message: "no"}).Error(), "the name of a file stays")
		})
	}
}
