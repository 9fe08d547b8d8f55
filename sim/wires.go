package sim

import (
	"net/http"
	"net/url"

	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/anthropic"
	"github.com/routedrill/routedrill/fakeproviders/wire/azure"
	"github.com/routedrill/routedrill/fakeproviders/wire/gemini"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
	"github.com/routedrill/routedrill/scenarios"
)

// dialect is an API that a fake speaks and the router understands.
type dialect struct {
	word   string // in scenarios and in the router's config
	api    wire.API
	base   string                                 // path of the base URL: up to and including the version
	routes func(models []scenarios.Model) []route // what is asked below the base
}

// route is one thing that can be asked of a provider.
type route struct{ method, path string }

// dialects, the default first.
var dialects = []dialect{
	{"openai", openai.API{}, "/v1", fixed(
		route{http.MethodPost, "/chat/completions"},
		route{http.MethodPost, "/completions"},
		route{http.MethodPost, "/embeddings"},
		route{http.MethodGet, "/models"},
	)},
	{"anthropic", anthropic.API{}, "/v1", fixed(
		route{http.MethodPost, "/messages"},
		route{http.MethodGet, "/models"},
	)},
	{"azure", azure.API{}, "/openai", ofDeployments},
	{"gemini", gemini.API{}, "/v1beta", ofModels},
}

func fixed(routes ...route) func([]scenarios.Model) []route {
	return func([]scenarios.Model) []route { return routes }
}

// ofDeployments are the operations of each deployment at Azure.
func ofDeployments(models []scenarios.Model) []route {
	out := []route{{http.MethodGet, "/models"}}
	for _, m := range models {
		for _, operation := range []string{"chat/completions", "completions", "embeddings"} {
			out = append(out, route{http.MethodPost, "/deployments/" + url.PathEscape(m.Name) + "/" + operation})
		}
	}
	return out
}

// ofModels are the methods of each model in Google's style.
func ofModels(models []scenarios.Model) []route {
	out := []route{{http.MethodGet, "/models"}}
	for _, m := range models {
		for _, method := range []string{"generateContent", "streamGenerateContent", "embedContent", "batchEmbedContents"} {
			out = append(out, route{http.MethodPost, "/models/" + url.PathEscape(m.Name) + ":" + method})
		}
	}
	return out
}

// dialectOf returns what a provider speaks. The scenario has been checked
// against [Vocabulary], so the word is one of [dialects].
func dialectOf(word string) *dialect {
	for i := range dialects {
		if dialects[i].word == word {
			return &dialects[i]
		}
	}
	return &dialects[0]
}

// api is what a fake speaks.
func api(word string) wire.API { return dialectOf(word).api }

// wireWords are the words for what fakes speak.
func wireWords() []string {
	words := make([]string, len(dialects))
	for i := range dialects {
		words[i] = dialects[i].word
	}
	return words
}
