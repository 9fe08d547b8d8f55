package quota_test

import (
	"testing"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/internal/quota"
)

// BenchmarkAdmit is one admission; settled adds the settlement, and refused is
// the refusal of a request beyond the limit.
func BenchmarkAdmit(b *testing.B) {
	const big = 1_000_000_000
	two := quota.Config{Limits: quota.Limits{RPM: big, TPM: big}}
	chat := quota.Ask{Input: 9, MaxOutput: 5, PlannedOutput: 1}
	for _, bc := range []struct {
		name   string
		config quota.Config
		ask    quota.Ask
		settle bool
	}{
		{"one", quota.Config{Limits: quota.Limits{RPM: big}}, chat, false},
		{"two", two, chat, false},
		{"two-settled", two, chat, true},
		{"all", quota.Config{
			Limits: quota.Limits{
				RPM: big, TPM: big, ITPM: big, OTPM: big, RPD: 10 * big, TPD: 10 * big, Concurrency: 10 * big,
				Acceleration: quota.Acceleration{Percent: 150, Floor: 10 * big},
			},
			Background: quota.Background{Share: 0.5, Noise: 0.2},
		}, chat, false},
		{"refused", quota.Config{Limits: quota.Limits{RPM: big, TPM: 60}}, quota.Ask{Input: 61}, false},
	} {
		b.Run(bc.name, func(b *testing.B) {
			g := group(b, bc.config)
			now := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				now += time.Microsecond
				h, _, refused := g.Admit(now, bc.ask)
				if (refused != nil) != (bc.name == "refused") {
					b.Fatal(refused)
				}
				if bc.settle {
					h.Settle(now, bc.ask.PlannedOutput)
				}
			}
		})
	}
}
