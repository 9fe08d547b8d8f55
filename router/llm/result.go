package llm

// Finish is why an answer ended, in OpenAI's words.
type Finish string

// The reasons an answer ends for.
const (
	Stop          Finish = "stop"
	Length        Finish = "length"
	ToolCalls     Finish = "tool_calls"
	ContentFilter Finish = "content_filter"
)

// Result is a whole answer.
type Result struct {
	ID       string // "" when the provider gave none
	Model    string // as the provider named it; "" when it named none
	Choices  []Choice
	Vectors  []JSON // of embeddings: arrays of numbers
	Usage    Usage
	HasUsage bool // complete usage was there
}

// Choice is one answer among those of a [Result].
type Choice struct {
	Text   string
	Calls  []Call
	Finish Finish
}

// Chunk is what one event of a stream adds.
type Chunk struct {
	ID       string // "" where the event names none
	Model    string // "" where the event names none
	Deltas   []Delta
	Usage    Usage
	HasUsage bool // the usage so far is complete, as of this event
	Ping     bool // nothing but a sign that the connection lives
	Error    bool // an error event
	Done     bool // the terminal event
}

// Delta adds to one choice: text, a piece of a tool call, or its end.
type Delta struct {
	Choice int
	Text   string
	Call   *CallDelta
	Finish Finish // "" while it goes on
}

// CallDelta begins a tool call, when it has an id and a name, or adds to its
// arguments.
type CallDelta struct {
	Index int
	Call
}
