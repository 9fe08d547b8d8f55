package wire

import (
	"net/http"
	"time"
)

// The endpoints, by the words used in scenarios and journals.
const (
	Chat        = "chat"
	Completions = "completions"
	Responses   = "responses"
	Embeddings  = "embeddings"
	Models      = "models"
)

// API is the server side of one vendor's wire format. Its methods are safe for
// concurrent use; those that append write to dst and return it, as append does.
type API interface {
	// Route says what the path, the query and the method of a request ask for.
	// The error answers a path that does not exist, a wrong method, or a missing
	// header that the vendor insists on.
	Route(r *http.Request) (Call, *Error)
	// Authorise holds the request's key against want; "" asks for none.
	Authorise(r *http.Request, want string) *Error
	// Parse reads the body of a call (never of [Models]). On error the fields
	// read so far stay set. Fields the vendor does not know are accepted.
	Parse(c *Call, body []byte, r *Request) *Error
	// Refuse words a refusal as the vendor does.
	Refuse(p *Problem) *Error

	// Header sets the headers every answer of the vendor has, errors included,
	// with the state of the quotas.
	Header(h http.Header, m *Meta)
	// StateWait sets the headers in which the vendor states a wait, which is above zero.
	StateWait(h http.Header, wait time.Duration)

	// AppendAnswer appends the body of a whole answer to a call of Chat,
	// Completions or Responses.
	AppendAnswer(dst []byte, c *Call, a *Answer) []byte
	// AppendEmbeddings appends the body that answers a call of Embeddings with
	// vectors of the given length.
	AppendEmbeddings(dst []byte, c *Call, r *Request, a *Answer, dimensions int) []byte
	// AppendModels appends the answer to a call of Models: the one model that
	// the call names, or else all.
	AppendModels(dst []byte, c *Call, models []Model) []byte
	// Stream returns the stream of an answer. Scratch may be used for as long as
	// the stream lives; nil is fine.
	Stream(c *Call, r *Request, a *Answer, scratch []byte) Stream
}

// WholeCalls is an [API] whose whole answers hold the arguments of a call as an
// object, and so never a part of them.
type WholeCalls interface {
	API
	// CutCallTokens is how many visible tokens such an answer has where a limit
	// cut the arguments.
	CutCallTokens() int
}

// Stream writes the events of one streamed answer, in this order: Open, Start,
// Tokens as often as it takes, Finish, Done. Each call appends whole events. It is not
// safe for concurrent use.
type Stream interface {
	// AppendOpen appends what opens the stream and may come long before the first
	// token.
	AppendOpen(dst []byte) []byte
	// AppendStart appends what comes right before the first token, or before the
	// end where there is none.
	AppendStart(dst []byte) []byte
	// AppendTokens appends the tokens from (included) to to (excluded), in one event.
	AppendTokens(dst []byte, from, to int) []byte
	// AppendFinish appends the finish reason and the usage, where the API or the
	// caller wants it.
	AppendFinish(dst []byte) []byte
	// AppendDone appends the terminator; an API without one appends nothing.
	AppendDone(dst []byte) []byte
	// AppendError appends an error inside the stream, as the vendor sends it.
	AppendError(dst []byte, e *Error) []byte
}

// Call is what the path of a request says.
type Call struct {
	Endpoint string // one of the endpoints
	Model    string // where the path names it; else ""
	Stream   bool   // the path asks for a stream
	Batch    bool   // the path asks for several embeddings at once
}

// Request is what a provider needs to know of a request body. The zero value is
// an empty request.
type Request struct {
	Model        string // from the path where it is there
	Prompt       Prompt
	MaxTokens    int    // limit on the tokens of the answer; 0 when absent
	MaxField     string // the field MaxTokens is from
	Stream       bool
	IncludeUsage bool     // a stream's usage was asked for, or always comes
	Tools        bool     // carries at least one tool
	Tool         string   // name of the first of them
	ToolRequired bool     // a call is demanded
	User         string   // the caller's end user, where it is told; bounded
	Inputs       []uint64 // a hash of each input of an embeddings request
	Longest      int      // tokens of the longest of Inputs
	Dimensions   int      // 0 when absent
	Base64       bool     // vectors as base64
}

// The finish reasons; each API has its own words for them.
const (
	Stop          = "stop"
	Length        = "length"
	ToolCalls     = "tool_calls"
	ContentFilter = "content_filter"
)

// Answer describes an answer.
type Answer struct {
	ID           uint64 // all ids and the text derive from it
	Created      int64  // Unix seconds
	Model        string // as it is stated
	Tool         string // name of the function called; empty for a text answer
	OutputTokens int    // visible tokens of the answer as it is sent; 0 is an answer without content
	PlannedArgs  int    // tokens of a call's arguments before a limit cut them
	Finish       string
	Usage        Usage
}

// Usage is the usage as an answer states it.
type Usage struct {
	Missing    bool // no usage is stated at all
	Prompt     int  // tokens of the prompt, cached ones included
	Cached     int  // of Prompt: read from the prompt cache
	CacheWrite int  // of Prompt: written to it, where the vendor tells
	Output     int  // generated tokens, hidden ones included
	Reasoning  int  // of Output: hidden
}

// Model is an entry of the model list.
type Model struct {
	Name      string
	Owner     string
	Created   int64 // Unix seconds
	Context   int   // tokens; 0 = unknown
	MaxOutput int   // tokens; 0 = unknown
	Endpoints []string
}

// Meta is what the headers of an answer say.
type Meta struct {
	ID         uint64 // of the request at the provider
	Stream     bool
	Processing time.Duration
	Region     string // where it was served; may be empty
	Model      string
	Now        time.Time // for headers that name an instant
	Rates      Rates
}

// Rates is the state of the quotas. A zero Rate has no limit and no header.
type Rates struct{ Requests, Tokens, Input, Output Rate }

// Rate is the state of one quota.
type Rate struct {
	Limit     int           // per minute
	Remaining int           // left now
	Reset     time.Duration // until it is whole again
}

// Error is an error answer as its bytes. It belongs to one request.
type Error struct {
	Status int           // 200 where the vendor refuses within an answer
	Type   string        // Content-Type; "" = application/json
	Body   []byte        // whole
	Allow  string        // the Allow header; "" = none
	Code   string        // the vendor's word for it, for logs and tests
	Wait   time.Duration // stated by [API.StateWait]; 0 = not stated

	// Prompt is how many tokens of the prompt such an answer says were read, and are
	// billed; 0 = none.
	Prompt int

	// Where Body repeats the id of the request that its headers state, and how
	// long it is there; 0 = it does not.
	IDAt, IDLen int
}

// Identify fills in the id of the request (see [Meta]) where the body repeats it.
func (e *Error) Identify(id uint64) {
	if e.IDLen > 0 && e.IDAt >= 0 && e.IDAt+e.IDLen <= len(e.Body) {
		AppendID(e.Body[:e.IDAt], id, e.IDLen)
	}
}

// Error returns the code.
func (e *Error) Error() string { return "wire: " + e.Code }
