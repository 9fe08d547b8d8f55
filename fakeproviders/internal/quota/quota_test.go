package quota_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
)

func group(tb testing.TB, c quota.Config) *quota.Group {
	tb.Helper()
	g, err := quota.New(c)
	require.NoError(tb, err)
	return g
}

// call is one step of a table: an ask and what comes of it, or a settlement.
type call struct {
	at      time.Duration
	ask     quota.Ask
	settle  int // index of the earlier call to settle, from 1; 0 = ask
	output  int
	refused *quota.Refusal
	state   *quota.State // nil = not looked at
}

func meter(limit, remaining int, reset time.Duration) quota.Meter {
	return quota.Meter{Limit: limit, Allowance: limit, Used: limit - remaining, Remaining: remaining, Reset: reset}
}

const s = time.Second

func TestDecisions(t *testing.T) {
	tokens := func(input, output int) quota.Ask {
		return quota.Ask{Input: input, MaxOutput: output, PlannedOutput: output}
	}
	one := tokens(1, 1)
	for name, tc := range map[string]struct {
		config quota.Config
		calls  []call
	}{
		"request bucket": {
			quota.Config{Limits: quota.Limits{RPM: 3}},
			[]call{
				{at: 0, ask: one, state: &quota.State{Requests: meter(3, 2, 20*s)}},
				{at: 1 * s, ask: one},
				{at: 2 * s, ask: one, state: &quota.State{Requests: meter(3, 0, 58*s)}},
				{
					at: 3 * s, ask: one, state: &quota.State{Requests: meter(3, 0, 57*s)},
					refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Requests, Limit: 3, Used: 3, Asked: 1, Wait: 17 * s},
				},
				{at: 20*s - 1, ask: one, refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Requests, Limit: 3, Used: 3, Asked: 1, Wait: time.Microsecond}},
				{at: 20 * s, ask: one},
			},
		},
		"reserved output is given back": {
			quota.Config{Limits: quota.Limits{TPM: 600}},
			[]call{
				{at: 0, ask: tokens(100, 400), state: &quota.State{Tokens: meter(600, 100, 50*s)}},
				{at: 0, ask: tokens(101, 0), refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Tokens, Limit: 600, Used: 500, Asked: 101, Wait: 100 * time.Millisecond}},
				{at: 10 * s, settle: 1, output: 50},
				// 500 - 10 s x 10/s - 350 = 50 missing.
				{at: 10 * s, ask: tokens(50, 0), state: &quota.State{Tokens: meter(600, 500, 10*s)}},
			},
		},
		"estimated output is kept": {
			quota.Config{Limits: quota.Limits{TPM: 600}, Charge: quota.Estimated},
			[]call{
				{at: 0, ask: tokens(100, 400)},
				{at: 10 * s, settle: 1, output: 50},
				{at: 10 * s, ask: tokens(50, 0), state: &quota.State{Tokens: meter(600, 150, 45*s)}},
			},
		},
		"actual output is charged at the end": {
			quota.Config{Limits: quota.Limits{ITPM: 600, OTPM: 60}, Charge: quota.Actual},
			[]call{
				{at: 0, ask: tokens(100, 4000), state: &quota.State{Input: meter(600, 500, 10*s), Output: meter(60, 60, 0)}},
				{at: 5 * s, settle: 1, output: 90},
				{
					// The debt of 30 and the one token that is asked for.
					at: 5 * s, ask: tokens(1, 1),
					refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.OutputTokens, Limit: 60, Used: 90, Asked: 1, Wait: 31 * s},
				},
				{at: 5 * s, ask: tokens(1, 0), state: &quota.State{
					Input:  meter(600, 549, 5100*time.Millisecond),
					Output: quota.Meter{Limit: 60, Allowance: 60, Used: 90, Reset: 90 * s},
				}},
				{at: 36 * s, ask: tokens(1, 1)},
			},
		},
		"planned output stands in for max_tokens": {
			quota.Config{Limits: quota.Limits{TPM: 600}},
			[]call{{at: 0, ask: quota.Ask{Input: 5, PlannedOutput: 10}, state: &quota.State{Tokens: meter(600, 585, 1500*time.Millisecond)}}},
		},
		"no output, no reservation": {
			quota.Config{Limits: quota.Limits{TPM: 600}},
			[]call{{at: 0, ask: quota.Ask{Input: 6, MaxOutput: 10}, state: &quota.State{Tokens: meter(600, 594, 600*time.Millisecond)}}},
		},
		"cached input is free": {
			quota.Config{Limits: quota.Limits{ITPM: 600}},
			[]call{{at: 0, ask: quota.Ask{Input: 5000, Cached: 4940}, state: &quota.State{Input: meter(600, 540, 6*s)}}},
		},
		"cached input counts": {
			quota.Config{Limits: quota.Limits{ITPM: 600}, CountCached: true},
			[]call{{at: 0, ask: quota.Ask{Input: 100, Cached: 90}, state: &quota.State{Input: meter(600, 500, 10*s)}}},
		},
		"beyond the whole limit": {
			quota.Config{Limits: quota.Limits{TPM: 100}},
			[]call{
				{at: 0, ask: tokens(5, 96), refused: &quota.Refusal{Kind: quota.TooLarge, Unit: quota.Tokens, Limit: 100, Asked: 101}},
				{at: 0, ask: tokens(5, 95)},
			},
		},
		"the longest wait is named": {
			quota.Config{Limits: quota.Limits{RPM: 60, TPM: 600}},
			[]call{
				{at: 0, ask: tokens(500, 0)},
				{at: 0, ask: tokens(150, 0), refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Tokens, Limit: 600, Used: 500, Asked: 150, Wait: 5 * s}},
			},
		},
		"requests of a second": {
			quota.Config{Limits: quota.Limits{RPM: 90}, RequestWindow: quota.Second},
			[]call{
				{at: 0, ask: one, state: &quota.State{Requests: quota.Meter{Limit: 90, Allowance: 1, Used: 1, Reset: s}}},
				{at: s / 4, ask: one, refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Requests, Limit: 1, Used: 1, Asked: 1, Wait: 3 * s / 4}},
				{at: 1 * s, ask: one, state: &quota.State{Requests: quota.Meter{Limit: 90, Allowance: 2, Used: 1, Remaining: 1, Reset: s}}},
				{at: 3*s/2 + 1, ask: one},
				{at: 2*s - 1, ask: one, refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1, Wait: time.Microsecond}},
				{at: 2 * s, ask: one},
			},
		},
		"tokens of ten seconds, requests of a minute": {
			quota.Config{Limits: quota.Limits{RPM: 2, TPM: 600}, RequestWindow: quota.Minute, TokenWindow: quota.TenSeconds},
			[]call{
				{at: 9 * s, ask: tokens(101, 0), refused: &quota.Refusal{Kind: quota.TooLarge, Unit: quota.Tokens, Limit: 100, Asked: 101}},
				{at: 9 * s, ask: tokens(60, 40)},
				{at: 9 * s, ask: one, refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Tokens, Limit: 100, Used: 100, Asked: 2, Wait: s}},
				{at: 9*s + 1, settle: 2, output: 30},
				{at: 9*s + 2, ask: tokens(10, 0)}, // what was given back
				{at: 11 * s, ask: one, refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1, Wait: 49 * s}},
				{at: 60 * s, ask: one},
			},
		},
		"a refund comes too late for its window": {
			quota.Config{Limits: quota.Limits{TPM: 600}, TokenWindow: quota.Minute},
			[]call{
				{at: 0, ask: tokens(0, 600)},
				{at: 61 * s, ask: tokens(600, 0)},
				{at: 62 * s, settle: 1, output: 1},
				{at: 62 * s, ask: one, refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Tokens, Limit: 600, Used: 600, Asked: 2, Wait: 58 * s}},
			},
		},
		"the day is used up": {
			quota.Config{Limits: quota.Limits{RPM: 10, RPD: 2}, Midnight: time.Hour},
			[]call{
				{at: 0, ask: one, state: &quota.State{Requests: meter(10, 9, 6*s), DayRequests: meter(2, 1, time.Hour)}},
				{at: 1 * s, ask: one},
				{at: 2 * s, ask: one, refused: &quota.Refusal{Kind: quota.Exhausted, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1}},
				{at: time.Hour - 1, ask: one, refused: &quota.Refusal{Kind: quota.Exhausted, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1}},
				{at: time.Hour, ask: one, state: &quota.State{Requests: meter(10, 9, 6*s), DayRequests: meter(2, 1, 24*time.Hour)}},
			},
		},
		"tokens of a day": {
			quota.Config{Limits: quota.Limits{TPD: 100}, Charge: quota.Actual},
			[]call{
				{at: 0, ask: tokens(60, 100)},
				{at: 1 * s, settle: 1, output: 30},
				{at: 2 * s, ask: tokens(11, 5), refused: &quota.Refusal{Kind: quota.Exhausted, Unit: quota.Tokens, Limit: 100, Used: 90, Asked: 11}},
				{at: 3 * s, ask: tokens(10, 5)},
			},
		},
		"requests in flight": {
			quota.Config{Limits: quota.Limits{Concurrency: 2}},
			[]call{
				{at: 0, ask: one},
				{at: 1 * s, ask: one},
				{at: 2 * s, ask: one, refused: &quota.Refusal{Kind: quota.Concurrency, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1}},
				{at: 3 * s, settle: 1, output: 1},
				{at: 3 * s, settle: 1, output: 1}, // again: nothing
				{at: 4 * s, ask: one},
				{at: 5 * s, ask: one, refused: &quota.Refusal{Kind: quota.Concurrency, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1}},
			},
		},
		"half of it is used by others": {
			quota.Config{Limits: quota.Limits{TPM: 600, Concurrency: 2}, Background: quota.Background{Share: 0.5}},
			[]call{
				{at: 0, ask: tokens(100, 0), state: &quota.State{Tokens: quota.Meter{Limit: 600, Allowance: 600, Used: 400, Remaining: 200, Reset: 20 * s}}},
				{at: 1 * s, ask: one, refused: &quota.Refusal{Kind: quota.Concurrency, Unit: quota.Requests, Limit: 2, Used: 2, Asked: 1}},
				{at: 1 * s, settle: 1},
				{at: 2 * s, ask: tokens(301, 0), refused: &quota.Refusal{Kind: quota.TooLarge, Unit: quota.Tokens, Limit: 600, Used: 390, Asked: 301}},
				{at: 2 * s, ask: tokens(300, 0), refused: &quota.Refusal{Kind: quota.Rate, Unit: quota.Tokens, Limit: 600, Used: 390, Asked: 300, Wait: 18 * s}},
				{at: 20 * s, ask: tokens(300, 0)},
			},
		},
		"a squeeze of nine tenths": {
			quota.Config{Limits: quota.Limits{TPM: 600}},
			[]call{
				{at: 0, ask: tokens(300, 0)},
				{at: 10 * s, ask: quota.Ask{Input: 60, Squeeze: 900_000}, refused: &quota.Refusal{
					// One a second refills now, and 200 are missing of 60.
					Kind: quota.Rate, Unit: quota.Tokens, Limit: 600, Used: 740, Asked: 60, Wait: 200 * s,
				}},
				{at: 20 * s, ask: quota.Ask{Input: 61, Squeeze: 900_000}, refused: &quota.Refusal{
					Kind: quota.Rate, Unit: quota.Tokens, Limit: 600, Used: 730, Asked: 61, // never, but not by its size
				}},
				{at: 20 * s, ask: tokens(61, 0), state: &quota.State{Tokens: meter(600, 349, 25100*time.Millisecond)}},
			},
		},
		"time that runs backwards stands still": {
			quota.Config{Limits: quota.Limits{RPM: 60}},
			[]call{
				{at: 10 * s, ask: one},
				{at: 5 * s, ask: one, state: &quota.State{Requests: meter(60, 58, 2*s)}},
				{at: -5 * s, ask: quota.Ask{Input: -1, Cached: -1, MaxOutput: -1, PlannedOutput: -1, Squeeze: -1}},
				{at: 10 * s, ask: one, state: &quota.State{Requests: meter(60, 56, 4*s)}},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, group(t, tc.config), tc.calls)
		})
	}
}

