// Package sse reads server-sent events as they arrive, within bounds, and keeps
// the bytes of each event so that it can be passed on as it came. The format is
// that of https://html.spec.whatwg.org/multipage/server-sent-events.html.
package sse
