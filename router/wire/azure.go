package wire

import (
	"net/http"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/azure"
)

// Azure is the name of Azure OpenAI's API.
const Azure = "azure"

// azureAPI passes the client's bytes through to Azure, which has other paths,
// headers and errors.
type azureAPI struct{ passthrough }

func (azureAPI) Path(t Target, endpoint string, _ bool) (path, query string, ok bool) {
	return azure.Path(t.Model, endpoint, t.Version)
}

func (azureAPI) Header(key string) http.Header { return azure.Header(key) }

func (azureAPI) Error(body []byte) (llm.Error, []byte) {
	e, ok := azure.ReadError(body)
	if !ok {
		return e, nil
	}
	return e, body
}
