// Package explain tells the story of one request out of a stored run log: which
// targets the router chose among and why it tried them in that order, what each
// attempt came to, and what the providers say they did and billed.
package explain
