package quota

import (
	"math"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
)

// Time counts in microseconds: at this resolution a minute's worth of the
// largest limit, in the units of a bucket, fits an int64 many times over.
const (
	minute = int64(time.Minute / time.Microsecond)
	day    = 24 * time.Hour

	million = 1_000_000
	least   = million / 100 // millionths of a limit that nothing can take away
	never   = math.MaxInt64

	// horizon bounds how many minutes or windows ahead a wait is searched for.
	horizon = 1440
)

// share is what background use and squeeze leave of every limit, as a function
// of time. Several meters share one.
type share struct {
	taken, noise int64 // by others, millionths
	key          keyed.Key
	squeeze      int64 // millionths of the rest that a fault takes

	drawn, value int64 // the last minute drawn, counted from 1, and its share
}

func newShare(b Background) *share {
	return &share{
		taken: millionths(b.Share), noise: millionths(b.Noise),
		key: keyed.NewKey(b.Seed, "", "quota"),
	}
}

// at returns the millionths left at a position, and the position until which
// they stay so.
func (s *share) at(now int64) (left, until int64) {
	left, until = million-s.taken, never
	if s.noise > 0 {
		n := now/minute + 1
		if n != s.drawn {
			// The high half of the draw, scaled to -noise to +noise.
			d := int64(s.key.DrawAt("background", int(n))>>32)*(2*s.noise+1)>>32 - s.noise
			s.drawn, s.value = n, min(max(left-d, least), million)
		}
		left, until = s.value, n*minute
	}
	if s.squeeze > 0 {
		left = left * (million - s.squeeze) / million
	}
	return max(left, least), until
}

// most returns the most millionths that can ever be left.
func (s *share) most() int64 { return min(million-s.taken+s.noise, million) }

// ours returns how much of a limit is ours: at least 1, or nothing would ever fit.
func ours(limit, left int64) int64 { return max(limit*left/million, 1) }

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
