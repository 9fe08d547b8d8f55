// Package latency holds the distributions a provider draws its times and token
// counts from, as quantile functions.
//
// A draw is Quantile(u) of a keyed uniform u (package keyed), so one uniform
// gives one value: no generator, no rejection loop, no state. Units are the
// caller's; the providers use nanoseconds for times.
//
//	d, err := latency.LogNormal(450e6, 1500e6) // p50 450 ms, p95 1.5 s
//	ns := d.Quantile(u)
//
// # Which one
//
//   - [LogNormal] and [LogNormalP99]: two percentiles are known. The ratio
//     p99/p50 is exp(2.326·sigma): 2 is sigma 0.30, 8 is sigma 0.89.
//   - [Quantiles]: a vendor's dashboard or a log gives more percentiles, and
//     they do not lie on one log-normal curve. Between them the logarithm runs
//     straight over the normal score, so each stretch is log-normal, every
//     given percentile is met exactly, and two of them alone are a log-normal
//     distribution.
//   - [Mixture]: there are kinds of requests, such as one in ten that meets a
//     cold replica.
//   - [Gamma]: a mean and a spread are known, as for the gap between tokens.
//   - [Empirical]: the values themselves.
//
// # Accuracy
//
// Gamma and mixture quantiles have no formula: they are solved exactly for
// 2,047 values of u, once, and interpolated in between. Where the function is
// too steep for that, which is in the tails and between the humps of a mixture,
// each draw is solved. An interpolated value lies within 2 % of the exact one
// by construction, and in smooth parts within 0.05 %.
//
// The last bits of a quantile may differ between CPU architectures: exp, erfinv
// and fused multiply-adds are rounded differently. The solver therefore goes
// on until 1 part in 10¹², and who acts on a draw rounds it first, to a step
// far above that: the providers to the microsecond, sizes to whole tokens.
//
// All distributions are immutable and safe for concurrent use. The formulas are
// gonum's distuv.
package latency
