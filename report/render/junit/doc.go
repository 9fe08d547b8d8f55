// Package junit renders verdicts as JUnit XML, which CI systems show as tests:
// one testcase for each threshold and each invariant of each cell, one for what
// concerns a run as a whole, and for a comparison one for each gated row.
//
// The elements and attributes are those of the schema that Jenkins publishes for
// its xUnit plugin. A threshold that is crossed and an invariant that is broken
// are failures; what is inconclusive is an error, since it is no success either.
// There are no times: equal results give equal bytes.
package junit
