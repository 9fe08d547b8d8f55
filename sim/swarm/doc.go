// Package swarm draws random scenarios, to find what nobody thought of: a
// world, the load on it, a timeline of overlapping faults and a policy, all of
// it out of one seed.
//
//	text := swarm.Scenario(4711, sim.Vocabulary())
//
// The text is an ordinary scenario file, so a run that breaks an invariant can
// be kept, cut down and played again with `routedrill run`. It always passes
// [scenarios.Load], and says everything the scenario language has words for
// that can go together in one world: what it draws from are the vocabulary and
// the ranges of the reference, with rare extremes.
//
// [Week] draws something else: a long time of ordinary traffic with outages now and
// then, to find what only time brings to light.
//
// Draws are keyed by the seed and by what they are for. A seed means the same
// scenario for as long as this package and the vocabulary stay as they are;
// scenarios that found something are therefore kept as files, in testdata.
//
// The functions are pure and may be called concurrently.
package swarm
