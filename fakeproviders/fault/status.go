package fault

import (
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// maxWait bounds the waits that faults state: a day is absurd enough.
const maxWait = float64(24 * time.Hour)

// status answers an arriving attempt with an HTTP error instead of serving it.
// It does not touch attempts already in service, takes no place in the
// provider's capacity and costs nothing.
var status = Kind{
	Name: "status", Stage: Answer,
	Doc: "answers an error status",
	Params: []Param{
		{Name: "status", Type: Count, Min: 400, Max: 599, Required: true, Doc: "the HTTP status"},
		{Name: "retry_after", Type: Duration, Min: 1e6, Max: maxWait, Doc: "the wait it states"},
		{
			Name: "body", Type: Word, Words: []string{BodyVendor, BodyHTML, BodyEmpty, BodyNumeric},
			Default: Value{Word: BodyVendor},
			Doc:     "the vendor's error, an HTML page of its edge, none, or JSON whose error code is a number",
		},
	},
	build: func(v Values) (func(*Effect), error) {
		r := &Refusal{
			Problem: wire.Problem{Kind: wire.BadScript, Status: v.count("status"), Wait: v.duration("retry_after")},
			Body:    v.word("body"),
		}
		return func(e *Effect) { e.refuse(r) }, nil
	},
}