func play(t *testing.T, g *quota.Group, calls []call) {
	t.Helper()
	handles := make([]quota.Handle, len(calls))
	for i, c := range calls {
		if c.settle > 0 {
			handles[c.settle-1].Settle(c.at, c.output)
			continue
		}
		h, state, refused := g.Admit(c.at, c.ask)
		handles[i] = h
		require.Equal(t, c.refused, refused, "call %d", i+1)
		if c.state != nil {
			require.Equal(t, *c.state, state, "call %d", i+1)
		}
	}
}

func TestNilLimitsNothing(t *testing.T) {
	var g *quota.Group
	h, state, refused := g.Admit(0, quota.Ask{Input: 1 << 40})
	require.Nil(t, refused)
	require.Zero(t, state)
	h.Settle(0, 1)
	require.Zero(t, g.Totals())
}

// Two targets of one account draw on one quota, from any number of goroutines.
func TestSharedGroup(t *testing.T) {
	const limit, askers = 500, 8
	g := group(t, quota.Config{Limits: quota.Limits{RPM: limit, TPM: 10 * limit}})
	var admitted atomic.Int64
	var wait sync.WaitGroup
	for range askers {
		wait.Go(func() {
			for range limit {
				h, _, refused := g.Admit(s, quota.Ask{Input: 3, MaxOutput: 7, PlannedOutput: 2})
				if refused == nil {
					admitted.Add(1)
				}
				h.Settle(s, 7)
			}
		})
	}
	wait.Wait()
	require.EqualValues(t, limit, admitted.Load())
	require.Equal(t, quota.Totals{Requests: limit, Input: 3 * limit, Output: 7 * limit}, g.Totals())
}

