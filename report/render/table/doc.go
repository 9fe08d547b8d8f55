// Package table renders a report as plain-text tables for a terminal.
//
// No line is wider than Options.Width: a table that is too wide is split into
// several that repeat the names of the rows, and text is broken over lines.
// The one exception is a single word of the replay command that is wider,
// because breaking it would break the command.
//
// Names come from files that others may have written, so nothing that could
// control a terminal gets through. Colour codes are written only when asked
// for.
package table
