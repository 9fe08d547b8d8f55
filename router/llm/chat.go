package llm

// JSON is one valid JSON value as the client wrote it, nil for none. It must
// not be changed.
type JSON []byte

// Number is a JSON number as the client wrote it, so that nothing is lost on
// its way; "" when not given.
type Number string

// ChatRequest is a request for text: of the chat endpoint, or of the completions
// endpoint with its prompt as the only message.
type ChatRequest struct {
	Messages   []Message // in the client's order, system prompts among them
	Tools      []Tool    // in the client's order
	ToolChoice ToolChoice
	OneCall    bool // parallel tool calls are not wanted
	Format     Format

	MaxTokens   int64 // of the answer; 0 when not given
	Stop        []string
	Temperature Number
	TopP        Number
	Seed        Number
	N           int64 // answers wanted, at least 1

	// Beyond names what was asked for and has no place in the normal form, such
	// as log probabilities. An API that takes the normal form cannot serve it.
	Beyond []string
}

// Role is who speaks.
type Role uint8

// The roles. A developer's prompt is a system prompt.
const (
	System Role = iota + 1
	User
	Assistant
	ToolResult
)

// Message is one turn of a conversation.
type Message struct {
	Role   Role
	Parts  []Part
	Calls  []Call // of an assistant
	CallID string // of a tool result: the call it answers
}

// Part is a piece of a message: a text, or an image where Image is not nil.
type Part struct {
	Text  string
	Image *Image
}

// Image is an image by address, or by value.
type Image struct {
	URL  string // "" for one by value
	Type string // MIME type, "" when not known
	Data string // base64
}

// Call is the model's wish to have a tool called.
type Call struct {
	ID        string
	Name      string
	Arguments string // JSON, or what the model took for it
}

// Tool is a function the model may ask for.
type Tool struct {
	Name        string
	Description string
	Schema      JSON // JSON Schema of its arguments
	Strict      bool
}

// ToolChoice says whether and which tools are to be called.
type ToolChoice struct {
	Mode ToolMode
	Name string // the tool of NamedTool
}

// ToolMode is the kind of a [ToolChoice].
type ToolMode uint8

// The kinds of tool choice; the zero value leaves it to the API, which means
// Auto everywhere.
const (
	ToolsUnset ToolMode = iota
	ToolsAuto
	ToolsNone
	ToolsRequired
	NamedTool
)

// Format is the form an answer must have.
type Format struct {
	Kind   FormatKind
	Name   string
	Schema JSON // of FormatSchema
}

// FormatKind is the kind of a [Format].
type FormatKind uint8

// The formats; the zero value is free text.
const (
	FormatText FormatKind = iota
	FormatJSON
	FormatSchema
)

// EmbedRequest is a request for embeddings.
type EmbedRequest struct {
	Texts      []string // at least one
	Dimensions int64    // 0 when not given
	Base64     bool     // vectors are wanted as base64 of little-endian float32
	Beyond     []string // as in ChatRequest
}
