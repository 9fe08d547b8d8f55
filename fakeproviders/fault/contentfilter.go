package fault

import "github.com/routedrill/routedrill/fakeproviders/wire"

// contentFilter is a false positive of the vendor's filter on a prompt.
var contentFilter = Kind{
	Name: "content_filter", Stage: Answer,
	Doc: "the content filter refuses a harmless prompt",
	build: func(Values) (func(*Effect), error) {
		r := &Refusal{Body: BodyVendor, Problem: wire.Problem{Kind: wire.Filtered}}
		return func(e *Effect) { e.refuse(r) }, nil
	},
}
