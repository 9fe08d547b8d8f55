package fakeproviders_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders"
)

// quotas is a provider that answers at once, give or take dither.
func quotas(t *testing.T, rpm, tpm int) fakeproviders.Config {
	t.Helper()
	c := steady(t)
	c.RTT, c.Models[0].TTFT, c.Models[0].ITL = 0, nil, nil
	c.Quotas = fakeproviders.Quotas{RPM: rpm, TPM: tpm}
	return c
}

func TestRequestQuota(t *testing.T) {
	in(t, quotas(t, 3, 0), func(w *world) {
		c := w.chat(0, "a", "")
		require.Equal(t, 200, c.status)
		require.Equal(t, "3", c.header.Get("X-Ratelimit-Limit-Requests"))
		require.Equal(t, "2", c.header.Get("X-Ratelimit-Remaining-Requests"))
		require.Equal(t, "20s", c.header.Get("X-Ratelimit-Reset-Requests"))
		require.Empty(t, c.header.Get("X-Ratelimit-Limit-Tokens"), "no token quota")
		w.chat(time.Second, "b", "")
		w.chat(2*time.Second, "c", "")

		c = w.chat(3*time.Second, "d", "")
		require.Equal(t, 429, c.status)
		// One unit comes back every 20 s and the first was taken at 0.
		require.Equal(t, "17", c.header.Get("Retry-After"))
		require.Equal(t, "17000", c.header.Get("Retry-After-Ms"))
		require.Equal(t, "0", c.header.Get("X-Ratelimit-Remaining-Requests"))
		require.Equal(t, "57s", c.header.Get("X-Ratelimit-Reset-Requests"))
		//nolint:misspell // the service's words
		require.JSONEq(t, `{"error":{"message":"Rate limit reached for m in organization org-routedrill on requests per min (RPM): `+
			`Limit 3, Used 3, Requested 1. Please try again in 17s. Visit https://platform.openai.com/account/rate-limits to learn more.",`+
			`"type":"requests","param":null,"code":"rate_limit_exceeded"}}`, c.body())
		require.Equal(t, 429, w.last().Status)
		require.Zero(t, w.last().BillMicroUSD)

		require.Equal(t, 429, w.chat(20*time.Second-time.Millisecond, "e", "").status, "a millisecond early is early")
		require.Equal(t, 200, w.chat(20*time.Second, "f", "").status)
	})
}

func TestTokenQuota(t *testing.T) {
	in(t, quotas(t, 1000, 600), func(w *world) {
		// 5 prompt tokens and the 10 planned.
		require.Equal(t, "585", w.chat(0, "a", "").header.Get("X-Ratelimit-Remaining-Tokens"))
		// max_tokens is what is reserved where it is given.
		c := w.chat(0, "b", `,"max_tokens":495`)
		require.Equal(t, "85", c.header.Get("X-Ratelimit-Remaining-Tokens"))
		require.Equal(t, "51.5s", c.header.Get("X-Ratelimit-Reset-Tokens"))
		require.Equal(t, "998", c.header.Get("X-Ratelimit-Remaining-Requests"))

		c = w.chat(0, "c", `,"max_tokens":90`)
		require.Equal(t, 429, c.status)
		require.Equal(t, "tokens", gjson.Get(c.body(), "error.type").Str)
		require.Equal(t, "1", c.header.Get("Retry-After"), "ten tokens at ten a second, rounded up")
		require.Equal(t, "1000", c.header.Get("Retry-After-Ms"))
		require.Equal(t, "998", c.header.Get("X-Ratelimit-Remaining-Requests"), "nothing was taken")
		require.Equal(t, 200, w.chat(time.Second, "d", `,"max_tokens":90`).status)
	})
}

func TestRequestBeyondTheWholeQuota(t *testing.T) {
	in(t, quotas(t, 0, 100), func(w *world) {
		c := w.chat(0, "a", `,"max_tokens":96`)
		require.Equal(t, 429, c.status)
		require.Empty(t, c.header.Get("Retry-After"), "it never fits")
		require.Contains(t, c.body(), "Request too large for m")
		require.Equal(t, 200, w.chat(0, "b", `,"max_tokens":95`).status, "the whole bucket does")
	})
}
