package gemini

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/wire"
)

// The statuses of errors.
const (
	invalidArgument  = "INVALID_ARGUMENT"
	unauthenticated  = "UNAUTHENTICATED"
	permissionDenied = "PERMISSION_DENIED"
	notFound         = "NOT_FOUND"
	aborted          = "ABORTED"
	exhausted        = "RESOURCE_EXHAUSTED"
	cancelled        = "CANCELLED"
	internal         = "INTERNAL"
	unimplemented    = "UNIMPLEMENTED"
	unavailable      = "UNAVAILABLE"
	deadlineExceeded = "DEADLINE_EXCEEDED"
)

// The service's words.
const (
	modelOverloaded = "The model is overloaded. Please try again later."
	overQuota       = "You exceeded your current quota, please check your plan and billing details. For more information on this error, " +
		"head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. "
	resourceExhausted = "Resource has been exhausted (e.g. check quota)."
	keyNotValid       = "API key not valid. Please pass a valid API key."
)

const detailType = "{\"@type\":\"type.googleapis.com/google.rpc."

// fail is an error answer with details, each a JSON object.
func fail(status int, word, message string, details ...string) *wire.Error {
	b := make([]byte, 0, 256+len(message))
	b = append(b, "{\"error\":{\"code\":"...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ",\"message\":"...)
	b = wire.AppendString(b, message)
	b = append(b, ",\"status\":\""...)
	b = append(append(b, word...), '"')
	for i, d := range details {
		if i == 0 {
			b = append(b, ",\"details\":["...)
		} else {
			b = append(b, ',')
		}
		b = append(b, d...)
	}
	if len(details) > 0 {
		b = append(b, ']')
	}
	return &wire.Error{Status: status, Body: append(b, "}}\n"...), Code: word}
}

func invalid(message string) *wire.Error {
	return fail(http.StatusBadRequest, invalidArgument, message)
}

// violation is a mistake in a field; the field of no path is the whole body.
func violation(field, message string) *wire.Error {
	d := append([]byte(detailType), "BadRequest\",\"fieldViolations\":[{"...)
	if field != "" {
		d = append(wire.AppendString(append(d, "\"field\":"...), field), ',')
	}
	d = wire.AppendString(append(d, "\"description\":"...), message)
	return fail(http.StatusBadRequest, invalidArgument, message, string(append(d, "}]}"...)))
}

func badKey() *wire.Error {
	return fail(http.StatusBadRequest, invalidArgument, keyNotValid,
		detailType+"ErrorInfo\",\"reason\":\"API_KEY_INVALID\",\"domain\":\"googleapis.com\",\"metadata\":{\"service\":"+
			"\"generativelanguage.googleapis.com\"}}",
		detailType+"LocalizedMessage\",\"locale\":\"en-US\",\"message\":\""+keyNotValid+"\"}")
}

// Refuse words a refusal.
func (API) Refuse(p *wire.Problem) *wire.Error {
	switch p.Kind {
	case wire.TooLarge:
		return invalid("Request payload size exceeds the limit: " + strconv.Itoa(p.Limit) + " bytes.")
	case wire.NoModel, wire.WrongEndpoint, wire.Retired:
		return noModel(p)
	case wire.TooLong:
		return tooLong(p)
	case wire.TooManyOut:
		return invalid("Unable to submit request because it has a maxOutputTokens value of " + strconv.Itoa(p.Asked) +
			" but the supported range is from 1 (inclusive) to " + strconv.Itoa(p.Limit+1) + " (exclusive). Update the value and try again.")
	case wire.RateLimited:
		return limited(p)
	case wire.Exhausted:
		return fail(http.StatusTooManyRequests, exhausted, overQuota, help)
	case wire.SlowDown:
		return waiting(p, http.StatusTooManyRequests, exhausted, resourceExhausted)
	case wire.Overloaded:
		if p.Status == http.StatusTooManyRequests {
			return waiting(p, p.Status, exhausted, resourceExhausted)
		}
		return waiting(p, cmp.Or(p.Status, http.StatusServiceUnavailable), unavailable, modelOverloaded)
	case wire.Filtered:
		return blocked(p)
	case wire.BadKey:
		return badKey()
	}
	return scripted(p)
}

// blocked is the answer to a prompt that the filter refuses: not an error, but an
// answer without candidates.
func blocked(p *wire.Problem) *wire.Error {
	const reason = "PROHIBITED_CONTENT"
	if p.Endpoint == wire.Embeddings { // whose answers have no feedback
		return invalid("The prompt could not be submitted: it was blocked for reason " + reason + ".")
	}
	e := &wire.Error{Status: http.StatusOK, Code: reason, Prompt: p.Prompt}
	end := "}\n"
	if p.Stream {
		e.Type, e.Body, end = streamType[0], append(e.Body, "data: "...), "}"+chunkEnd
	}
	e.Body = append(e.Body, "{\"promptFeedback\":{\"blockReason\":\""+reason+"\"}"...)
	e.Body = appendUsage(e.Body, &wire.Usage{Prompt: p.Prompt}, 0)
	e.Body = wire.AppendString(append(e.Body, ",\"modelVersion\":"...), p.Model)
	e.Body = append(e.Body, end...)
	return e
}

