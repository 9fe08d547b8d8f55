package sim

import "sync"

// ballast keeps the garbage collector from running all the time while the heap
// is still small: a drill makes some kilobytes of garbage per request, and with
// a live heap of a few megabytes a third of the time would go into collections.
// It is never touched, so the system backs it with no memory; the collector
// counts it and lets that much more garbage gather between collections.
var ballast = sync.OnceValue(func() []byte { return make([]byte, 32<<20) })
