// Package fit makes a world out of a log of requests, and says how well it fits.
//
//	log, err := requestlog.Read(file, requestlog.Auto)
//	world, err := fit.New(log, "ours")
//	err = world.WriteWorld(worldFile)        // providers, routes, tasks, load
//	err = world.WriteScenario(file, "./ours-world.yaml") // the log's errors as a timeline
//	err = table.WritePage(os.Stdout, world.Report(), table.Options{})
//	result, err := world.Backtest(ctx, log, false, fit.Options{Seeds: 20})
//
// # What is fitted, and how
//
//   - Load: the rate by the hour; finer in a log of less than ten hours, coarser
//     where hours are more than 250 or hold fewer than 30 requests. Burstiness
//     is stated as the index of dispersion over 1 s, 10 s and 1 min, where the
//     log has 30 such windows. If one lies four standard deviations above what
//     Poisson arrivals at these rates have, the world gets the burstiness that
//     makes up the difference.
//   - Tasks: requests with the same task, endpoint, route and stream. Sizes of
//     prompts come from all of them, those of answers from the answered.
//     max_tokens is the limit that nine in ten requests state; what it cut is
//     left out of the judgement.
//   - Targets: time to first token and gap between tokens from the streams,
//     (latency − ttft) ÷ (tokens − 1) of answers with at least 8 tokens. Where a
//     target does not stream, a log tells the latency of answers by their length, and that
//     is what is fitted: T + G·k for k gaps, with log-normal or gamma T and G (or a
//     T of any shape), so that quantiles of the latency of short and long answers
//     are met best. The split into T and G is known as well as lengths vary; the
//     report says how well, and where it is not identifiable. The provider's queue,
//     weather and prefill are in these figures and not apart.
//   - Prices: least squares of cost over prompt and answer tokens.
//   - Errors: for each target and status up to six stretches that failed more often
//     than chance explains (a scan statistic over all stretches, begin and end to a
//     request), and a share all through the log of what failed outside them. A
//     status of 0 becomes a reset. An event that is expected to hit fewer than 8
//     requests of a run is played back, but left out of the scenario: a fault that
//     hits nothing makes a run inconclusive.
//   - Traffic: where a route has several targets, the scenario has a policy that
//     splits the requests as the log does, whatever split them there.
//   - Vendors, by the provider's name (or the models', where a log names none).
//   - Quotas are hinted at: most requests and tokens in a minute, share of 429s.
//
// A distribution is log-normal (by p50 and p95) or gamma (by mean and deviation),
// whichever is nearer, if its Kolmogorov-Smirnov distance from the sample is at
// most 0.02, or 1.36 ÷ √n where that is more, and its p99 within 15 %. Otherwise it
// is given by the sample's percentiles (distance up to 0.04 between them), and
// else by up to 200 evenly spaced values of the sample.
//
// # What is not
//
// Correlation between requests beyond the arrivals' bursts: slow hours of a
// provider, sizes that depend on the hour, tenants and repeated prompts (their
// shares are stated). Cached tokens end up in the prices. Retries and timeouts of
// clients are not in a log of attempts.
//
// # Bounds
//
// Those of package requestlog for the log; 64 providers with 64 models each, 100
// targets, 50 routes and 100 tasks, 64 events: what is rarer is left out, and
// [World.Notes] says so. A back-test plays at most 5,000,000 requests.
//
// A World is not changed once made; its methods may be used concurrently. Equal
// logs give equal bytes.
package fit
