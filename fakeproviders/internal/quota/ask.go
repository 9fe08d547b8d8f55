package quota

// MaxTokens bounds what a single request can ask for; more counts as this much.
const MaxTokens = 1 << 30

// Ask is what a request wants. Negative numbers count as 0.
type Ask struct {
	Input         int // tokens
	Cached        int // tokens of the input that are read from the prompt cache
	MaxOutput     int // max_tokens of the request; 0 = not given
	PlannedOutput int // tokens the answer will have; 0 = none, as for embeddings
	// Squeeze is the share of what a minute and the concurrency limit leave that
	// a fault takes away from now on, in millionths, up to 990,000.
	Squeeze int
}

// amounts are numbers for each meter.
type amounts [meters]int64

// price returns the input tokens that count, the output tokens charged at once,
// what each meter must have room for, and what it is charged.
func (g *Group) price(ask Ask) (in, reserved int64, need, take amounts) {
	in = bounded(ask.Input, MaxTokens)
	if !g.countCached {
		in -= min(bounded(ask.Cached, MaxTokens), in)
	}
	out := bounded(ask.MaxOutput, MaxTokens)
	if out == 0 || ask.PlannedOutput <= 0 {
		out = bounded(ask.PlannedOutput, MaxTokens)
	}
	room := min(out, 1) // an answer needs at least a token
	if g.charge != Actual {
		reserved, room = out, out
	}
	take = amounts{requests: 1, tokens: in + reserved, input: in, output: reserved, dayRequests: 1, dayTokens: in + reserved}
	need = take
	need[output] = room
	return in, reserved, need, take
}

func bounded(n int, most int64) int64 { return min(max(int64(n), 0), most) }
