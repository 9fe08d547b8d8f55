package fit

import "strings"

// vendors are words by which logs name who runs a model, for the vendor that
// faults select by. The first that a provider's name contains decides: it names
// who is asked, and so who fails.
var vendors = []struct{ word, vendor string }{
	{"azure", "azure"}, {"bedrock", "aws"}, {"sagemaker", "aws"}, {"openrouter", "openrouter"},
	{"openai", "openai"}, {"anthropic", "anthropic"}, {"vertex", "google"}, {"gemini", "google"}, {"google", "google"},
	{"groq", "groq"}, {"together", "together"}, {"deepinfra", "deepinfra"}, {"mistral", "mistral"}, {"cohere", "cohere"},
}

// families are beginnings of model names, for logs that do not name a provider.
var families = []struct{ word, vendor string }{
	{"gpt-", "openai"}, {"o1", "openai"}, {"o3", "openai"}, {"o4", "openai"}, {"text-embedding-", "openai"},
	{"claude", "anthropic"}, {"gemini", "google"},
}

// vendor is who runs a provider: "" where that is its own name, or not known.
// Models tell it only where the log names no provider, and only if they agree.
func (w *World) vendor(provider string) string {
	name := strings.ToLower(provider)
	for _, v := range vendors {
		if strings.Contains(name, v.word) {
			if v.vendor == provider {
				return ""
			}
			return v.vendor
		}
	}
	if provider != unnamedProvider {
		return ""
	}
	found := ""
	for i := range w.Targets {
		if w.Targets[i].Provider != provider {
			continue
		}
		of := ""
		for _, f := range families {
			if strings.HasPrefix(strings.ToLower(w.Targets[i].Model), f.word) {
				of = f.vendor
				break
			}
		}
		if of == "" || found != "" && found != of {
			return ""
		}
		found = of
	}
	return found
}

// unnamedProvider is the provider of a log that names none, see package requestlog.
const unnamedProvider = "provider"
