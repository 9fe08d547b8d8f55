// Package sim runs a scenario: it wires the load, the router under test and
// the fake providers into cells and collects what each of them saw.
//
// A cell is one scenario × policy × seed × clock:
//
//	load (vegeta) → client → hop → router → hop → fake provider
//	                  │              │               │
//	                  └── record ◄───┴── audit       └── journal
//
// On the virtual clock a cell lives in a bubble of its own: the hops are
// in-process and time jumps from event to event. On the wall clock the same
// objects stand behind loopback sockets in real time. Nothing between the hops
// knows which of the two it runs on.
//
// Cells of the virtual clock run in parallel, one per CPU; cells of the wall
// clock run one after the other, so that they do not disturb each other. Their
// order in the result does not depend on which finished first.
package sim
