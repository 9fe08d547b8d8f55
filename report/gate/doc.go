// Package gate decides whether a change of a router's config is safe, from
// figures of both configs over the same scenarios and seeds.
//
// # What is compared
//
// BASE and HEAD run every scenario with every seed. A seed fixes the arrivals,
// their sizes and every provider's luck, so both meet the same traffic and the
// same weather (common random numbers [1]), and what differs between the two
// cells of a seed is mostly the configs. A figure of one seed is computed from
// that seed's requests alone; percentiles are never pooled over seeds, and the
// base and head values of a row are means of the seeds' own figures.
//
// A row is one scenario and one metric. Its difference at one seed is
// head − base in the metric's unit, or, where the tolerance is a percentage, the
// logarithm of head ÷ base, shown as the percentage it stands for. The mean of
// plain ratios would make a harmless change look worse, since +100 % and −50 %
// cancel each other but do not add up to zero; the geometric mean does not, which
// is why trials of equivalence use it [9]. Gated metrics are declared by the scenario's
// `gate`; every other row is informational: it has an interval and no verdict.
//
// # The verdict on a row
//
// Turn the sign so that up is worse, let δ be the mean difference over all
// seeds there could be, and T the tolerance (T >= 0; reaching it is allowed).
//
//	non-inferior  the bad end of the interval of δ is at most T
//	worse         δ > T beyond chance: the interval lies wholly outside of T,
//	              after the correction for all rows of the run
//	inconclusive  neither: more seeds, or a wider tolerance, are needed. Where the
//	              interval as shown lies outside and the correction alone keeps it
//	              from worse, the reason says so, with the corrected p and the level
//
// This is a non-inferiority trial with the usual two-sided 95 % interval [2].
// Not being shown to be worse is not enough to pass.
//
// A row that is non-inferior is marked better when δ < 0 beyond chance, after
// the same correction. The mark decides nothing.
//
// # The verdict on a run
//
// Any row worse: worse, exit code 99. Else any inconclusive: 97. Else 0. A
// broken invariant, in a cell of either config, is 98 and comes before all of
// these. A scenario whose faults hit nothing under either config, whose load
// dropped requests or that was interrupted makes the run inconclusive. What a
// budget of time left out decides nothing: the verdict and the exit code are on what
// was run, since a gate that fails for the speed of its machine is soon ignored. The
// first line of every report says of how many scenarios the verdict is, JUnit has the
// others as skipped, and CI shows a warning.
//
// False alarms: at most 2.5 % of the runs of a HEAD that is within every
// tolerance say worse, however many rows there are. Every row's hypothesis
// δ <= T is tested one-sided and Holm's step-down procedure [3] is applied over
// all gated rows of all scenarios; it holds under any dependence between rows.
// A row that could not be measured stays in the family with p = 1. When δ is
// inside the tolerance rather than at its edge, alarms are rarer.
//
// False passes: a run passes only if every row is non-inferior, so a HEAD that
// is outside of one tolerance passes at most as often as that one row errs,
// 2.5 %. An intersection of tests needs no correction [4].
//
// # The interval
//
// The interval of a paired difference is Student's t with n − 1 degrees of
// freedom. From ten seeds on, if the sample skewness of the differences is
// beyond what 95 % of normal samples show, it is the wider of that and the
// studentised bootstrap [5], with 19,999 resamples keyed by scenario and metric.
// Percentile and BCa intervals are not used: at five to twenty seeds they are
// too short. Shares of 2,000 samples whose nominal 95 % interval held the mean:
//
//	differences       n    t   percentile  BCa   studentised  used here
//	normal            5   96       84       83       95          96
//	normal           10   95       90       90       95          95
//	exponential       5   88       78       80       92          89
//	exponential      10   91       86       87       95          93
//	exponential      20   92       90       92       95          95
//	lognormal, σ=1   10   84       80       82       90          87
//	lognormal, σ=1   20   87       85       87       91          93
//
// An interval knows nothing of what a figure can be: that of a share at few seeds
// may reach above 100 % or below 0. Tables, Markdown, JUnit and annotations cut off what
// is impossible; verdicts, JSON and CSV have the interval as it is.
//
// `make stats` repeats the last column and checks the rates above. Below ten seeds
// nothing repairs skew. Outliers on both sides make the interval too wide, not too
// narrow.
// No interval sees a collapse that one seed in twenty has: the worst seed of
// every row is shown beside the mean, since means hide metastable failures [6].
//
// # Edge cases
//
//   - Fewer than two seeds have no interval: inconclusive.
//   - All differences equal: there is no spread to estimate, and the interval is
//     that one value. It counts from five seeds on ([MinConstant]); with fewer the
//     row is inconclusive. Two configs that do the same thing give zeros.
//   - A figure that one config has no samples for at any seed makes the row
//     inconclusive: an absent p95 is not a good one.
//   - A metric that cannot be seen from outside a gateway that is not ours is skipped,
//     gated or not, and takes no part in the correction: a finding says so.
//   - A figure of zero has no relative difference: inconclusive, unless the other
//     is zero too. Metrics that may be zero want an amount for a tolerance.
//
// # Adding seeds
//
// Looking at the data, adding seeds where they are inconclusive, and looking
// again raises the share of false verdicts [7]. Seeds are therefore added in
// fixed blocks, to at most a number fixed beforehand, and with L = bound ÷ block
// planned looks every level is divided by L (Bonferroni over the looks): the
// interval is 1 − 0.05 ÷ L, the alarm level 0.025 ÷ L. By the union bound the
// rates above hold for the whole run whenever it stops, also when only the
// scenarios with inconclusive rows get more seeds. Alpha spending [8] would cost
// less power; Bonferroni needs no explanation. Without a bound above the first
// block there is one look and no price.
//
// # What was measured
//
// By `make stats`, which has fixed seeds; 99 in 100 samples lie within the bands.
//
//	2,000 simulated runs                              alarms  band
//	equivalent, nothing tolerated, 24 rows             1.75 %  up to 3.40 %
//	equivalent, the usual tolerances, 24 rows          0.00 %
//	worse by exactly the tolerance, 24 rows            2.00 %
//	the same, seeds added up to 20 in four looks       1.35 %
//	every row judged by itself                        38.7  %  what Holm is for
//	ten looks at the price of one                      8.4  %  what the looks cost
//	24 independent rows, by theory 2.47 %              2.55 %
//
// The true difference lay in 94.5 to 95.6 % of the intervals (band 93.7 to 96.3), over
// three metrics, three rates of loss and 5, 10 and 20 seeds. With the real engine:
// 400 comparisons of five seeds between twins raised 3.0 % alarms (up to 4.5), and a
// provider 100 ms farther away was found to be that in 95.25 % of 400 intervals.
//
// # Sources
//
//	[1] A. M. Law and W. D. Kelton's textbook on simulation, the chapter on
//	    variance reduction
//	[2] ICH E9, Statistical Principles for Clinical Trials, 1998, 3.3.2
//	[3] S. Holm, A simple sequentially rejective multiple test procedure, 1979
//	[4] R. L. Berger, Multiparameter hypothesis testing and acceptance sampling, 1982
//	[5] B. Efron and R. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 12.5;
//	    T. Hesterberg, What Teachers Should Know About the Bootstrap, 2015
//	[6] N. Bronson et al., Metastable Failures in Distributed Systems, HotOS 2021
//	[7] P. Armitage et al., Repeated significance tests on accumulating data, 1969
//	[8] K. K. G. Lan and D. L. DeMets, Discrete sequential boundaries, 1983
//	[9] FDA guidance, Statistical Approaches to Establishing Bioequivalence, 2001
//
// Everything here only reads its input and is safe for concurrent use.
package gate
