package quota_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
)

// FuzzGroup plays bytes as calls on a group whose limits are bytes too: nothing
// panics, no meter leaves its range, and a refusal changes nothing and is true.
func FuzzGroup(f *testing.F) {
	f.Add(uint8(0), uint32(0), uint32(0), uint8(0), []byte("a request, and another one, and then some more of them"))
	f.Add(uint8(1), uint32(60), uint32(6000), uint8(50), []byte("\x00\x00\x00\x01\xff\xff\xff\xff\x00\x00\x00\x01\xff\xff\xff\xff"))
	f.Add(uint8(255), uint32(1), uint32(1), uint8(99), []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, mode uint8, rpm, tpm uint32, background uint8, calls []byte) {
		windows := []quota.Window{quota.Bucket, quota.Second, quota.TenSeconds, quota.Minute}
		config := quota.Config{
			Limits: quota.Limits{
				RPM: int(rpm), TPM: int(tpm), ITPM: int(tpm >> 1), OTPM: int(tpm >> 2), RPD: int(rpm) << 4, TPD: int(tpm) << 4,
				Concurrency: int(rpm & 7),
			},
			RequestWindow: windows[mode&3], TokenWindow: windows[mode>>2&3],
			Charge:      []quota.Charge{quota.Reserved, quota.Estimated, quota.Actual, ""}[mode>>4&3],
			CountCached: mode&64 != 0,
			Background:  quota.Background{Share: float64(background%100) / 100, Noise: float64(background%7) / 10},
		}
		if mode&128 != 0 {
			config.Limits.Acceleration = quota.Acceleration{Percent: 150, Floor: int(tpm >> 4), Past: int(tpm >> 3)}
		}
		g := group(t, config)
		now := time.Duration(0)
		var open []quota.Handle
		for ; len(calls) >= 8 && len(open) < 200; calls = calls[8:] {
			word := binary.BigEndian.Uint64(calls)
			now += time.Duration(word >> 32 << (word & 7))
			if word&8 != 0 && len(open) > 0 {
				open[0].Settle(now, int(int16(word>>16)))
				open = open[1:]
			}
			ask := quota.Ask{
				Input: int(int16(word)), Cached: int(int16(word >> 8)), MaxOutput: int(int16(word >> 16)),
				PlannedOutput: int(int16(word >> 4)), Squeeze: int(int32(word >> 12)),
			}
			before := g.Totals()
			h, state, refused := g.Admit(now, ask)
			for _, m := range []quota.Meter{state.Requests, state.Tokens, state.Input, state.Output, state.DayRequests, state.DayTokens} {
				require.True(t, m.Remaining >= 0 && m.Remaining <= m.Allowance && m.Allowance <= m.Limit && m.Used >= 0 && m.Reset >= 0, "%+v", m)
			}
			if refused == nil {
				open = append(open, h)
				continue
			}
			require.Equal(t, before, g.Totals())
			require.GreaterOrEqual(t, refused.Wait, time.Duration(0))
			require.GreaterOrEqual(t, refused.Used, 0)
			_, same, again := g.Admit(now, ask)
			require.Equal(t, refused, again)
			require.Equal(t, state, same)
			if refused.Wait > 0 && refused.Kind == quota.Rate {
				// That limit does not stand in the way then; others may.
				now += refused.Wait
				if h, _, later := g.Admit(now, ask); later == nil {
					open = append(open, h)
				} else {
					require.NotEqual(t, []any{refused.Kind, refused.Unit}, []any{later.Kind, later.Unit})
				}
			}
		}
	})
}
