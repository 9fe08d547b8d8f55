// Package fault holds the misbehaviours a timeline event can inject, one per
// file.
//
// A [Fault] only says what it does to an attempt, by changing an [Effect]. When
// it acts, for how long and on which share of the attempts is the business of
// the event that carries it (fakeproviders.Event).
//
// To add a fault: write one file with its type and its constructor, add one row
// to the table in fault.go, and add its parameters to [Params] where the present
// ones do not do.
//
// Faults are immutable and safe for concurrent use.
package fault
