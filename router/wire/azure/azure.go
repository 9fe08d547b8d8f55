// Package azure is what Azure OpenAI's API has of its own: where things are, how
// the key is sent, and what errors are called. Requests, answers and streams are
// those of OpenAI's API.
//
// A base URL ends in /openai, and a model is the name of a deployment:
// https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference
package azure

import (
	"net/http"
	"net/url"
	"regexp"

	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// DefaultVersion is the version of the API that is spoken unless the config says
// otherwise, a generally available one.
const DefaultVersion = "2024-10-21"

// oldest is the first version whose streams can carry usage, which the router
// asks for.
const oldest = "2024-09-01"

var version = regexp.MustCompile(`^20\d\d-\d\d-\d\d(-preview)?$`)

// ValidVersion reports whether a version can be spoken: a date from 2024-09-01
// on, with -preview or without.
func ValidVersion(v string) bool { return version.MatchString(v) && v >= oldest }

// Path is where a deployment serves an endpoint; "" is the default version.
func Path(deployment, endpoint, version string) (path, query string, ok bool) {
	path, ok = openai.Path(endpoint)
	if !ok {
		return "", "", false
	}
	if version == "" {
		version = DefaultVersion
	}
	return "/deployments/" + url.PathEscape(deployment) + path, "api-version=" + url.QueryEscape(version), true
}

// Header holds what each request carries.
func Header(key string) http.Header {
	h := http.Header{}
	if key != "" {
		h["Api-Key"] = []string{key}
	}
	return h
}

// ReadError reads an error body, as [openai.ReadError] does, and puts Azure's own
// codes into OpenAI's words.
func ReadError(body []byte) (llm.Error, bool) {
	e, ok := openai.ReadError(body)
	switch e.Code {
	case "DeploymentNotFound":
		e.Code = llm.CodeModelNotFound
	case "401":
		e.Code = llm.CodeInvalidKey
	}
	return e, ok
}
