package fit

import "math"

// run is a stretch of a target's requests, from one failure to another.
type run struct {
	from, to int // indices, to is not part of it
	failed   int
}

// maxStretches is how many stretches one status at one target has.
const maxStretches = 6

// minRun is how many failures a stretch has at least.
const minRun = 5

// scan finds the stretches of requests that failed more often than the others,
// the clearest first: a scan statistic over all stretches (Kulldorff, "A spatial
// scan statistic", 1997), again and again in what is left. A stretch counts if
// its likelihood ratio against one rate throughout is one that chance does not
// reach in a log of that length.
//
// The best stretch is one of largest sum, if a failure counts ln(p1/p0) and any
// other request ln((1-p1)/(1-p0)), where p0 is the rate outside and p1 the one
// within. Neither is known: several p1 are tried, and both are estimated anew
// until the stretch stays the same.
func scan(failed []bool) []run {
	var out []run
	taken := make([]bool, len(failed))
	for len(out) < maxStretches {
		best := clearest(failed, taken)
		if best.failed == 0 {
			break
		}
		for i := best.from; i < best.to; i++ {
			taken[i] = true
		}
		n, f := untaken(failed, taken)
		for _, r := range parts(failed, best, maxStretches-len(out)) {
			if likelihood(r, n+r.to-r.from, f+r.failed) > chance(len(failed)) {
				out = append(out, r)
			} // else a calm between two parts, with failures as elsewhere
		}
	}
	return out
}

// chance is the likelihood ratio, as a logarithm, that chance does not reach in
// any stretch of n requests.
func chance(n int) float64 { return 4 + 1.5*math.Log(float64(n)) }

// untaken counts the requests that no stretch holds, and those that failed.
func untaken(failed, taken []bool) (n, f int) {
	for i := range failed {
		if !taken[i] {
			n++
			if failed[i] {
				f++
			}
		}
	}
	return n, f
}

// parts splits a stretch that has a worse one within it, such as an outage with a
// long tail, into at most that many.
func parts(failed []bool, whole run, most int) []run {
	inside := failed[whole.from:whole.to]
	worse := clearest(inside, make([]bool, len(inside)))
	if worse.failed == 0 || most < 3 {
		return []run{whole}
	}
	worse.from, worse.to = worse.from+whole.from, worse.to+whole.from
	out := []run{worse}
	for _, side := range []run{{from: whole.from, to: worse.from}, {from: worse.to, to: whole.to}} {
		if side = trimmed(failed, side); side.failed >= minRun {
			out = append(out, parts(failed, side, most-len(out))...)
		}
	}
	return out
}

// trimmed cuts a stretch to its first and last failure, and counts them.
func trimmed(failed []bool, r run) run {
	for r.from < r.to && !failed[r.from] {
		r.from++
	}
	for r.from < r.to && !failed[r.to-1] {
		r.to--
	}
	for _, f := range failed[r.from:r.to] {
		if f {
			r.failed++
		}
	}
	return r
}

// clearest is the stretch that holds nothing taken and differs most from the
// rest; none if chance explains it.
func clearest(failed, taken []bool) run {
	n, f := untaken(failed, taken)
	best, ratio := run{}, chance(n)
	if f < minRun {
		return best
	}
	for _, within := range []float64{0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95} {
		p0 := share(f, n)
		for range 8 {
			r := steepest(failed, taken, p0, within)
			got := likelihood(r, n, f)
			if r.failed < minRun || got <= ratio {
				break
			}
			best, ratio = r, got
			p0, within = share(f-r.failed, n-(r.to-r.from)), share(r.failed, r.to-r.from)
		}
	}
	return best
}

// share is a rate that is neither 0 nor 1, for its logarithm.
func share(failed, n int) float64 { return (float64(failed) + 0.5) / (float64(n) + 1) }

// steepest is the stretch of largest sum that holds nothing taken.
func steepest(failed, taken []bool, p0, p1 float64) run {
	if p1 <= p0 {
		return run{}
	}
	bad, good := math.Log(p1/p0), math.Log((1-p1)/(1-p0))
	var best, here run
	most, sum := 0.0, 0.0
	for i := range failed {
		if taken[i] {
			sum = 0
			continue
		}
		if sum <= 0 {
			sum, here = 0, run{from: i}
		}
		if !failed[i] {
			sum += good
			continue
		}
		sum += bad
		here.failed++
		if sum > most {
			most, best = sum, run{here.from, i + 1, here.failed}
		}
	}
	return best
}

// likelihood is how much likelier the failures are with a rate of its own for a
// stretch, as a logarithm; 0 if that is not the higher rate.
func likelihood(r run, n, failed int) float64 {
	in, out := r.to-r.from, n-(r.to-r.from)
	if r.failed*out <= (failed-r.failed)*in {
		return 0
	}
	return entropy(failed, n) - entropy(r.failed, in) - entropy(failed-r.failed, out)
}

// entropy is −ln of the likelihood of so many failures at their own rate.
func entropy(failed, n int) float64 {
	h := 0.0
	for _, k := range []int{failed, n - failed} {
		if k > 0 {
			h -= float64(k) * math.Log(float64(k)/float64(n))
		}
	}
	return h
}
