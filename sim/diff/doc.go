// Package diff compares two router configs over the same scenarios and seeds:
// it runs both, block of seeds by block, and lets report/gate judge.
//
//	result, err := diff.Run(ctx, diff.Options{
//		Scenarios: all, Policies: policies, Base: "main:router.yaml", Head: "router.yaml", Seeds: 5,
//	})
//	os.Exit(result.ExitCode())
//
// Of a cell only its figures are kept, so memory does not grow with the number
// of scenarios; those of BASE may be kept between comparisons ([Cache]), so that a
// second HEAD costs half. Equal inputs give equal results, with one exception: a budget of
// time plans by the speed of the machine.
package diff
