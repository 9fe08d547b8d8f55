package keyed

import "math/bits"

// Odd constants with about half their bits set, taken from the fractional
// digits of square roots (5, 7, 11 and 13).
const (
	c0 uint64 = 0x3c6ef372fe94f82b
	c1 uint64 = 0xa54ff53a5f1d36f1
	c2 uint64 = 0x510e527fade682d1
	c3 uint64 = 0x9b05688c2b3e6c1f
)

// Key is the part of a draw that stays the same for one attempt: seed, request
// id, target and nth try. The zero Key is valid.
type Key uint64

// NewKey returns the key of the request id's attempts at target. It stands for
// none of them in particular: call [Key.Nth] before drawing.
func NewKey(seed uint64, id, target string) Key {
	return Key(String(String(mix(seed^c0, c1), id), target))
}

// Nth returns the key of the nth attempt, counted from 0.
func (k Key) Nth(nth int) Key { return Key(mix(uint64(k)^uint64(nth), c2)) }

// Draw returns 64 well mixed bits for one purpose of the key.
func (k Key) Draw(purpose string) uint64 { return String(uint64(k), purpose) }

// DrawAt is Draw for a purpose that comes in a series, such as the fault events
// of a timeline.
func (k Key) DrawAt(purpose string, index int) uint64 {
	return mix(String(uint64(k), purpose)^uint64(index), c3)
}

// Hash returns 64 well mixed bits for the purpose of the nth attempt (from 0)
// of a request id at a target. It equals NewKey(seed, id, target).Nth(nth).Draw(purpose).
func Hash(seed uint64, purpose, id, target string, nth int) uint64 {
	return NewKey(seed, id, target).Nth(nth).Draw(purpose)
}

// Uniform maps 64 bits to a number strictly between 0 and 1, exact on every
// platform: the top 53 bits, moved off both ends by half a step.
func Uniform(h uint64) float64 {
	// 53 bits and a half step need 54, one more than a float64 has: drop one.
	return (float64(h>>12) + 0.5) / (1 << 52)
}

// String mixes s, and its length, into the state h.
func String(h uint64, s string) uint64 {
	n := uint64(len(s))
	for len(s) >= 8 {
		h = mix(h^load(s), c1)
		s = s[8:]
	}
	var tail uint64
	for i := range len(s) {
		tail |= uint64(s[i]) << (8 * i)
	}
	return mix(mix(h^tail, c2)^n, c3)
}

// Bytes is [String] for a byte slice.
func Bytes(h uint64, b []byte) uint64 {
	n := uint64(len(b))
	for len(b) >= 8 {
		_ = b[7]
		h = mix(h^(uint64(b[0])|uint64(b[1])<<8|uint64(b[2])<<16|uint64(b[3])<<24|
			uint64(b[4])<<32|uint64(b[5])<<40|uint64(b[6])<<48|uint64(b[7])<<56), c1)
		b = b[8:]
	}
	var tail uint64
	for i := range len(b) {
		tail |= uint64(b[i]) << (8 * i)
	}
	return mix(mix(h^tail, c2)^n, c3)
}

func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// mix folds the 128-bit product of a and b. Adding both to the fold keeps the
// state moving when a is zero, which a bare product would swallow.
func mix(a, b uint64) uint64 {
	a += c0
	hi, lo := bits.Mul64(a, b)
	h := hi ^ lo ^ bits.RotateLeft64(a, 29)
	h ^= h >> 32
	return h * c3
}
