// Package headroom estimates what is left of a target's quotas, from what its
// answers say and from what has been sent to it since:
//
//	left = remaining in the headers of the latest send that was answered − what was sent after it
//
// An estimate never grows by itself, though quotas refill: how fast, no header
// says, and the next answer does. It holds until the reset that the headers name,
// or for 10 s without one; after that, as before any answer, nothing is known, and
// there is room for everything.
//
// An answer tells of the moment at which its own request arrived. The answer to an
// earlier send, coming later, tells nothing new. So the order in which answers
// come makes no difference, and neither does that of sends at one instant to
// anything but their own answers' marks.
//
// The state of a target is of fixed size, and no call waits.
package headroom
