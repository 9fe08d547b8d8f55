package openai_test

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

func BenchmarkParse(b *testing.B) {
	body := []byte(`{"model":"m","messages":[{"role":"system","content":"be kind"},{"role":"user","content":"` +
		strings.Repeat("abc ", 600) + `"}],"max_tokens":1000,"stream":true,"stream_options":{"include_usage":true}}`)
	b.Run("valid", func(b *testing.B) {
		for b.Loop() {
			gjson.ValidBytes(body)
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r openai.Request
			if err := r.Parse(openai.Chat, body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