// tooLong is the answer to a prompt beyond the context. The service holds the
// prompt alone against it; where only the tokens asked for make it too long, they
// count here too.
func tooLong(p *wire.Problem) *wire.Error {
	count := p.Prompt
	if count <= p.Limit {
		count += p.Completion
	}
	return invalid("The input token count (" + strconv.Itoa(count) + ") exceeds the maximum number of tokens allowed (" +
		strconv.Itoa(p.Limit) + ").")
}

func noModel(p *wire.Problem) *wire.Error {
	method := "generateContent"
	if p.Endpoint == wire.Embeddings {
		method = "embedContent"
	}
	return fail(http.StatusNotFound, notFound, "models/"+wire.Clip(p.Model)+" is not found for API version v1beta, or is not supported for "+
		method+". Call ListModels to see the list of available models and their supported methods.")
}

const help = detailType + "Help\",\"links\":[{\"description\":\"Learn more about Gemini API quotas\",\"url\":" +
	"\"https://ai.google.dev/gemini-api/docs/rate-limits\"}]}"

// quotaNames are the metric and the id of a quota.
func quotaNames(unit string) (metric, id string) {
	switch unit {
	case wire.UnitTokens, wire.UnitInputTokens:
		return "generate_content_paid_tier_input_token_count", "GenerateContentPaidTierInputTokensPerModelPerMinute"
	case wire.UnitOutputTokens:
		return "generate_content_paid_tier_output_token_count", "GenerateContentPaidTierOutputTokensPerModelPerMinute"
	case wire.UnitDaily:
		return "generate_requests_per_model_per_day", "GenerateRequestsPerDayPerProjectPerModel"
	case wire.UnitConcurrency:
		return "generate_concurrent_requests_per_model", "GenerateConcurrentRequestsPerProjectPerModel"
	}
	return "generate_requests_per_model", "GenerateRequestsPerMinutePerProjectPerModel"
}

// limited is the answer to a request beyond a quota.
func limited(p *wire.Problem) *wire.Error {
	metric, id := quotaNames(p.Unit)
	metric = "generativelanguage.googleapis.com/" + metric
	limit, model := strconv.Itoa(p.Limit), wire.Clip(p.Model)
	message := overQuota + "\n* Quota exceeded for metric: " + metric + ", limit: " + limit + ", model: " + model
	failure := append([]byte(detailType), "QuotaFailure\",\"violations\":[{\"quotaMetric\":\""...)
	failure = append(failure, metric+"\",\"quotaId\":\""+id+"\",\"quotaDimensions\":{\"location\":\"global\",\"model\":"...)
	failure = wire.AppendString(failure, model)
	failure = append(failure, "},\"quotaValue\":\""+limit+"\"}]}"...)
	if p.Wait <= 0 {
		return fail(http.StatusTooManyRequests, exhausted, message, help, string(failure))
	}
	message += "\nPlease retry in " + strconv.FormatFloat(p.Wait.Seconds(), 'f', -1, 64) + "s."
	e := fail(http.StatusTooManyRequests, exhausted, message, help, string(failure), retryInfo(p.Wait))
	e.Wait = p.Wait
	return e
}

// retryInfo states a wait in whole seconds, rounded up.
func retryInfo(wait time.Duration) string {
	return detailType + "RetryInfo\",\"retryDelay\":\"" + strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10) + "s\"}"
}

// waiting is an error that states the wait of the problem, if it has one.
func waiting(p *wire.Problem, status int, word, message string) *wire.Error {
	if p.Wait <= 0 {
		return fail(status, word, message)
	}
	e := fail(status, word, message, retryInfo(p.Wait))
	e.Wait = p.Wait
	return e
}

// scripted is the error the service sends with a status.
func scripted(p *wire.Problem) *wire.Error {
	status := cmp.Or(p.Status, http.StatusInternalServerError)
	word, message := invalidArgument, "Request contains an invalid argument."
	switch status {
	case http.StatusUnauthorized:
		word, message = unauthenticated, "Request had invalid authentication credentials."
	case http.StatusForbidden:
		word, message = permissionDenied, "The caller does not have permission"
	case http.StatusNotFound:
		word, message = notFound, "Requested entity was not found."
	case http.StatusConflict:
		word, message = aborted, "The operation was aborted."
	case http.StatusTooManyRequests:
		word, message = exhausted, resourceExhausted
	case 499:
		word, message = cancelled, "The operation was cancelled."
	case http.StatusNotImplemented:
		word, message = unimplemented, "Operation is not implemented, or supported, or enabled."
	case http.StatusServiceUnavailable:
		word, message = unavailable, modelOverloaded
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		word, message = deadlineExceeded, "Deadline expired before operation could complete."
	default:
		if status >= http.StatusInternalServerError {
			word = internal
			message = "An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting"
		}
	}
	return waiting(p, status, word, message)
}
