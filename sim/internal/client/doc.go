// Package client is the caller of the drill: an application with an SDK that
// asks the gateway, retries as SDKs do, reads streams, checks what it gets and
// gives up at its deadline.
//
// It sits behind the load generator as an http.RoundTripper: one round trip is
// one whole request, tries included, and yields one [record.Request]. Times
// come from here and not from the load generator, since TTFT, send lag and the
// verdict on an answer need a look inside. It shares no code with the router
// or the providers, so that a misreading on one side cannot hide on the other.
package client
