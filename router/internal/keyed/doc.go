// Package keyed makes random draws that depend on nothing but their key:
// a seed, what the draw is for, the request, the target and the number of the
// try. The same request meets the same luck whatever happens around it.
// All functions are pure and safe for concurrent use.
package keyed
