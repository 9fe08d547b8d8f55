package keyed

import "time"

// Hash mixes its arguments into 64 bits that look random.
func Hash(seed uint64, purpose, id, target string, nth int) uint64 {
	h := seed ^ 0x9e3779b97f4a7c15
	for _, s := range [...]string{purpose, id, target} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 0x100000001b3
		}
		h = (h ^ 0xff) * 0x100000001b3 // ends the word: ("ab","c") is not ("a","bc")
	}
	return mix(h ^ uint64(nth)*0xd1342543de82ef95)
}

// mix is the finalizer of splitmix64: every input bit reaches every output bit.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Share returns h's share of d: at least 0, below d+1µs. It is drawn in whole
// microseconds with a dither of nanoseconds below, so that two draws hardly
// ever give one instant, and by integers, so that every CPU draws the same.
func Share(h uint64, d time.Duration) time.Duration {
	if d < 0 {
		return 0
	}
	us := uint64(d/time.Microsecond) + 1
	return time.Duration(h>>16%us)*time.Microsecond + time.Duration(mix(h)%1000)
}
