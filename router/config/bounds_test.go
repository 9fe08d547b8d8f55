package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/config"
)

// indented is a block mapping of so many levels.
func indented(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestHostileTexts(t *testing.T) {
	const deep = "nested deeper than 64 levels"
	for _, row := range []struct{ name, yaml, want string }{
		{"open sequences", strings.Repeat("[", 100_000), "f.yaml:1:65: " + deep},
		{"open mappings", strings.Repeat("{a: ", 20_000), "f.yaml:1:257: " + deep},
		{"brackets over lines", strings.Repeat("[\n", 20_000), "f.yaml:65:1: " + deep},
		{"indented", indented(1000), "f.yaml:65:65: " + deep},
		{"dashes on a line", strings.Repeat("- ", 20_000), "f.yaml:1:129: " + deep},
		{"question marks on a line", strings.Repeat("? ", 20_000), "f.yaml:1:129: " + deep},
		{"colons on a line", "a" + strings.Repeat(": ", 20_000), deep},
		{"colons in brackets", "{" + strings.Repeat(`"a": `, 20_000), deep},
		{"question marks in brackets", "[" + strings.Repeat("? ", 20_000), deep},
		{"anchors in a row", strings.Repeat("&a ", 20_000), deep},
		{"anchors over lines", strings.Repeat("&a\n", 20_000), deep},
		{"tags in a row", strings.Repeat("!!a ", 20_000), deep},
		{"dashes and lines", strings.Repeat("- ", 40) + "a:\n" + strings.Repeat(" ", 81) + strings.Repeat("- ", 40), deep},
		{"many tokens", "a: [" + strings.Repeat("a,", 30_000) + "]", "f.yaml:1:40002: the file has more than 40000 YAML tokens"},
		{"long key", strings.Repeat("a", 300) + ": 1", "f.yaml:1:301: a key is longer than 256 bytes"},
		{"blank lines", "version: 1\npolicy: |\n" + strings.Repeat("\n", 50_000), "f.yaml:203:1: more than 200 blank lines in a row"},
		{"blank lines of carriage returns", strings.Repeat("\r", 50_000), "more than 200 blank lines in a row"},
		{"bytes", "version: 1\npolicy: {strategy: \xff}", "f.yaml:2:20: the file is not valid UTF-8 (save it as UTF-8)"},
		{"bytes in a comment", "version: 1\n# caf\xe9\n", "f.yaml:2:6: the file is not valid UTF-8"},
		{"sixteen bits", "\xff\xfev\x00e\x00", "f.yaml:1:1: the file is not valid UTF-8"},
		{"mark, then wrong", "\ufeffversion: 2", "f.yaml:1:10: version: 2 is not 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.Load("f.yaml", []byte(row.yaml))
			require.ErrorContains(t, err, row.want)
			require.Less(t, len(err.Error()), 200)
		})
	}
	f := full(t)
	_, err := f.Overlay("scenario.yaml", 40, []byte("\n"+strings.Repeat("[", 100)))
	require.EqualError(t, err, "scenario.yaml:41:65: "+deep, "lines count from where the overlay stands")
}

func TestUnusualTextsLoad(t *testing.T) {
	var models strings.Builder
	for i := range 100 {
		fmt.Fprintf(&models, "m%d: {price: {input: 1, output: 1}}, ", i)
	}
	blank := strings.Repeat("\r\n", 201)
	for _, row := range []struct{ name, yaml string }{
		{"byte order mark", "\ufeffversion: 1\n"},
		{"many entries on a line of brackets", "version: 1\nproviders: {a: {models: {" + models.String() + "}}}"},
		{"far to the right in brackets", "version: 1\npolicy: {" + strings.Repeat(" ", 2000) + "strategy: priority}"},
		{"indented far in brackets", "version: 1\npolicy: {\n" + strings.Repeat(" ", 2000) + "strategy: priority}"},
		{"indented far, but once", "version: 1\npolicy:\n" + strings.Repeat(" ", 2000) + "strategy: priority\n"},
		{"many indentations side by side", "version: 1\nproviders:\n" + strings.Repeat(" ", 90) + "a:\n" + strings.Repeat(" ", 100) +
			"wire: openai\n" + strings.Repeat(" ", 90) + "b:\n" + strings.Repeat(" ", 95) + "wire: openai\n"},
		{"a hundred dashes over lines", "version: 1\nroutes:\n  r:\n  - a/b\n" + func() (s string) {
			for i := range 100 {
				s += fmt.Sprintf("  - a/m%d\n", i)
			}
			return s
		}()},
		{"200 blank lines", "version: 1" + blank + "policy: {strategy: priority}"},
		{"comment to the right", "version: 1 " + strings.Repeat(" ", 900) + "# [[[[ " + strings.Repeat("[", 900)},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.Load("f.yaml", []byte(row.yaml))
			require.NoError(t, err)
		})
	}
}

