// Package timeline turns the logs of a run into what a report draws: series
// over equal stretches of time, the states of the breakers, and the requests
// that are worth a look, with their stories.
//
// [Of] computes a [Timeline] from a record.Run; as JSON it is timeline.json,
// which stands beside result.json in a stored run, so that the run can be drawn
// again without its log. [Read] reads it back.
//
// Every value belongs to the stretch in which its request was scheduled, as in
// the phases of the report: what is answered late counts where it was asked.
// Only the money and the requests that wait at providers go by the providers'
// own clock. Nothing is smoothed: a step in the records is a step in the
// series.
//
// Of several seeds only the first of each policy is drawn, the same for all,
// since percentiles are not pooled over seeds.
//
// Everything here only reads its input and is safe for concurrent use.
package timeline
