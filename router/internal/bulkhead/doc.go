// Package bulkhead caps how many attempts are under way at once, so that a
// target which takes over another's traffic is not brought down by it. Nothing
// waits here: who finds it full goes elsewhere.
package bulkhead
