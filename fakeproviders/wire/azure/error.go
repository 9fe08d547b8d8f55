package azure

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/tidwall/gjson"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// day is the wait stated to a request that never fits.
const day = 24 * time.Hour

// short is an error of the service around the model: a code and a message.
func short(status int, code, message string) *wire.Error {
	b := append([]byte(`{"error":{"code":`), gjson.AppendJSONString(nil, code)...)
	b = gjson.AppendJSONString(append(b, `,"message":`...), message)
	return &wire.Error{Status: status, Code: code, Body: append(b, "}}"...)}
}

func notFound() *wire.Error {
	// The space is the service's: the body has 56 bytes.
	return &wire.Error{
		Status: http.StatusNotFound, Code: "404", Body: []byte(`{"error":{"code":"404","message": "Resource not found"}}`),
	}
}

func denied() *wire.Error {
	return short(http.StatusUnauthorized, "401", "Access denied due to invalid subscription key or wrong API endpoint. "+
		"Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.")
}

// Refuse implements wire.API.
func (API) Refuse(p *wire.Problem) *wire.Error {
	switch p.Kind {
	case wire.TooLarge:
		return short(http.StatusRequestEntityTooLarge, "413", "Request body is too large: at most "+strconv.Itoa(p.Limit)+" bytes.")
	case wire.NoModel:
		return short(http.StatusNotFound, "DeploymentNotFound", "The API deployment for this resource does not exist. "+
			"If you created the deployment within the last 5 minutes, please wait a moment and try again.")
	case wire.WrongEndpoint:
		return short(http.StatusBadRequest, "OperationNotSupported", "The "+names[p.Endpoint].operation+
			" operation does not work with the specified model, "+p.Model+". Please choose different model and try again. "+
			"You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.")
	case wire.RateLimited:
		return limited(p)
	case wire.Exhausted:
		return short(http.StatusTooManyRequests, "insufficient_quota", openai.NoCredit().Message)
	case wire.SlowDown:
		return busy(p.Wait)
	case wire.Overloaded:
		if cmp.Or(p.Status, http.StatusTooManyRequests) == http.StatusTooManyRequests {
			return busy(time.Second)
		}
		return scripted(p)
	case wire.Filtered:
		return filtered()
	case wire.Retired:
		return notFound()
	case wire.BadKey:
		return denied()
	case wire.BadScript:
		return scripted(p)
	}
	// What is left is said by the model.
	return openai.Refuse(p).Wire()
}

// names are the service's words for the endpoints.
var names = map[string]struct{ operation, id string }{
	wire.Chat:        {"chatCompletion", "ChatCompletions_Create"},
	wire.Completions: {"completion", "Completions_Create"},
	wire.Embeddings:  {"embeddings", "Embeddings_Create"},
	wire.Responses:   {"responses", "Responses_Create"},
	wire.Models:      {"models", "Models_List"},
}

// limited is the answer to a request beyond a quota.
func limited(p *wire.Problem) *wire.Error {
	kind := "call"
	switch p.Unit {
	case wire.UnitTokens, wire.UnitInputTokens, wire.UnitOutputTokens:
		kind = "token"
	}
	wait := cmp.Or(p.Wait, day)
	e := short(http.StatusTooManyRequests, "429", "Requests to the "+names[p.Endpoint].id+" Operation under Azure OpenAI API version "+
		Version+" have exceeded "+kind+" rate limit of your current OpenAI S0 pricing tier. Please retry after "+seconds(wait)+
		". Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.")
	e.Wait = wait
	return e
}

// busy is the answer when there is no capacity for this request.
func busy(wait time.Duration) *wire.Error {
	e := (&openai.Error{
		Status: http.StatusTooManyRequests, Type: "too_many_requests", Code: "too_many_requests",
		Message: "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum " +
			"usage size allowed during peak load. Please retry after " + seconds(wait) +
			". For improved latency reliability, consider switching to Provisioned Throughput.",
	}).Wire()
	e.Wait = wait
	return e
}

// seconds writes a wait, rounded up.
func seconds(wait time.Duration) string {
	n := (wait + time.Second - 1) / time.Second
	return strconv.FormatInt(int64(n), 10) + " seconds"
}

// filtered is the answer to a prompt that the content filter refuses.
func filtered() *wire.Error {
	return &wire.Error{
		Status: http.StatusBadRequest, Code: "content_filter",
		Body: []byte(`{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management ` +
			`policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our ` +
			`documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter",` +
			`"status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":` + badPrompt + `}}}`),
	}
}

// scripted is the body the service sends with a status.
func scripted(p *wire.Problem) *wire.Error {
	e := fromStatus(cmp.Or(p.Status, http.StatusInternalServerError), p.Wait)
	e.Wait = p.Wait
	return e
}

func fromStatus(status int, wait time.Duration) *wire.Error {
	switch status {
	case http.StatusUnauthorized:
		return denied()
	case http.StatusForbidden:
		return short(status, "403", "Access denied due to Virtual Network/Firewall rules.")
	case http.StatusNotFound:
		return notFound()
	case http.StatusRequestTimeout:
		return short(status, "Timeout", "The operation was timeout.")
	case http.StatusTooManyRequests:
		message := "Rate limit is exceeded."
		if wait > 0 {
			message += " Try again in " + seconds(wait) + "."
		}
		return short(status, "429", message)
	case http.StatusServiceUnavailable:
		return short(status, "ServiceUnavailable", "The server is temporarily unable to handle the request. Please try again later.")
	}
	if status >= http.StatusInternalServerError {
		return (&openai.Error{
			Status: status, Type: "server_error",
			Message: "The server had an error processing your request. Sorry about that! You can retry your request, or contact us " +
				"through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error.",
		}).Wire()
	}
	return short(status, strconv.Itoa(status), cmp.Or(http.StatusText(status), "Request failed"))
}
