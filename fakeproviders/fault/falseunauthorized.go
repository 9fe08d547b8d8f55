package fault

import "github.com/routedrill/routedrill/fakeproviders/wire"

// falseUnauthorized refuses a key that is right.
var falseUnauthorized = Kind{
	Name: "false_unauthorized", Stage: Answer,
	Doc: "answers 401 though the key is right",
	build: func(Values) (func(*Effect), error) {
		r := &Refusal{Body: BodyVendor, Problem: wire.Problem{Kind: wire.BadKey}}
		return func(e *Effect) { e.refuse(r) }, nil
	},
}
