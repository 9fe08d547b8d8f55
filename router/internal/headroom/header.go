package headroom

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/internal/classify"
)

const (
	maxAmount = 1_000_000_000_000 // a larger number is none
	maxReset  = 24 * time.Hour    // quotas are those of a minute or a day
	// unknownReset is how long a number without a reset holds. Azure sends such, and
	// counts over 1 or 10 s:
	// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota
	unknownReset = 10 * time.Second
)

// names are the headers that tell of a quota, in canonical form.
var names = [...]struct {
	kind                    Kind
	limit, remaining, reset string
}{
	// OpenAI, Azure and many others: https://platform.openai.com/docs/guides/rate-limits
	{Requests, "X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"},
	{Tokens, "X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Tokens"},
	// https://platform.claude.com/docs/en/api/rate-limits
	{Requests, "Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"},
	{Tokens, "Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset"},
	{Input, "Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset"},
	{Output, "Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset"},
}

// reading is what headers tell of one quota.
type reading struct {
	found       bool
	left, limit int64
	reset       time.Duration // above 0
}

// read returns what the headers tell, by kind, and whether they tell anything.
// What is left is all that must be there; what cannot be read is not there.
func read(h http.Header, now time.Time) (told [kinds]reading, any bool) {
	for i := range names {
		n := &names[i]
		left, ok := amount(h[n.remaining])
		if !ok || told[n.kind].found {
			continue
		}
		limit, _ := amount(h[n.limit])
		reset := unknownReset
		if v := h[n.reset]; len(v) > 0 {
			if d := classify.Ahead(v[0], now); d > 0 {
				reset = min(d, maxReset)
			}
		}
		told[n.kind], any = reading{true, left, limit, reset}, true
	}
	return told, any
}

func amount(v []string) (int64, bool) {
	if len(v) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(v[0]), 10, 64)
	return n, err == nil && n >= 0 && n <= maxAmount
}
