// Package webhook sends the router's alerts, or the ends of its deferred jobs, to a
// URL, one after another, as JSON:
//
//	{"id":"5f3c…","target":"openai/gpt-4.1","endpoint":"chat","signal":"errors","burn":"fast",
//	 "state":"raised","at":"2026-01-02T03:04:05Z","since":"2026-01-02T03:04:05Z","rate":200,"samples":431}
//
//	{"id":"a91e…","job":"job-1f…","status":"done","request_id":"r-7","tenant":"acme","task":"nightly",
//	 "model":"smart","tries":1,"finished_at":"2026-01-02T03:04:05Z"}
//
// A job's status is done, and its answer is fetched from where jobs are asked for, or
// dead, with a reason. Neither prompts nor answers are sent. The message is a hint: a
// process that ends forgets those that wait, and the job itself still says how it is.
//
// Each try is signed: X-Routedrill-Timestamp is when it was made, in seconds since
// 1970, and X-Routedrill-Signature is "sha256=" and the hexadecimal HMAC-SHA256, with
// the shared secret, of the timestamp, a dot and the body. A receiver recomputes it
// ([Signature]), compares in constant time, and refuses timestamps that are minutes
// old. A message may come twice, since an answer may be lost; its id is the same then.
//
// What is answered with a 5xx, 408 or 429, or not at all, is tried again, up to [Tries]
// times with a growing wait. Redirects are not followed.
// While one is tried the others wait, up to [Queue] of them; further ones are dropped,
// and the log says so. Nobody who tells of an alert ever waits.
package webhook
