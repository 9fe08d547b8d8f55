package quota

import (
	"fmt"
	"math"
	"time"
)

// MaxLimit is the largest limit that can be configured.
const MaxLimit = 10_000_000_000

// Config is an account's quota. The zero Config limits nothing.
type Config struct {
	Limits        Limits
	RequestWindow Window // of RPM
	TokenWindow   Window // of TPM, ITPM and OTPM
	Charge        Charge // how output is charged; empty = Reserved
	CountCached   bool   // input read from the prompt cache counts in full; false = not at all
	Background    Background
	// Midnight is where on the timeline the first day ends for daily limits: 0 to
	// 24 h, 0 = a day after its start.
	Midnight time.Duration
}

// Limits are what an account may use. Each is 0 to MaxLimit; 0 = unlimited.
type Limits struct {
	RPM  int // requests per minute
	TPM  int // input and output tokens per minute, together
	ITPM int // input tokens per minute
	OTPM int // output tokens per minute
	RPD  int // requests per day
	TPD  int // input and output tokens per day, together

	Concurrency  int // requests in flight
	Acceleration Acceleration
}

// Acceleration limits how fast the use of input tokens may grow; the package
// comment has the rule. The zero value limits nothing.
type Acceleration struct {
	Percent int           // of usual use; 101 to 10,000, 0 = no limit
	Floor   int           // input tokens per minute that are always allowed
	Over    time.Duration // span of usual use: whole minutes, 1 to 15; 0 = 10
	Past    int           // input tokens per minute used before the timeline began
}

// Window is the span over which a limit per minute is enforced.
type Window time.Duration

// The windows there are.
const (
	Bucket     Window = 0 // no window: a bucket that refills continuously
	Second            = Window(time.Second)
	TenSeconds        = Window(10 * time.Second)
	Minute            = Window(time.Minute)
)

// Charge says when output tokens are charged.
type Charge string

// The ways to charge; the package comment compares them.
const (
	Reserved  Charge = "reserved"
	Estimated Charge = "estimated"
	Actual    Charge = "actual"
)

// Background is the use of the account by other applications.
type Background struct {
	Share float64 // of every limit, 0 to 0.99
	Noise float64 // most that the share of a minute differs from Share, 0 to 0.99; the sum stays within 0 to 0.99
	Seed  uint64  // of the noise; groups with different seeds differ
}

// check returns what is wrong with the configuration, by field.
func (c *Config) check() error {
	l, a := &c.Limits, &c.Limits.Acceleration
	for _, f := range []struct {
		name  string
		value int
	}{
		{"rpm", l.RPM}, {"tpm", l.TPM}, {"itpm", l.ITPM}, {"otpm", l.OTPM}, {"rpd", l.RPD}, {"tpd", l.TPD},
		{"concurrency", l.Concurrency}, {"acceleration.floor", a.Floor}, {"acceleration.past", a.Past},
	} {
		if f.value < 0 || f.value > MaxLimit {
			return fmt.Errorf("quota: %s is %d, must be 0 to %d", f.name, f.value, MaxLimit)
		}
	}
	for _, f := range []struct {
		name  string
		value Window
	}{{"request window", c.RequestWindow}, {"token window", c.TokenWindow}} {
		switch f.value {
		case Bucket, Second, TenSeconds, Minute:
		default:
			return fmt.Errorf("quota: %s is %v, must be 1s, 10s, 1m0s or none", f.name, time.Duration(f.value))
		}
	}
	switch c.Charge {
	case "", Reserved, Estimated, Actual:
	default:
		return fmt.Errorf("quota: charge is %q, must be %s, %s or %s", c.Charge, Reserved, Estimated, Actual)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"share", c.Background.Share}, {"noise", c.Background.Noise}} {
		if !(f.value >= 0 && f.value <= 0.99) { // false for NaN too
			return fmt.Errorf("quota: background %s is %v, must be 0 to 0.99", f.name, f.value)
		}
	}
	if c.Midnight < 0 || c.Midnight > day {
		return fmt.Errorf("quota: midnight is %v, must be 0 to 24h", c.Midnight)
	}
	return a.check()
}

func (a *Acceleration) check() error {
	switch {
	case a.Percent == 0 && *a != (Acceleration{}):
		return fmt.Errorf("quota: acceleration has no percent")
	case a.Percent != 0 && (a.Percent <= 100 || a.Percent > 10_000):
		return fmt.Errorf("quota: acceleration percent is %d, must be 101 to 10000", a.Percent)
	case a.Over < 0 || a.Over > 15*time.Minute || a.Over%time.Minute != 0:
		return fmt.Errorf("quota: acceleration over is %v, must be 1 to 15 whole minutes", a.Over)
	}
	return nil
}

// millionths is a share between 0 and 1 as an integer.
func millionths(share float64) int64 { return int64(math.Round(share * million)) }
