// Package queue defers work that is not urgent: a job is accepted at once, run
// while there is capacity, and its result kept until it is fetched.
//
//	Accept ─► queued ─► running ─► done
//	             ▲         │  └──► dead: too many tries, or its deadline
//	             └─────────┘
//
// A [Queue] decides which job is next and when; a [Store] keeps the jobs. What a
// job is and how it runs is the caller's: see [Settings].
//
// # Order
//
// A higher [Priority] goes first. Within one, lanes take turns, a lane being the
// jobs of one tenant and way in the order in which they came: so no tenant waits
// for another's backlog, and a way that is held does not hold the others. A [Way] is
// a route for one endpoint.
//
// # Pace
//
// Each way has a limit of its own on the jobs that run at once. It begins at one,
// grows by one with each job that is done, up to Settings.Workers for all ways
// together, and is halved when a job fails: the additive increase and multiplicative
// decrease of Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for
// Congestion Avoidance" (1989), with the growth of TCP's slow start. After a failure,
// and while Settings.Ready says so, the way is held: nothing of it begins. Ready
// asks for one job at a time, so a backlog never comes back all at once.
//
// # Tries
//
// A job that fails is tried again up to Settings.MaxTries times, after a wait that
// doubles. One that could not be tried anywhere has not failed: it goes back to the
// front of its lane. What cannot be done is dead, with the reason, and is kept like
// a result.
//
// # Durability
//
// A job is saved before Accept returns, and its result before anybody can see it.
// Whoever stops in between finds the job queued again at the next start: it runs
// once more, and still has one result.
package queue
