package fakeproviders_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/fakeproviders/fault"
)

// long is a chat request whose prompt begins with a system text of so many
// tokens, drawn from a letter, and ends with a word of its own.
func long(tokens int, letter, word string) string {
	return `{"model":"m","messages":[{"role":"system","content":"` + strings.Repeat(letter+"bc ", tokens) +
		`"},{"role":"user","content":"` + word + `"}]}`
}

// Hidden tokens delay the first visible one, count as output and as reasoning,
// and are billed.
func TestReasoning(t *testing.T) {
	c := steady(t)
	c.Models[0].Reasoning = constant(t, 5) // tokens
	in(t, c, func(w *world) {
		call := w.chat(0, "a", stream+`,"stream_options":{"include_usage":true}`)
		require.Equal(t, 10, contentTokens(call.body()))
		about(t, 910*time.Millisecond, call.chunks[0].at) // 410 ms and five gaps
		e := w.last()
		require.Equal(t, 15, e.OutputTokens)
		require.Equal(t, 5, e.ReasoningTokens)
		require.Equal(t, 15, e.PlannedOut)
		require.EqualValues(t, (5*2000+15*8000+500)/1000, e.BillMicroUSD)
		about(t, 910*time.Millisecond, e.FirstToken)
		require.Contains(t, call.body(), `"completion_tokens":15`)
		require.Contains(t, call.body(), `"reasoning_tokens":5`)
	})
}

// A limit on output counts hidden tokens too.
func TestReasoningUnderALimit(t *testing.T) {
	c := steady(t)
	c.Models[0].Reasoning = constant(t, 50)
	in(t, c, func(w *world) {
		call := w.chat(0, "a", `,"max_tokens":20`)
		require.Equal(t, "length", gjson.Get(call.body(), "choices.0.finish_reason").Str)
		require.Equal(t, 20, w.last().OutputTokens)
		require.Equal(t, 19, w.last().ReasoningTokens)
		require.Equal(t, 1, w.last().SentTokens)
	})
}

func TestPrefillGrowsWithThePrompt(t *testing.T) {
	c := steady(t)
	c.Models[0].Prefill = 200 * time.Millisecond // per 1,000 tokens
	in(t, c, func(w *world) {
		w.post(w.t.Context(), chatPath, "a", long(4999, "a", "word"))
		require.Equal(t, 5000, w.last().PromptTokens)
		about(t, 1410*time.Millisecond, w.last().FirstToken)
	})
}

// Token gaps grow with the share of places that are taken.
func TestSlowdown(t *testing.T) {
	c := steady(t)
	c.Capacity = fakeproviders.Capacity{Concurrency: 4}
	c.Models[0].Slowdown = 2
	in(t, c, func(w *world) {
		w.chat(0, "a", stream)
		require.InDelta(t, 150, float64(w.last().TPOT.Milliseconds()), 1, "one of four places: 1 + 2/4")
	})
}

// The prompt cache of a model: cold, then warm for what two prompts share; it
// bills what the vendor does and shortens the prefill.
func TestPromptCache(t *testing.T) {
	c := steady(t)
	m := &c.Models[0]
	m.Price = fakeproviders.Price{InputNano: 2000, CachedInputNano: 500, CacheWriteNano: 2500, OutputNano: 8000}
	m.Prefill = time.Second
	m.Cache = fakeproviders.Cache{Mode: "automatic"}
	in(t, c, func(w *world) {
		w.post(w.t.Context(), chatPath, "a", long(2047, "a", "one "))
		cold := w.last()
		require.Zero(t, cold.CachedTokens)
		require.EqualValues(t, (2048*2000+10*8000+500)/1000, cold.BillMicroUSD)
		call := w.post(w.t.Context(), chatPath, "b", long(2047, "a", "two "))
		warm := w.last()
		require.Equal(t, 1920, warm.CachedTokens, "whole blocks of 128; the last one differs")
		require.EqualValues(t, (128*2000+1920*500+10*8000+500)/1000, warm.BillMicroUSD)
		require.EqualValues(t, 1920, gjson.Get(call.body(), "usage.prompt_tokens_details.cached_tokens").Int())
		require.InDelta(t, 1.92, (cold.FirstToken - cold.Arrived - warm.FirstToken + warm.Arrived).Seconds(), 0.001, "a second for 1,000 tokens")
		w.post(w.t.Context(), chatPath, "c", long(2047, "z", "two "))
		require.Zero(t, w.last().CachedTokens, "another beginning")
		w.post(w.t.Context(), chatPath, "d", long(500, "a", "two "))
		require.Zero(t, w.last().CachedTokens, "too short")
		time.Sleep(6 * time.Minute)
		w.post(w.t.Context(), chatPath, "e", long(2047, "a", "two "))
		require.Zero(t, w.last().CachedTokens, "its time is over")
	})
}

