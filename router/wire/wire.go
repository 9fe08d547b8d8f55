package wire

import (
	"errors"
	"io"
	"net/http"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// OpenAI is the name of OpenAI's own API, which many others offer too.
const OpenAI = "openai"

// Names returns the names of all APIs, in a fixed order. The slice is the
// caller's.
func Names() []string { return []string{OpenAI, Azure, Anthropic, Gemini} }

// Named returns the API of a name; "" is OpenAI. It is false for a name that is
// not in [Names].
func Named(name string) (API, bool) {
	switch name {
	case "", OpenAI:
		return passthrough{}, true
	case Azure:
		return azureAPI{}, true
	case Anthropic:
		return anthropicAPI, true
	case Gemini:
		return geminiAPI, true
	}
	return nil, false
}

// Passes reports whether the client's bytes pass through to the API of a name,
// so that it can serve whatever the client can ask for.
func Passes(name string) bool { return name == "" || name == OpenAI || name == Azure }

// Target is what an API needs to know of the model it asks.
type Target struct {
	Model     string // as the provider spells it
	MaxOutput int    // tokens an answer may have; 0 means not known
	Context   int    // tokens of prompt and answer; 0 means not known
	Version   string // of Azure's API; "" means azure.DefaultVersion
}

// API is the client's side of one kind of API. Endpoints are those of package
// llm.
type API interface {
	// Path is where the endpoint is served, below a provider's base URL: an
	// escaped path and a query, which may be empty. It is false where the API has
	// no such endpoint.
	Path(t Target, endpoint string, stream bool) (path, query string, ok bool)
	// Header holds what each request carries besides its content type, with
	// canonical names. An empty key is left out.
	Header(key string) http.Header
	// Unfit says, for the client to read, why the request cannot be put to this
	// API; "" when it can. It must be called before Body.
	Unfit(r *openai.Request) string
	// Body is the request for t. The slice is new.
	Body(r *openai.Request, t Target) []byte
	// Answer reads a whole answer and returns what the client gets for it, which
	// may be body itself. It is false for what is no answer.
	Answer(r *openai.Request, t Target, body []byte) (a llm.Answer, out []byte, ok bool)
	// Stream reads the body of a streamed answer.
	Stream(r *openai.Request, t Target, body io.Reader) Stream
	// Error reads the body of an error, whole or not, and returns what the client
	// gets for it if it is to be told; nil where the body cannot be read.
	Error(body []byte) (e llm.Error, out []byte)
}

// Stream reads a streamed answer event by event. It is not safe for concurrent
// use.
type Stream interface {
	// Next returns the next event, which is valid until the next call. The error is
	// io.EOF at the end of the body, whether or not a terminal event came;
	// [ErrMalformed], [ErrTooLong], or the body's own.
	Next() (*Event, error)
}

// Event is one event of a stream.
type Event struct {
	llm.Event
	HasData bool   // false for a comment, which is no sign of life of the model
	Out     []byte // what the client gets for it; may be empty
}

// The ways a stream cannot be read.
var (
	ErrMalformed = errors.New("wire: a stream event cannot be read")
	ErrTooLong   = errors.New("wire: a stream event is too long")
)
