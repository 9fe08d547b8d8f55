package llm

// The endpoints of the API.
const (
	Chat        = "chat"
	Completions = "completions"
	Embeddings  = "embeddings"
	Models      = "models"
)

// Usage is what an answer says it used.
type Usage struct {
	PromptTokens int64
	CachedTokens int64 // of PromptTokens
	OutputTokens int64
}

// Request is what the router needs to know of a client's request.
type Request struct {
	Endpoint       string
	Model          string // a route's name or "provider/model"
	Stream         bool
	WantsUsage     bool  // the client asked for usage in its stream
	PromptEstimate int64 // tokens, a rule of thumb
}

// Answer is what a whole, valid answer says.
type Answer struct {
	Model        string // as the provider named it; may be empty
	Usage        Usage
	HasUsage     bool  // complete usage was there
	Finished     bool  // every choice has a finish reason; always true for embeddings
	ContentBytes int64 // text, tool calls and refusals
}

// Event is what one event of a stream says. Choices and Finished are sets of
// choice indexes, bit i for index i (63 stands for all above).
type Event struct {
	Done         bool // the terminal event
	Error        bool // an error event
	Content      bool // text, a tool call or a refusal
	ContentBytes int64
	Choices      uint64 // choices named
	Finished     uint64 // choices with a finish reason
	Usage        Usage
	HasUsage     bool
}
