package openai

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// API is the OpenAI API under /v1. The zero value is ready for use.
type API struct{}

const modelsPath = "/v1/models"

// Route implements wire.API.
func (API) Route(r *http.Request) (wire.Call, *wire.Error) {
	c, want := wire.Call{}, http.MethodPost
	switch path := r.URL.Path; {
	case path == "/v1/chat/completions":
		c.Endpoint = wire.Chat
	case path == "/v1/completions":
		c.Endpoint = wire.Completions
	case path == "/v1/responses":
		c.Endpoint = wire.Responses
	case path == "/v1/embeddings":
		c.Endpoint = wire.Embeddings
	case path == modelsPath, strings.HasPrefix(path, modelsPath+"/"):
		c.Endpoint, want = wire.Models, http.MethodGet
		c.Model = strings.TrimPrefix(strings.TrimPrefix(path, modelsPath), "/")
	default:
		return c, NoURL(r.Method, path).Wire()
	}
	if r.Method != want {
		bad := WrongMethod(want).Wire()
		bad.Allow = want
		return c, bad
	}
	return c, nil
}

// Authorise implements wire.API.
func (API) Authorise(r *http.Request, want string) *wire.Error {
	if want == "" {
		return nil
	}
	if key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); key != want {
		return BadKey(key).Wire()
	}
	return nil
}

// Parse implements wire.API.
func (API) Parse(c *wire.Call, body []byte, r *wire.Request) *wire.Error {
	return Parse(c.Endpoint, body, r).Wire()
}

// Refuse implements wire.API.
func (API) Refuse(p *wire.Problem) *wire.Error { return Refuse(p).Wire() }

// Refuse words a refusal.
func Refuse(p *wire.Problem) *Error {
	switch p.Kind {
	case wire.TooLarge:
		return TooLarge(p.Limit)
	case wire.NoModel:
		return NoModel(p.Model)
	case wire.WrongEndpoint:
		return WrongEndpoint(p.Model, p.Endpoint)
	case wire.TooLong:
		return TooLong(p.Endpoint, p.Limit, p.Prompt, p.Completion)
	case wire.TooManyOut:
		return TooManyOut(p.Field, p.Limit, p.Asked)
	case wire.RateLimited:
		return RateLimit(p)
	case wire.Exhausted:
		return NoCredit()
	case wire.SlowDown:
		return SlowDown(p.Wait)
	case wire.Overloaded:
		return Overloaded(p.Status)
	case wire.Filtered:
		return Filtered()
	case wire.Retired:
		return Retired(p.Model)
	case wire.BadKey:
		return FromStatus(http.StatusUnauthorized)
	}
	e := FromStatus(cmp.Or(p.Status, http.StatusInternalServerError))
	e.Wait = p.Wait
	return e
}

// Header implements wire.API.
func (API) Header(h http.Header, m *wire.Meta) {
	SetHeaders(h, m.Stream, m.ID, m.Processing)
	SetRates(h, &m.Rates)
}

// StateWait implements wire.API.
func (API) StateWait(h http.Header, wait time.Duration) { SetRetryAfter(h, wait) }

// AppendAnswer implements wire.API.
func (API) AppendAnswer(dst []byte, c *wire.Call, a *wire.Answer) []byte {
	switch c.Endpoint {
	case wire.Completions:
		return AppendCompletion(dst, a, Extra{})
	case wire.Responses:
		return AppendResponse(dst, a)
	}
	return AppendChat(dst, a, Extra{})
}

// AppendEmbeddings implements wire.API.
func (API) AppendEmbeddings(dst []byte, _ *wire.Call, r *wire.Request, a *wire.Answer, dimensions int) []byte {
	return AppendEmbeddings(dst, r, a, dimensions)
}

// AppendModels implements wire.API.
func (API) AppendModels(dst []byte, c *wire.Call, models []wire.Model) []byte {
	if c.Model != "" && len(models) > 0 {
		return append(AppendModel(dst, &models[0]), '\n')
	}
	return AppendModels(dst, models)
}

// Stream implements wire.API.
func (API) Stream(c *wire.Call, r *wire.Request, a *wire.Answer, scratch []byte) wire.Stream {
	if c.Endpoint == wire.Responses {
		return NewResponseStream(a, scratch)
	}
	return NewStream(a, c.Endpoint, r.IncludeUsage, scratch, Extra{})
}
