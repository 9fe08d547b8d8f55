// Package quota decides whether a provider takes a request: limits per minute
// and per day on requests and tokens, on requests in flight, and on how fast
// use may grow.
//
// A [Group] is one account's quota. The targets that share the account, say two
// regions of one organisation, share the *Group. [Group.Admit] charges a request
// or refuses it, and the [Handle] it returns settles what was estimated once the
// answer's length is known:
//
//	h, state, refused := group.Admit(now, quota.Ask{Input: 900, MaxOutput: 500})
//	if refused != nil {
//		return refused // it has paid nothing
//	}
//	defer func() { h.Settle(end(), generated) }()
//
// # Limits
//
// A limit per minute is enforced in one of two ways.
//
//   - [Bucket]: it holds one minute's worth, starts full and refills
//     continuously. Any span of w minutes admits at most limit × (1 + w).
//   - A window of 1, 10 or 60 s, aligned to the timeline: the window of index i
//     admits its share of the minute and then nothing until the next begins.
//     The shares are whole and add up to the limit in every minute, so 90 a
//     minute in windows of a second are 1, 2, 1, 2. What one window does not hold
//     is too large, whatever the minute would allow.
//
// Requests and tokens may be enforced differently, as Azure does.
//
// A daily limit counts from midnight to midnight. Past it the refusal is
// [Exhausted]: no wait helps but that for the next day, which services do not
// name. Concurrency counts from Admit to Settle.
//
// # Charging
//
//   - [Reserved]: input and max_tokens when the request comes; what was not
//     generated is given back when it ends.
//   - [Estimated]: the same, and nothing is given back.
//   - [Actual]: input when the request comes, output when it ends. A request
//     is admitted while one output token is left, so answers in flight can take
//     the bucket below zero; that is paid off before anything else is admitted.
//
// Without max_tokens the planned output stands in for it. A refund reaches a
// bucket as far as it is not full already, and a window only while it lasts.
//
// # Acceleration
//
// The timeline is cut into slices of 10 s. Recent use is that of the present
// slice and the five before it (50 to 60 s); usual use is the mean per minute of
// the slices before those, over the last [Acceleration.Over]. A request whose
// input would take recent use above usual × Percent / 100 is refused with
// [SlowDown], unless recent use then still is at most the floor. Only admitted
// input counts. Since the mean rises with what is admitted, a client that takes
// all it can get grows by more than Percent says: at 150 over 10 minutes to 2.2
// times in every 10 minutes. At 123 over 15 minutes it is 1.5 times in every 15,
// which with a floor of a million is OpenAI's rule of thumb.
//
// # Background
//
// Other applications of the account use a share of it: of what a minute admits
// and of what refills. The headers show it as used. With noise the share is
// drawn anew for each minute of the timeline, by key, so it is the same in every
// run with that seed. It lies on the limits per minute and on concurrency;
// daily limits lose the plain share, and acceleration none.
//
// # What services do
//
//	OpenAI     counts the larger of max_tokens and an estimate of the input from
//	           its characters, and documents no correction; limits may be
//	           enforced over shorter periods; they belong to an organisation
//	           https://developers.openai.com/api/docs/guides/rate-limits
//	           429 insufficient_quota: out of credit or over a spend limit;
//	           429 slow_down: above 1M input tokens a minute traffic should grow
//	           by no more than 50 % in 15 minutes
//	           https://developers.openai.com/api/docs/guides/error-codes
//	Azure      adds prompt, max_tokens and best_of to a count that is reset each
//	           minute; evaluates requests over 1 or 10 s: 600 RPM = 10 a second
//	           https://learn.microsoft.com/azure/ai-foundry/openai/how-to/quota
//	Anthropic  token bucket; OTPM counts what is generated, as it is, and
//	           max_tokens plays no part (in August 2025 it still was what was
//	           reserved, corrected at the end); ITPM leaves cache reads out on
//	           most models; 429 for acceleration where use rises sharply
//	           https://platform.claude.com/docs/en/api/rate-limits
//	Groq       RPM, RPD, TPM, TPD, ITPM, OTPM; cached tokens do not count; its
//	           request headers speak of the day, its token headers of the minute
//	           https://console.groq.com/docs/rate-limits
//
// OpenAI also counts requests it refuses. Here a refused request pays nothing
// anywhere: a count that grows by refusals never lets an impatient client in
// again, which the service's own buckets do.
//
// # Rules
//
// Nothing here waits, draws by sequence or reads a clock: now is the caller's
// position on the timeline, and the outcome depends on nothing but the order of
// the calls. Amounts are integers; time counts in whole microseconds, rounded
// down for now and up for waits. A now before that of an earlier call counts as
// that call's. The state is of fixed size. Everything but a single [Handle] is
// safe for concurrent use.
package quota
