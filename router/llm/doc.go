// Package llm is the normal form of what the router needs to know about
// requests, answers and stream events, whatever API they are written in.
// It is a leaf: facts only, no behaviour.
package llm
