package anthropic

import (
	"net/http"
	"strings"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// API is the server side of the Messages API. The zero value is ready to use.
type API struct{}

var _ wire.API = API{}

const modelsPath = "/v1/models"

// Route knows /v1/messages, /v1/models and /v1/models/{id}. It insists on the
// header anthropic-version.
func (API) Route(r *http.Request) (wire.Call, *wire.Error) {
	c, want := wire.Call{}, http.MethodPost
	switch path := r.URL.Path; {
	case path == "/v1/messages":
		c.Endpoint = wire.Chat
	case path == modelsPath, strings.HasPrefix(path, modelsPath+"/"):
		c.Endpoint, want = wire.Models, http.MethodGet
		c.Model = strings.TrimPrefix(path[len(modelsPath):], "/")
	default:
		return c, fail(http.StatusNotFound, notFound, "Not Found")
	}
	if r.Method != want {
		bad := fail(http.StatusMethodNotAllowed, invalidRequest, "Method Not Allowed")
		bad.Allow = want
		return c, bad
	}
	switch v := r.Header.Get("Anthropic-Version"); v {
	case "2023-06-01", "2023-01-01":
		return c, nil
	case "":
		return c, invalid("anthropic-version: header is required")
	default:
		return c, invalid("anthropic-version: \"" + wire.Clip(v) + "\" is not a valid version")
	}
}

// Authorise looks at x-api-key.
func (API) Authorise(r *http.Request, want string) *wire.Error {
	key := r.Header.Get("X-Api-Key")
	switch {
	case want == "" || key == want:
		return nil
	case key == "":
		return fail(http.StatusUnauthorized, authentication, "x-api-key header is required")
	}
	return badKey()
}
