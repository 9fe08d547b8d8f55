package window

import (
	"math"
	"math/bits"
	"time"
)

// The bins of a histogram are sixteen equal parts of each octave of units.
// Below sixteen units, about a millisecond, each unit is a bin.
const (
	unitBits = 16 // a unit is 2¹⁶ ns, 65.5 µs
	partBits = 4
	parts    = 1 << partBits
	octaves  = 20
	bins     = parts * (octaves + 1)
)

// histogram counts durations by bin. The zero value is empty.
type histogram struct {
	n      uint32
	low    int // of the bins that hold something, the first
	high   int // and the one after the last
	counts [bins]uint32
}

// bin is the bin of a duration.
func bin(d time.Duration) int {
	u := uint64(max(d, 0)) >> unitBits
	if u < parts {
		return int(u)
	}
	shift := bits.Len64(u) - partBits - 1 // u>>shift is from parts to below 2·parts
	return min(int(u>>shift)+shift*parts, bins-1)
}

// middle is the duration in the middle of a bin.
func middle(bin int) time.Duration {
	shift, u := 0, uint64(bin)
	if bin >= parts {
		shift = bin/parts - 1
		u = uint64(bin - shift*parts)
	}
	width := uint64(1) << (shift + unitBits)
	return time.Duration(u*width + width/2)
}

func (h *histogram) add(d time.Duration) {
	b := bin(d)
	if h.n == 0 {
		h.low, h.high = b, b+1
	}
	h.n++
	h.counts[b]++
	h.low, h.high = min(h.low, b), max(h.high, b+1)
}

func (h *histogram) merge(o *histogram) {
	if o.n == 0 {
		return
	}
	if h.n == 0 {
		h.low, h.high = o.low, o.high
	}
	h.n += o.n
	h.low, h.high = min(h.low, o.low), max(h.high, o.high)
	for b := o.low; b < o.high; b++ {
		h.counts[b] += o.counts[b]
	}
}

func (h *histogram) clear() {
	clear(h.counts[h.low:h.high])
	h.n, h.low, h.high = 0, 0, 0
}

func (h *histogram) quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := uint32(min(max(math.Ceil(q*float64(h.n)), 1), float64(h.n)))
	for b := h.low; b < h.high; b++ {
		if rank <= h.counts[b] {
			return middle(b)
		}
		rank -= h.counts[b]
	}
	return middle(h.high - 1)
}