// A key pasted into the wrong place stands in no error.
func TestMangledPastes(t *testing.T) {
	const secret = "sk-SECRET-recognisable-0123456789"
	for _, row := range []struct{ name, yaml, want string }{
		{"a key of the provider", "{a: {api_key: " + secret + ", " + secret + ": 2}}",
			"f.yaml:2:61: providers.a: unknown key (one of wire, api_version, base_url, api_key, allow_link_local, region, bulkhead, models)"},
		{"a short one", "{a: {sk-recognisable: 2}}", "f.yaml:2:17: providers.a: unknown key (one of"},
		{"of another vendor", "{a: {AIzaRecognisable0123456789: 2}}", "f.yaml:2:17: providers.a: unknown key (one of"},
		{"grown together", "{a: {api_keysk-recog: 2}}", "f.yaml:2:17: providers.a: unknown key"},
		{"a key of a model", "{a: {models: {m: {" + secret + ": 2}}}}",
			"f.yaml:2:30: providers.a.models.m: unknown key (one of price, capabilities, context, max_output, embedding_space, family, bulkhead, quality, task_quality)"},
		{"a provider", "{" + secret + ": {api_key: 1}}",
			"f.yaml:2:13: providers: a provider's name must not be above 64 bytes or look like a key"},
		{"a provider with a slash", "{" + secret + "/a: {}}", "f.yaml:2:13: providers: a provider's name must not be empty or hold a slash"},
		{"a long provider", "{recognisable" + strings.Repeat("x", 60) + ": {}}", "providers: a provider's name must not be above 64 bytes"},
		{"a quoted provider", `{" ` + secret + `": {}}`, "providers: a provider's name must not be above 64 bytes or look like a key"},
		{"a model", "{a: {models: {" + secret + ": 2}}}", "providers.a.models: a model's name must not look like a key"},
		{"a value", "{a: {wire: " + secret + "}}", "providers.a.wire: the value is not known (one of openai, azure, anthropic, gemini)"},
		{"a number", "{a: {models: {m: {context: AIzaRecognisable0123456789}}}}", "the value is not a whole number"},
		{"a price", "{a: {models: {m: {price: {input: " + secret + "}}}}}", "the value is not a price"},
		{"twice", "{a: {" + secret + ": 1, " + secret + ": 2}}", "f.yaml:2:55: mapping key already defined at [2:17]"},
		{"without a colon", "{a: {api_key " + secret + "}}", "providers.a: unknown key"},
		{"a tag", "{a: {api_key: !" + secret + " {}}}", "f.yaml:2:"},
		{"a list", "{a: [" + secret + "]}", "f.yaml:2:"},
		{"an alias", "{a: {api_key: *" + secret + "}}", "f.yaml:2:"},
		{"a target", "{}\nroutes: {r: [" + secret + "]}", `f.yaml:3:14: routes.r: the value is not a "provider/model"`},
		{"a route", "{}\nroutes: {" + secret + ": [a/b]}", "routes: a route's name must not look like a key"},
		{"at the top", "{}\n" + secret + ": 1", "f.yaml:3:1: unknown key (one of version"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.Load("f.yaml", []byte("version: 1\nproviders: "+row.yaml))
			require.ErrorContains(t, err, row.want)
			for _, part := range []string{"SECRET", "recog", "Recog"} {
				require.NotContains(t, err.Error(), part)
			}
		})
	}
}

func TestContradictions(t *testing.T) {
	for _, row := range []struct{ name, yaml, want string }{
		{"open_for", "{breaker: {open_for: 5m}}",
			"f.yaml:2:34: resilience.breaker.open_for: 5m0s is above max_open_for, 2m0s by default; set both"},
		{"max_open_for", "{breaker: {max_open_for: 1s}}",
			"f.yaml:2:38: resilience.breaker.max_open_for: 1s is below open_for, 10s by default; set both"},
		{"both of the breaker", "{breaker: {open_for: 5m, max_open_for: 3m}}",
			"f.yaml:2:24: resilience.breaker: max_open_for 3m0s is below open_for 5m0s"},
		{"cooldown default", "{cooldown: {default: 2m}}",
			"f.yaml:2:34: resilience.cooldown.default: 2m0s is above max, 1m0s by default; set both"},
		{"cooldown max", "{cooldown: {max: 1s}}",
			"f.yaml:2:30: resilience.cooldown.max: 1s is below default, 5s by default; set both"},
		{"both of the cooldown", "{cooldown: {max: 1s, default: 2s}}", "f.yaml:2:25: resilience.cooldown: max 1s is below default 2s"},
		{"backoff max", "{backoff: {max: 1ms}}",
			"f.yaml:2:29: resilience.backoff.max: 1ms is below base, 100ms by default; set both"},
		{"a wrong value is said once", "{breaker: {max_open_for: 1s, open_for: x}}",
			`f.yaml:2:52: resilience.breaker.open_for: "x" is not a duration with a unit (such as 250ms, 5s or 2m)`},
		{"a route against its file", "{backoff: {max: 3s}}\nroutes: {r: {targets: [a/m], resilience: {backoff: {base: 5s}}}}",
			"f.yaml:3:59: routes.r.resilience.backoff.base: 5s is above max, 3s set elsewhere; set both"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := config.Load("f.yaml", []byte("version: 1\nresilience: "+row.yaml))
			require.EqualError(t, err, row.want)
		})
	}
	_, err := full(t).Overlay("s.yaml", 7, []byte("resilience: {cooldown: {default: 40s}}"))
	require.EqualError(t, err, "s.yaml:7:34: resilience.cooldown.default: 40s is above max, 30s set elsewhere; set both")
	f, err := config.Load("f.yaml", []byte("version: 1\n"+
		"routes: {r: {targets: [a/m], resilience: {backoff: {base: 5s}}}}\nresilience: {backoff: {max: 9s}}"))
	require.NoError(t, err, "a route is checked against its file's limits wherever they stand")
	c, err := f.RouterConfig(nil)
	require.NoError(t, err)
	require.Positive(t, c.Routes[0].Limits.Backoff.Base)
}
