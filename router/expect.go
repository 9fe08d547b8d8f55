package router

import (
	"github.com/routedrill/routedrill/router/internal/health"
	"github.com/routedrill/routedrill/router/policy"
)

// usualOutput is how many tokens an answer is taken to have where nothing is
// known: neither by what was answered lately nor by what the request asks for.
const usualOutput = 256

// usage is what requests and answers of an endpoint are like.
type usage struct{ answers, estimate, prompt, output float64 }

func (u *usage) add(s *health.Sums) {
	u.answers += float64(s.Answers)
	u.estimate += float64(s.Estimate)
	u.prompt += float64(s.Prompt)
	u.output += float64(s.Output)
}

// expect is what the request is expected to cost at a target, in micro-USD, and
// how many tokens it takes:
//
//	prompt = estimate × (Σ prompt tokens billed ÷ Σ estimates)
//	output = the least of Σ output tokens ÷ answers and max_tokens
//	cost   = prompt × ((1 − c) × input + c × cached_input) + output × output price,  c = Σ cached ÷ Σ prompt tokens
//
// The sums are the target's own at this endpoint over five minutes; with fewer
// than ten answers those of all candidates, and nothing cached. Without any
// answers the ratio is 1 and the output max_tokens, or else 256.
func (y *relay) expect(t *target, own *health.Sums, usual *usage) (microUSD, tokens float64) {
	var u usage
	cached := 0.0
	if own.Answers >= policy.MinSamples {
		u.add(own)
		cached = float64(own.Cached) / u.prompt
	} else {
		u = *usual
	}
	prompt, most := float64(y.req.PromptEstimate), float64(y.req.MaxTokens)
	output := most
	switch {
	case y.endpoint == embeddings:
		output = 0
	case u.answers > 0:
		if output = u.output / u.answers; most > 0 {
			output = min(output, most)
		}
	case most == 0:
		output = usualOutput
	}
	if u.estimate > 0 {
		prompt *= u.prompt / u.estimate
	}
	p := t.price.of(int64(prompt))
	nano := prompt*((1-cached)*float64(p.InputNano)+cached*float64(p.CachedInputNano)) + output*float64(p.OutputNano)
	return nano / 1e3, prompt + output
}
