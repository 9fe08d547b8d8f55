package openai_test

import (
	"strings"
	"testing"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// BenchmarkParse reads a chat of 600 prompt tokens.
func BenchmarkParse(b *testing.B) {
	body := []byte(`{"model":"m","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"` +
		strings.Repeat("abc ", 600) + `"}],"max_tokens":1000,"stream":true,"stream_options":{"include_usage":true}}`)
	b.ReportAllocs()
	for b.Loop() {
		var r wire.Request
		if err := openai.Parse(wire.Chat, body, &r); err != nil {
			b.Fatal(err)
		}
	}
}
