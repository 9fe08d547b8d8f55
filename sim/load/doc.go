// Package load makes the requests of a run: when each arrives ([Arrivals],
// [FromTrace]), what it asks for ([Spec]), and the attack that sends them
// ([Attack]). It is the only importer of vegeta.
//
// Arrivals are an open loop: they do not wait for answers. They are worked out
// before the run from keyed draws, so that every policy meets the same load,
// and they strictly increase, since two requests at one instant would be
// numbered in random order. Poisson arrivals with a changing rate come from
// inverting the integral of the rate at the points of a unit-rate process
// (time-scale transformation, as in Lewis and Shedler 1979, section 2). A load
// with burstiness has its rate multiplied by keyed factors first, one for each
// window of each length: a doubly stochastic process whose index of dispersion
// is the configured one (see [scenarios.Traffic.BurstLevels]).
//
// A [Plan] is read-only once made and may be shared by any number of runs.
package load
