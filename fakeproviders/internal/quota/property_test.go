package quota_test

import (
	"math/big"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// load calls f with a keyed sequence of asks at strictly increasing instants, at
// about twice what a limit of 60,000 tokens a minute admits.
func load(seed uint64, n int, f func(now time.Duration, ask quota.Ask)) {
	now := time.Duration(0)
	for i := range n {
		key := keyed.NewKey(seed, strconv.Itoa(i), "load")
		pick := func(purpose string, below uint64) int { return int(key.Draw(purpose) >> 16 % below) }
		now += time.Duration(1 + pick("gap", 300e6))
		if pick("pause", 1000) == 0 {
			now += time.Duration(pick("long", 90e9))
		}
		out := pick("out", 400)
		f(now, quota.Ask{Input: pick("in", 400), Cached: pick("cached", 100), MaxOutput: out + pick("more", 100), PlannedOutput: out})
	}
}

// admission is one admitted ask.
type admission struct {
	at     time.Duration
	tokens int
}

const perMinute = 60_000

// No span of time admits more than the bucket held and what refilled in it.
func TestBucketBound(t *testing.T) {
	for seed := range uint64(5) {
		g := group(t, quota.Config{Limits: quota.Limits{TPM: perMinute}, CountCached: true})
		var all []admission
		load(seed, 3000, func(now time.Duration, ask quota.Ask) {
			if _, _, refused := g.Admit(now, ask); refused == nil && ask.PlannedOutput > 0 {
				all = append(all, admission{now, ask.Input + ask.MaxOutput})
			}
		})
		require.Greater(t, len(all), 300)
		tightest := int64(perMinute)
		for i := range all {
			sum := int64(0)
			for _, a := range all[i:] {
				sum += int64(a.tokens)
				span := int64((a.at - all[i].at) / time.Microsecond) // rounded as the bucket does, which adds at most one
				tightest = min(tightest, perMinute+perMinute*(span+1)/int64(time.Minute/time.Microsecond)-sum)
			}
		}
		require.GreaterOrEqual(t, tightest, int64(0))
		require.Less(t, tightest, int64(1000), "the bound was never near")
	}
}

// Every window, and every minute, admits its share at most, and can admit it all.
func TestWindowBound(t *testing.T) {
	for name, width := range map[string]quota.Window{"1s": quota.Second, "10s": quota.TenSeconds, "1m": quota.Minute} {
		t.Run(name, func(t *testing.T) {
			g := group(t, quota.Config{Limits: quota.Limits{RPM: 100}, RequestWindow: width})
			windows, minutes, refusals := map[time.Duration]int{}, map[time.Duration]int{}, 0
			for now := time.Duration(0); now < 3*time.Minute; now += 97 * time.Millisecond {
				if _, _, refused := g.Admit(now, quota.Ask{}); refused == nil {
					windows[now/time.Duration(width)]++
					minutes[now/time.Minute]++
				} else {
					refusals++
				}
			}
			require.Positive(t, refusals)
			parts := int(time.Minute / time.Duration(width))
			for i, n := range windows {
				require.LessOrEqual(t, n, (100+parts-1)/parts, "window %d", i)
			}
			require.Equal(t, map[time.Duration]int{0: 100, 1: 100, 2: 100}, minutes)
		})
	}
}

// The wait of a refusal is right to the microsecond, whatever the limit.
func TestWaitIsExact(t *testing.T) {
	for name, c := range map[string]quota.Config{
		"bucket":            {Limits: quota.Limits{TPM: perMinute}},
		"seconds":           {Limits: quota.Limits{TPM: perMinute, RPM: 70}, TokenWindow: quota.TenSeconds, RequestWindow: quota.Second},
		"background":        {Limits: quota.Limits{TPM: perMinute}, Background: quota.Background{Share: 0.4, Noise: 0.3, Seed: 3}},
		"background window": {Limits: quota.Limits{TPM: perMinute}, TokenWindow: quota.TenSeconds, Background: quota.Background{Share: 0.4, Noise: 0.3, Seed: 3}},
		"actual":            {Limits: quota.Limits{ITPM: perMinute / 2, OTPM: perMinute / 4}, Charge: quota.Actual},
		"acceleration": {Limits: quota.Limits{Acceleration: quota.Acceleration{
			Percent: 130, Floor: 5000, Over: 2 * time.Minute,
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			g := group(t, c)
			skip, checked := time.Duration(0), 0
			load(2, 3000, func(now time.Duration, ask quota.Ask) {
				now += skip
				h, _, refused := g.Admit(now, ask)
				if refused != nil && refused.Wait > 0 {
					skip += refused.Wait
					fits := (now + refused.Wait).Truncate(time.Microsecond)
					_, _, early := g.Admit(fits-1, ask)
					require.NotNil(t, early)
					checked++
					h, _, refused = g.Admit(fits, ask)
					require.Nil(t, refused)
					now = fits
				}
				if c.Charge == quota.Actual {
					h.Settle(now, ask.PlannedOutput)
				}
			})
			require.Greater(t, checked, 30)
		})
	}
}

// What a client reconstructs from the sequence of its own asks is what the state
// says, to the token and the microsecond.
func TestStateIsExact(t *testing.T) {
	const rpm = 777 // neither divides a minute
	const tpm = 61_003
	g := group(t, quota.Config{Limits: quota.Limits{RPM: rpm, TPM: tpm}})
	type level struct {
		limit int64
		used  *big.Rat // tokens missing
	}
	levels := []*level{{rpm, new(big.Rat)}, {tpm, new(big.Rat)}}
	// flow is what refills in a span.
	flow := func(l *level, span time.Duration) *big.Rat {
		return big.NewRat(l.limit*int64(span/time.Microsecond), int64(time.Minute/time.Microsecond))
	}
	last, admitted, refusals := time.Duration(0), 0, 0
	load(4, 5000, func(now time.Duration, ask quota.Ask) {
		h, state, refused := g.Admit(now, ask)
		now = now.Truncate(time.Microsecond)
		fits, out := true, ask.MaxOutput
		if ask.PlannedOutput == 0 {
			out = 0
		}
		asked := []int64{1, int64(max(ask.Input-ask.Cached, 0) + out)}
		for i, l := range levels {
			if l.used.Sub(l.used, flow(l, now-last)).Sign() < 0 {
				l.used.SetInt64(0)
			}
			after := new(big.Rat).Add(l.used, new(big.Rat).SetInt64(asked[i]))
			fits = fits && after.Cmp(new(big.Rat).SetInt64(l.limit)) <= 0
		}
		last = now
		require.Equal(t, fits, refused == nil)
		if !fits {
			refusals++
		} else {
			admitted++
		}
		for i, meter := range []quota.Meter{state.Requests, state.Tokens} {
			l := levels[i]
			if fits {
				l.used.Add(l.used, new(big.Rat).SetInt64(asked[i]))
			}
			left := new(big.Rat).Sub(new(big.Rat).SetInt64(l.limit), l.used)
			require.Equal(t, new(big.Int).Quo(left.Num(), left.Denom()).Int64(), int64(meter.Remaining))
			require.GreaterOrEqual(t, flow(l, meter.Reset).Cmp(l.used), 0)
			require.Less(t, flow(l, meter.Reset-time.Microsecond).Cmp(l.used), 0, "%v of %v", meter.Reset, l.used)
		}
		if fits && admitted%3 == 0 { // some settle at once, and give back
			h.Settle(now, ask.PlannedOutput)
			l := levels[1]
			l.used.Sub(l.used, new(big.Rat).SetInt64(int64(out-ask.PlannedOutput)))
		}
	})
	require.Greater(t, admitted, 500)
	require.Greater(t, refusals, 1000)
}

// Once everything is settled, what was charged is what was used.
func TestChargesAddUp(t *testing.T) {
	for _, charge := range []quota.Charge{quota.Reserved, quota.Estimated, quota.Actual} {
		t.Run(string(charge), func(t *testing.T) {
			g := group(t, quota.Config{
				Limits: quota.Limits{RPM: 700, TPM: perMinute, Concurrency: 40}, Charge: charge, CountCached: true,
			})
			var open []func(time.Duration)
			var want quota.Totals
			refusals := 0
			load(5, 4000, func(now time.Duration, ask quota.Ask) {
				before := g.Totals()
				h, _, refused := g.Admit(now, ask)
				if refused != nil {
					refusals++
					require.Equal(t, before, g.Totals(), "a refused ask pays nothing")
				} else {
					want.Requests++
					want.Input += int64(ask.Input)
					switch {
					case charge != quota.Estimated:
						want.Output += int64(ask.PlannedOutput)
					case ask.PlannedOutput > 0:
						want.Output += int64(ask.MaxOutput)
					}
					open = append(open, func(now time.Duration) { h.Settle(now, ask.PlannedOutput) })
				}
				if len(open) == 40 { // the oldest half ends
					for _, settle := range open[:20] {
						settle(now)
					}
					open = open[20:]
				}
			})
			for _, settle := range open {
				settle(time.Hour)
			}
			require.Positive(t, refusals)
			require.Equal(t, want, g.Totals())
		})
	}
}

// The share of others is a function of time: it has the mean and the range that
// were asked for, and each seed its own course.
func TestBackgroundNoise(t *testing.T) {
	remaining := func(seed uint64, minute int) int {
		g := group(t, quota.Config{Limits: quota.Limits{TPM: 1_000_000}, Background: quota.Background{Share: 0.5, Noise: 0.2, Seed: seed}})
		_, state, refused := g.Admit(time.Duration(minute)*time.Minute, quota.Ask{})
		require.Nil(t, refused)
		return state.Tokens.Remaining
	}
	const n = 2000
	sum, lo, hi, same := 0, 1_000_000, 0, 0
	for i := range n {
		r := remaining(1, i)
		require.Equal(t, r, remaining(1, i))
		sum, lo, hi = sum+r, min(lo, r), max(hi, r)
		if r == remaining(2, i) {
			same++
		}
	}
	// A uniform from 0.3 to 0.7 has deviation 0.115; five of that of the mean.
	require.InDelta(t, 500_000, float64(sum)/n, 5*115_000/44.7)
	require.InDelta(t, 300_000, lo, 2000)
	require.InDelta(t, 700_000, hi, 2000)
	require.Less(t, same, 3)
}

// Asking often or seldom makes no difference to what has refilled.
func TestRefillDoesNotDependOnLooks(t *testing.T) {
	config := quota.Config{Limits: quota.Limits{TPM: 10_000}, Background: quota.Background{Share: 0.6, Noise: 0.3, Seed: 9}}
	often, seldom := group(t, config), group(t, config)
	first := quota.Ask{Input: 900}
	for range 3 {
		often.Admit(0, first)
		seldom.Admit(0, first)
	}
	end := 2*time.Minute + 123_456*time.Microsecond
	for now := time.Duration(0); now < end; now += 77 * time.Millisecond {
		often.Admit(now, quota.Ask{})
	}
	_, a, _ := often.Admit(end, quota.Ask{})
	_, b, _ := seldom.Admit(end, quota.Ask{})
	require.Equal(t, a, b)
}
