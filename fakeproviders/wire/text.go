package wire

const words = "the cat sat and ran out for all who can see how big our new sky may get but you and she did not ask why its sun set low " +
	"one day the old man put his red hat far off sea and let two boy try fly any way now had end him her big car got fix yet "

// filler is a ring of tokens that answers are cut from; it is a whole number of
// repetitions of the words.
var filler = func() []byte {
	const size = 16 << 10
	b := make([]byte, 0, size+len(words))
	for len(b) < size {
		b = append(b, words...)
	}
	return b
}()

// AppendFiller appends the tokens from (included) to to (excluded) of the
// answer text keyed by id.
func AppendFiller(dst []byte, id uint64, from, to int) []byte {
	total := len(filler) / BytesPerToken
	at := (int(id%uint64(len(words)/BytesPerToken)) + from) % total
	for n := to - from; n > 0; {
		k := min(n, total-at)
		dst = append(dst, filler[at*BytesPerToken:(at+k)*BytesPerToken]...)
		n, at = n-k, 0
	}
	return dst
}

// The arguments of a simulated tool call, as JSON in whole tokens: the shortest
// form is one token, the open form wraps filler.
const (
	argsEmpty = "{  }"
	argsOpen  = `{"input":"  `
	argsClose = `  "}`
	argsWrap  = (len(argsOpen) + len(argsClose)) / BytesPerToken
)

// AppendArgs appends the tokens from to to of the arguments of a call that is
// planned tokens long, escaped for a JSON string.
func AppendArgs(dst []byte, id uint64, planned, from, to int) []byte {
	if planned < argsWrap {
		// {  }, with spaces in front of the closing brace for more tokens.
		for i := from * BytesPerToken; i < to*BytesPerToken; i++ {
			switch i {
			case 0:
				dst = append(dst, '{')
			case planned*BytesPerToken - 1:
				dst = append(dst, '}')
			default:
				dst = append(dst, ' ')
			}
		}
		return dst
	}
	const open = len(argsOpen) / BytesPerToken
	end := planned - len(argsClose)/BytesPerToken
	if from < open {
		dst = appendQuoted(dst, argsOpen[from*BytesPerToken:min(to, open)*BytesPerToken])
	}
	if lo, hi := max(from, open), min(to, end); lo < hi {
		dst = AppendFiller(dst, id, lo, hi)
	}
	if lo := max(from, end); lo < to {
		dst = appendQuoted(dst, argsClose[(lo-end)*BytesPerToken:(to-end)*BytesPerToken])
	}
	return dst
}

func appendQuoted(dst []byte, s string) []byte {
	for i := range len(s) {
		if s[i] == '"' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return dst
}

const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789AB"

// AppendID appends n characters derived from id.
func AppendID(dst []byte, id uint64, n int) []byte {
	var h uint64
	for i := range n {
		if i%10 == 0 {
			// The next step of SplitMix64: ten characters use up its bits.
			id += 0x9e3779b97f4a7c15
			h = (id ^ id>>30) * 0xbf58476d1ce4e5b9
			h = (h ^ h>>27) * 0x94d049bb133111eb
			h ^= h >> 31
		}
		dst = append(dst, idAlphabet[h&63])
		h >>= 6
	}
	return dst
}
