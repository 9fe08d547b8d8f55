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
	PromptTokens     int64
	CachedTokens     int64 // of PromptTokens: read from the provider's cache
	CacheWriteTokens int64 // of PromptTokens: written to it, at a price of their own
	OutputTokens     int64
	ReasoningTokens  int64 // of OutputTokens: never seen by the client
}

// Request is what the router needs to know of a client's request.
type Request struct {
	Endpoint       string
	Model          string // a route's name or "provider/model"
	Stream         bool
	WantsUsage     bool  // the client asked for usage in its stream
	PromptEstimate int64 // tokens, a rule of thumb: more than any prose has
	MaxTokens      int64 // of the answer; 0 when not given
	Tools          bool  // it offers tools to be called
	Stops          bool  // it names stop sequences, at which an answer may end before it has begun
}

// Needs is what a request asks of a model beyond text.
type Needs struct {
	Tools      bool
	Vision     bool // it holds images
	JSONSchema bool // the answer must follow a schema
	Prefill    bool // the answer is to go on from a beginning the client wrote
	// TextChars is the length of the prompt's text in characters, tools included; of
	// embeddings that of the longest input.
	TextChars int64
}

// Answer is what a whole, valid answer says.
type Answer struct {
	Model        string // as the provider named it; may be empty
	Usage        Usage
	HasUsage     bool  // complete usage was there
	Finished     bool  // every choice has a finish reason; always true for embeddings
	ContentBytes int64 // text, tool calls and refusals
	// Empty says that no choice holds anything, and none gives a reason for it that
	// explains this: all of them claim to be complete, or were cut.
	Empty bool
	Cut   bool // of an Empty one: a choice was cut at a limit ([Length])
	// Complete says that every choice claims to be so ([Stop], [ToolCalls]); always
	// true for embeddings.
	Complete bool
}

// Event is what one event of a stream says. Choices, Finished and Stopped are
// sets of choice indexes, bit i for index i (63 stands for all above).
type Event struct {
	Done         bool // the terminal event
	Error        bool // an error event
	Content      bool // text, a tool call or a refusal
	ContentBytes int64
	Choices      uint64 // choices named
	Finished     uint64 // choices with a finish reason
	Stopped      uint64 // of Finished: those that claim to be complete ([Stop], [ToolCalls])
	Cut          uint64 // of Finished: those cut at a limit ([Length])
	Usage        Usage
	HasUsage     bool
}
