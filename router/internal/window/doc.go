// Package window keeps counts and durations of the recent past in a bounded
// amount of memory: how often what happened, and how long it took at the median
// or at any other quantile, over any span up to the window's length.
//
// A window moves in steps, so what it tells of a span covers between the span
// less one step and the whole of it. Durations are kept in a histogram with
// sixteen bins to the octave: a quantile is wrong by at most a thirty-second
// (3.2 %) of what it is, from a millisecond to eighteen minutes; see
// [Snapshot.Quantile].
//
// Everything is a sum of whole numbers, so the order of records at one instant
// is of no account, and every CPU reads the same.
package window
