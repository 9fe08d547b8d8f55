package openai

// bytesPerToken is the size of every simulated token: a word of three letters
// and a space.
const bytesPerToken = 4

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

// appendFiller appends the tokens from (included) to to (excluded) of the
// answer text keyed by id.
func appendFiller(dst []byte, id uint64, from, to int) []byte {
	total := len(filler) / bytesPerToken
	at := (int(id%uint64(len(words)/bytesPerToken)) + from) % total
	for n := to - from; n > 0; {
		k := min(n, total-at)
		dst = append(dst, filler[at*bytesPerToken:(at+k)*bytesPerToken]...)
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
	argsWrap  = (len(argsOpen) + len(argsClose)) / bytesPerToken
)

// appendArgs appends the tokens from to to of the arguments of a call that is
// planned tokens long, escaped for a JSON string.
func appendArgs(dst []byte, id uint64, planned, from, to int) []byte {
	if planned < argsWrap {
		// {  }, with spaces in front of the closing brace for more tokens.
		for i := from * bytesPerToken; i < to*bytesPerToken; i++ {
			switch i {
			case 0:
				dst = append(dst, '{')
			case planned*bytesPerToken - 1:
				dst = append(dst, '}')
			default:
				dst = append(dst, ' ')
			}
		}
		return dst
	}
	const open = len(argsOpen) / bytesPerToken
	end := planned - len(argsClose)/bytesPerToken
	if from < open {
		dst = appendQuoted(dst, argsOpen[from*bytesPerToken:min(to, open)*bytesPerToken])
	}
	if lo, hi := max(from, open), min(to, end); lo < hi {
		dst = appendFiller(dst, id, lo, hi)
	}
	if lo := max(from, end); lo < to {
		dst = appendQuoted(dst, argsClose[(lo-end)*bytesPerToken:(to-end)*bytesPerToken])
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

// appendID appends n characters derived from id.
func appendID(dst []byte, id uint64, n int) []byte {
	h := id
	for i := range n {
		if i%10 == 0 {
			h = (h ^ h>>29) * 0x9b05688c2b3e6c1f
			h ^= h >> 32
			h += uint64(i)
		}
		dst = append(dst, idAlphabet[h&63])
		h >>= 6
	}
	return dst
}
