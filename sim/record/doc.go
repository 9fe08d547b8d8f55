// Package record holds the logs of a run: what the client saw, what the
// router believes and what the providers did and billed.
//
// A cell is one scenario × policy × seed × clock. Its three logs are written
// by parties that do not know of each other: [Request] by the load client,
// [Relay], [Attempt] and [Transition] from the router's audit, [Entry] from
// the providers' journals. The checkers hold them against each other and the
// report computes every figure from them.
//
// The records are small values without pointers, since an hour at 100
// requests a second keeps 360,000 of each. Names are indexes into the tables
// of the [Cell]; instants are offsets from the start of the scenario; money is
// an integer number of micro-dollars (1 USD = 1,000,000).
//
// The package is a leaf: it imports nothing of the project. Its values are not
// safe for concurrent use; whoever fills a cell serialises the writes.
package record
