// Package csv renders a report in long form, one figure on a line, for
// spreadsheets and notebooks:
//
//	policy,seed,phase,task,provider,metric,value,unit,n
//
// An empty phase, task or provider means all of them. A distribution has a
// line for each of its figures: latency_p50, latency_p95 and so on. The times
// to react to a fault have the fault's id as their phase; the value `never`
// means that the event did not come. A value that could not be measured is
// empty; its n says how many samples there were.
//
// Names that a spreadsheet would take for a formula get a leading apostrophe.
package csv
