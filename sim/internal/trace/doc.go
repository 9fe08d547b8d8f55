// Package trace reads recorded arrivals: who asked for how many tokens when.
//
// [Read] understands three formats: "azure" (the Azure LLM inference traces),
// "mooncake" (the traces of the Mooncake paper) and "csv" (a table with a
// header row, for one's own logs). All become the same [Row], with instants
// relative to the earliest one:
//
//	rows, err := trace.Read(file, "azure")
//
// Rows are returned in the order of their instants; rows of one instant keep
// the order of the file. Real traces hold many equal instants, so whoever
// plays one back spreads them.
//
// Input is bounded: 5,000,000 rows, 1 MiB a line, 10,000,000 tokens a field.
// Everything wrong is an [Error] that names the line. The package keeps no
// state and may be used concurrently.
package trace
