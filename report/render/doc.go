// Package render turns a report into tables of words, before any layout.
//
// A [Sheet] is one table: the formats for people (package table, package
// markdown) lay the same sheets out in their own way, so that a figure reads
// the same wherever it is shown. Formats for programs (json, csv) do not use
// it.
//
// Figures are worded for reading: availability is cut, never rounded up, so
// 100.00% means that nothing failed; what could not be measured is "-"; what
// did not happen is "never".
//
// The functions only read the result and are safe for concurrent use. Names
// in sheets are as the user wrote them: whoever shows them makes them safe
// for its own format, with [Clean] for terminals.
package render
