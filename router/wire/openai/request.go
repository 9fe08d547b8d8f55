package openai

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/routedrill/routedrill/router/internal/jsonscan"
	"github.com/routedrill/routedrill/router/llm"
)

// The ways a request can be wrong. The messages are meant for the client.
var (
	ErrNotObject  = errors.New("openai: the body is not a JSON object")
	ErrNoModel    = errors.New("openai: `model` must be a non-empty string")
	ErrBadStream  = errors.New("openai: `stream` must be true or false")
	ErrBadOptions = errors.New("openai: `stream_options` must be an object, and its `include_usage` true or false")
	ErrDuplicate  = errors.New("openai: `model`, `stream` and `stream_options` may each stand once")
)

// Path is an endpoint's path below the base URL; false for one there is not.
func Path(endpoint string) (string, bool) {
	switch endpoint {
	case llm.Chat:
		return "/chat/completions", true
	case llm.Completions:
		return "/completions", true
	case llm.Embeddings:
		return "/embeddings", true
	}
	return "", false
}

// Request is a client's request, read and ready to be rewritten for a target.
type Request struct {
	llm.Request
	body  []byte
	user  jsonscan.Value
	root  jsonscan.Value // of body
	edits [2]edit        // of the body: the model, and the usage option if it must be added
	n     int

	// The normal form, or why there is none; read when first asked for.
	chat     *llm.ChatRequest
	chatErr  error
	embed    *llm.EmbedRequest
	embedErr error
}

// edit replaces body[from:to] by text.
type edit struct {
	from, to int
	text     string
	model    bool // the text is the model's name
}

// ReadRequest reads the top-level fields the router needs. The body is kept,
// not copied, and must not change.
func ReadRequest(endpoint string, body []byte) (*Request, error) {
	root, ok := jsonscan.Parse(body)
	if !ok || root.Kind() != '{' {
		return nil, ErrNotObject
	}
	r := &Request{body: body, root: root}
	r.Endpoint, r.PromptEstimate = endpoint, int64(len(body)+3)/4
	var model, stream, options jsonscan.Value
	for name, v := range root.Fields() {
		var err error
		switch string(name) {
		case "model":
			err = once(&model, v)
		case "stream":
			err = once(&stream, v)
		case "stream_options":
			err = once(&options, v)
		case "max_tokens", "max_completion_tokens":
			if n, ok := v.Int(); ok { // else the provider will say what is wrong with it
				r.MaxTokens = max(r.MaxTokens, min(n, maxTokens))
			}
		case "user":
			r.user = v
		case "tools", "functions":
			r.Tools = r.Tools || offersTools(v)
		case "stop":
			r.Stops = len(v) > 2 && !v.IsNull() // more than "" or []
		}
		if err != nil {
			return nil, err
		}
	}
	if r.Model, ok = model.Text(); !ok || r.Model == "" {
		return nil, ErrNoModel
	}
	at := model.Offset(body)
	r.edit(edit{from: at, to: at + len(model), model: true})
	if endpoint == llm.Embeddings {
		return r, nil
	}
	if k := stream.Kind(); k != 't' && k != 'f' && !stream.IsNull() {
		return nil, ErrBadStream
	}
	if r.Stream = stream.IsTrue(); r.Stream {
		return r, r.askUsage(options)
	}
	return r, nil
}

// User is on whose behalf the client asks; "" when it does not say.
func (r *Request) User() string {
	s, _ := r.user.Text()
	return s
}

// Raw is the request as the client wrote it. It must not be changed.
func (r *Request) Raw() []byte { return r.body }

// once notes a field's value; a second one is refused, since the provider
// might believe the other.
func once(field *jsonscan.Value, v jsonscan.Value) error {
	if *field != nil {
		return ErrDuplicate
	}
	*field = v
	return nil
}

// askUsage sees to it that the stream will carry usage.
func (r *Request) askUsage(options jsonscan.Value) error {
	const field = `"include_usage":true`
	switch {
	case options == nil:
		end := r.edits[0].to // right after the model
		r.edit(edit{from: end, to: end, text: `,"stream_options":{` + field + `}`})
		return nil
	case options.IsNull():
		at := options.Offset(r.body)
		r.edit(edit{from: at, to: at + len(options), text: `{` + field + `}`})
		return nil
	case options.Kind() != '{':
		return ErrBadOptions
	}
	var usage jsonscan.Value
	empty := true
	for name, v := range options.Fields() {
		empty = false
		if string(name) == "include_usage" {
			if err := once(&usage, v); err != nil {
				return err
			}
		}
	}
	switch k := usage.Kind(); {
	case k == 't':
		r.WantsUsage = true
	case usage == nil:
		at, text := options.Offset(r.body)+1, field
		if !empty {
			text += ","
		}
		r.edit(edit{from: at, to: at, text: text})
	case k == 'f', k == 'n':
		at := usage.Offset(r.body)
		r.edit(edit{from: at, to: at + len(usage), text: "true"})
	default:
		return ErrBadOptions
	}
	return nil
}

func (r *Request) edit(e edit) {
	r.edits[r.n] = e
	r.n++
}

// For returns the body for a provider that knows the model by this name. The
// slice is new.
func (r *Request) For(model string) []byte {
	edits := r.edits
	slices.SortStableFunc(edits[:r.n], func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	out := make([]byte, 0, len(r.body)+len(model)+48)
	at := 0
	for _, e := range edits[:r.n] {
		out = append(out, r.body[at:e.from]...)
		if e.model {
			out = appendString(out, model)
		} else {
			out = append(out, e.text...)
		}
		at = e.to
	}
	return append(out, r.body[at:]...)
}

// appendString appends s as a JSON string.
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', byte(c))
		case c < ' ':
			out = append(out, `\u00`...)
			if c < 16 {
				out = append(out, '0')
			}
			out = strconv.AppendInt(out, int64(c), 16)
		default:
			out = append(out, string(c)...)
		}
	}
	return append(out, '"')
}