func TestLongContextPrice(t *testing.T) {
	c := steady(t)
	c.Models[0].Price.Long = &fakeproviders.LongPrice{Above: 1000, InputNano: 4000, OutputNano: 12000}
	in(t, c, func(w *world) {
		w.post(w.t.Context(), chatPath, "a", long(999, "a", "one "))
		require.EqualValues(t, (1000*2000+10*8000+500)/1000, w.last().BillMicroUSD)
		w.post(w.t.Context(), chatPath, "b", long(1000, "a", "one "))
		require.EqualValues(t, (1001*4000+10*12000+500)/1000, w.last().BillMicroUSD)
	})
}

func TestTokenizerAndVerbosity(t *testing.T) {
	c := steady(t)
	c.Models[0].Tokenizer, c.Models[0].Verbosity = 1.5, 0.5
	in(t, c, func(w *world) {
		call := w.chat(0, "a", "")
		require.Equal(t, 8, w.last().PromptTokens, "5 × 1.5, rounded up")
		require.Equal(t, 5, w.last().OutputTokens)
		require.EqualValues(t, 8, gjson.Get(call.body(), "usage.prompt_tokens").Int())
	})
}

func TestCutBilling(t *testing.T) {
	for how, want := range map[string]int64{
		fakeproviders.CutGenerated: (5*2000 + 3*8000 + 500) / 1000,
		fakeproviders.CutWhole:     (5*2000 + 10*8000 + 500) / 1000,
		fakeproviders.CutNothing:   0,
	} {
		t.Run(how, func(t *testing.T) {
			c := faulty(t, event(t, "cut", fault.Values{"after": {Num: 3}}, 0, time.Hour))
			c.CutBilling = how
			in(t, c, func(w *world) {
				require.True(t, w.chat(0, "a", stream).reset)
				require.Equal(t, want, w.last().BillMicroUSD)
			})
		})
	}
}

// Weather is shared by whoever meets it at one time, and the factor of a request
// goes with it from provider to provider.
func TestWeatherAndRequestFactor(t *testing.T) {
	c := steady(t)
	c.Weather = fakeproviders.Weather{Sigma: 0.5, Correlation: time.Hour}
	in(t, c, func(w *world) {
		w.chat(0, "a", "")
		a := w.last()
		w.chat(a.Ended, "b", "")
		b := w.last()
		require.InEpsilon(t, float64(a.TPOT), float64(b.TPOT), 0.05, "the same weather, a second later")
		require.NotEqual(t, 100*time.Millisecond, a.TPOT.Round(time.Millisecond))
	})
	c = steady(t)
	c.RequestSigma = 0.5
	var first fakeproviders.Entry
	in(t, c, func(w *world) {
		w.chat(0, "a", "")
		first = w.last()
		w.chat(time.Minute, "b", "")
		require.Greater(t, math.Abs(float64(first.TPOT-w.last().TPOT)), float64(time.Millisecond), "another request, another factor")
	})
	c.Name = "elsewhere"
	in(t, c, func(w *world) {
		w.chat(0, "a", "")
		require.InEpsilon(t, float64(first.TPOT), float64(w.last().TPOT), 0.001)
	})
}

// Two regions of one organisation share its quota.
func TestQuotaGroup(t *testing.T) {
	group, err := fakeproviders.NewQuotaGroup(fakeproviders.Quotas{RPM: 2})
	require.NoError(t, err)
	c := steady(t)
	c.QuotaGroup = group
	in(t, c, func(w *world) {
		other := c
		other.Name, other.Start = "q", w.start
		second, err := fakeproviders.New(other)
		require.NoError(t, err)
		w.chat(0, "a", "")
		first := w.p
		w.p = second
		require.Equal(t, 200, w.chat(2*time.Second, "b", "").status)
		require.Equal(t, 429, w.chat(4*time.Second, "c", "").status)
		w.p = first
		require.Equal(t, 429, w.chat(5*time.Second, "d", "").status)
	})
}

func TestDailyQuotaIsNotARateLimit(t *testing.T) {
	c := steady(t)
	c.Quotas = fakeproviders.Quotas{RPD: 1}
	in(t, c, func(w *world) {
		w.chat(0, "a", "")
		call := w.chat(2*time.Second, "b", "")
		require.Equal(t, 429, call.status)
		require.Equal(t, "insufficient_quota", gjson.Get(call.body(), "error.code").Str)
		require.Empty(t, call.header.Get("Retry-After"))
	})
}

// What an answer leaves of its reservation is given back where the vendor does so.
func TestReservedChargeIsSettled(t *testing.T) {
	c := steady(t)
	c.Quotas = fakeproviders.Quotas{TPM: 1000, Charge: fakeproviders.ChargeReserved}
	in(t, c, func(w *world) {
		require.Equal(t, "895", w.chat(0, "a", `,"max_tokens":100`).header.Get("X-Ratelimit-Remaining-Tokens"))
		// 105 were taken and 90 given back after 1.3 s; 16.67 come back a second, and 15 are taken.
		require.Equal(t, "985", w.chat(2*time.Second, "b", "").header.Get("X-Ratelimit-Remaining-Tokens"))
	})
}
