// Package junit renders verdicts as JUnit XML, which CI systems show as tests:
// one testcase for each threshold and each invariant of each cell, one for what
// concerns a run as a whole, and for a comparison one for each gated row.
//
// A document is valid under the schema of Apache Ant's JUnit tasks as well as under
// the one of Jenkins' xUnit plugin; testdata/junit.xsd says what is common to them. A
// threshold that is crossed and an invariant that is broken are failures; what is
// inconclusive is an error, since it is no success either; what could not be judged in
// this world is skipped. The timestamp is that of the scenario and every time is zero,
// so that equal results give equal bytes.
package junit
