// Package fault holds the ways in which LLM APIs fail, one per file.
//
// A [Kind] names a fault, documents it and lists its parameters; [New] makes a
// [Fault] of a kind with values for them. A fault only says what it does to an
// attempt, by changing an [Effect]. When it acts, for how long and on which
// share of the attempts is the business of the event that carries it
// (fakeproviders.Event).
//
// To add a fault: write one file with its Kind and one with its test, and add
// the Kind to the list in kinds.go. Scenarios, their reference and the schema
// take its name, parameters and documentation from there. What it does to an
// attempt goes through a field of Effect, which the provider reads where it acts.
//
// Kinds and faults are immutable and safe for concurrent use.
package fault
