package fault

import "github.com/routedrill/routedrill/fakeproviders/wire"

// falseRateLimit answers 429 in the words of a used-up quota, whatever the quota.
var falseRateLimit = Kind{
	Name: "false_rate_limit", Stage: Answer,
	Doc: "answers 429 though no quota is used up",
	Params: []Param{
		{Name: "retry_after", Type: Duration, Min: 1e6, Max: maxWait, Doc: "the wait it states"},
	},
	build: func(v Values) (func(*Effect), error) {
		r := &Refusal{Body: BodyVendor, Problem: wire.Problem{
			Kind: wire.RateLimited, Unit: wire.UnitRequests, Wait: v.duration("retry_after"),
			Limit: 1, Used: 1, Asked: 1,
		}}
		return func(e *Effect) { e.refuse(r) }, nil
	},
}
