// Package weather makes luck last. A provider that is slow now is still slow
// when the retry arrives, and a hard request is hard everywhere; latencies
// drawn one by one know neither, and make retries and hedges look better than
// they are.
//
// # Weather
//
// A [Weather] is a factor on the latency of one place, a model in a region of
// a provider, that drifts over time:
//
//	factor(t) = exp(sigma · X(t))
//
// X is stationary with the standard normal distribution, so the factor is
// log-normal with median 1 and 90 % of it lies within exp(±1.645·sigma). It is
// a pure function of seed, place and t: nothing advances, and any order of
// questions gets the same answers.
//
//	X(t) = √0.2·N₀(t) + √0.5·N₁(t) + √0.3·N₂(t)
//
// Each N is keyed noise on a lattice of instants 0.2, 1 and 3 correlation times
// apart, with a keyed phase. Between two of its instants, the share s of the
// way from the first to the second,
//
//	N = ((1−r)·g₁ + r·g₂) / √((1−r)² + r²)    r = s²·(3−2s)
//
// where g₁ and g₂ are standard normal draws keyed by the instants. The divisor
// keeps the variance at 1 all the way, r makes N smooth.
//
// # Autocorrelation
//
// With T the correlation time, the correlation of X(t) and X(t+τ), over phases,
// stays within 0.03 of exp(−τ/T) for every lag τ:
//
//	τ/T     0.1    0.25   0.5    1      1.5    2      3      from 6
//	X       0.93   0.76   0.63   0.36   0.21   0.16   0.06   0
//	exp     0.90   0.78   0.61   0.37   0.22   0.14   0.05   < 0.003
//
// It is never negative.
//
// # What it does to percentiles
//
// A log-normal latency whose logarithm has the deviation s keeps its median
// under the weather, while the deviation grows to √(s² + sigma²): percentiles
// of a model are those of average weather. Means grow by exp(sigma²/2).
//
// # The request's own factor
//
// [RequestFactor] is a log-normal factor with median 1 that belongs to a
// request and follows it to every provider.
//
// Factors are rounded to 2⁻²⁴, so that they do not differ between CPU
// architectures in their last bits. All functions are safe for concurrent use.
package weather
