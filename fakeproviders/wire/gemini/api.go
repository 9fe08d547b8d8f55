package gemini

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// API is the server side of the Gemini API. The zero value is ready to use.
type API struct{}

var _ wire.API = API{}

// Route knows the methods of models and the list of models, under /v1beta and /v1.
func (API) Route(r *http.Request) (wire.Call, *wire.Error) {
	c, want := wire.Call{}, http.MethodPost
	path, ok := strings.CutPrefix(r.URL.Path, "/v1beta/models")
	if !ok {
		path, ok = strings.CutPrefix(r.URL.Path, "/v1/models")
	}
	if !ok || path != "" && (path[0] != '/' || strings.Contains(path[1:], "/")) {
		return c, noMethod()
	}
	model, method, called := strings.Cut(strings.TrimPrefix(path, "/"), ":")
	c.Model = model
	switch {
	case !called:
		c.Endpoint, want = wire.Models, http.MethodGet
	case model == "":
		return c, noMethod()
	case method == "generateContent":
		c.Endpoint = wire.Chat
	case method == "streamGenerateContent":
		c.Endpoint, c.Stream = wire.Chat, true
	case method == "embedContent":
		c.Endpoint = wire.Embeddings
	case method == "batchEmbedContents":
		c.Endpoint, c.Batch = wire.Embeddings, true
	default:
		return c, noMethod()
	}
	if r.Method != want {
		bad := noMethod() // the service tells no other method from no path
		bad.Allow = want
		return c, bad
	}
	return c, nil
}

func noMethod() *wire.Error {
	return fail(http.StatusNotFound, notFound, "Requested entity was not found.")
}

// Authorise looks at x-goog-api-key and at the parameter key.
func (API) Authorise(r *http.Request, want string) *wire.Error {
	if want == "" {
		return nil
	}
	key := r.Header.Get("X-Goog-Api-Key")
	if key == "" {
		key = r.URL.Query().Get("key")
	}
	switch key {
	case want:
		return nil
	case "":
		return fail(http.StatusForbidden, permissionDenied, "Method doesn't allow unregistered callers (callers without established "+
			"identity). Please use API Key or other form of API consumer identity to call this API.")
	}
	return badKey()
}

// Shared header values. Their capacity equals their length, so that Add on a
// header copies instead of writing into them; nobody changes them in place.
var (
	jsonType   = []string{"application/json; charset=UTF-8"}
	streamType = []string{"text/event-stream"}
)

// Header sets the type and the time of processing.
func (API) Header(h http.Header, m *wire.Meta) {
	h["Content-Type"] = jsonType
	if m.Stream {
		h["Content-Type"] = streamType
	}
	h["Server-Timing"] = []string{"gfet4t7; dur=" + strconv.FormatInt(m.Processing.Milliseconds(), 10)}
}

// StateWait sets nothing: the service states waits in bodies only.
func (API) StateWait(http.Header, time.Duration) {}