func TestBadConfig(t *testing.T) {
	for name, tc := range map[string]struct {
		config quota.Config
		want   string
	}{
		"negative": {quota.Config{Limits: quota.Limits{TPM: -1}}, "quota: tpm is -1, must be 0 to 10000000000"},
		"huge":     {quota.Config{Limits: quota.Limits{RPD: quota.MaxLimit + 1}}, "quota: rpd is 10000000001, must be 0 to 10000000000"},
		"window":   {quota.Config{RequestWindow: quota.Window(2 * s)}, "quota: request window is 2s, must be 1s, 10s, 1m0s or none"},
		"charge":   {quota.Config{Charge: "later"}, `quota: charge is "later", must be reserved, estimated or actual`},
		"share":    {quota.Config{Background: quota.Background{Share: 1}}, "quota: background share is 1, must be 0 to 0.99"},
		"noise":    {quota.Config{Background: quota.Background{Noise: -0.1}}, "quota: background noise is -0.1, must be 0 to 0.99"},
		"midnight": {quota.Config{Midnight: 25 * time.Hour}, "quota: midnight is 25h0m0s, must be 0 to 24h"},
		"no percent": {
			quota.Config{Limits: quota.Limits{Acceleration: quota.Acceleration{Floor: 1}}}, "quota: acceleration has no percent",
		},
		"percent": {
			quota.Config{Limits: quota.Limits{Acceleration: quota.Acceleration{Percent: 100}}},
			"quota: acceleration percent is 100, must be 101 to 10000",
		},
		"over": {
			quota.Config{Limits: quota.Limits{Acceleration: quota.Acceleration{Percent: 150, Over: 90 * s}}},
			"quota: acceleration over is 1m30s, must be 1 to 15 whole minutes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := quota.New(tc.config)
			require.EqualError(t, err, tc.want)
			require.Nil(t, g)
		})
	}
}
