// Package panel is the page on which an operator watches a router at work.
//
//	p := panel.New(panel.Config{Status: r.Status, Spending: r.Spending, Incidents: tracker.Incidents})
//	// router.WithAudit(audit.Sinks{…, p}); p.Handler() on the address of the operators; p.Close() to stop
//
// It is rendered here, from html/template, and whole without a script. With one, the
// page asks for /panel/events and puts what comes, once a second, in place of what it
// shows: server-sent events carry the same HTML that a reload would bring. Everything is
// embedded, nothing is loaded from elsewhere, and the Content-Security-Policy says so.
// The page only reads: nothing on it changes anything.
//
//	router.Status, Spending ─┐
//	incident.Tracker ────────┼─► view, once a second ─► page.tmpl ─► /panel, /panel/events
//	audit: Panel ────────────┘
//
// How a target is, is the router's own word; nothing is judged anew. What the router
// keeps nowhere is counted here, from its audit:
//
//   - the share of the answers of an endpoint that a target gave, over five minutes
//   - what was spent at a target and endpoint since the start, probes and shadows too
//   - failovers by kind: route, first choice, who answered instead, and why. The reason is
//     that of the first choice's own attempt, or why it was passed over. A hedge that won
//     is none. A kind is forgotten 15 minutes after it happened last.
//   - the changes of state of breakers
//
// Everything is bounded: see the constants. A client that does not take its events is
// dropped, and one too many is told so.
package panel
