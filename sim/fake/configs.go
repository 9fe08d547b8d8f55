package fake

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
)

// KeyVariable is the environment variable that configs name where the fakes ask
// for a key: a key is never printed.
const KeyVariable = "ROUTEDRILL_FAKE_API_KEY"

// Config is what one gateway, or users of SDKs, need to talk to the fakes.
type Config struct {
	Name string // to ask for it by
	Doc  string // what it is, in a few words
	Text string // lines, the last one ended too
}

// ConfigNames are the names of [Fleet.Configs].
func ConfigNames() []string { return []string{"routedrill", "litellm", "env", "curl"} }

// Endpoint is a provider and where it answers.
type Endpoint struct {
	scenarios.Provider
	Root string // http://host:port
}

// BaseURL is the URL that a config gives for the provider's API, with its version.
func (e *Endpoint) BaseURL() string { return e.Root + sim.FakeBase(e.Wire) }

// Endpoints are the providers of the fleet, in the order of the file.
func (f *Fleet) Endpoints() []Endpoint {
	out := make([]Endpoint, len(f.world().Providers))
	for i, p := range f.world().Providers {
		out[i] = Endpoint{p, root(f.Address(i))}
	}
	return out
}

// root is the URL of an address that was listened on: of all addresses of this
// machine, its own.
func root(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			address = net.JoinHostPort("127.0.0.1", port)
		}
	}
	return "http://" + address
}

// Configs are ready to be pasted. They name models and addresses of the fleet.
func (f *Fleet) Configs() []Config {
	list, keyed := f.Endpoints(), f.options.APIKey != ""
	return []Config{
		{"routedrill", "routedrill serve --config FILE", routerConfig(list, f.world().Routes, keyed)},
		{"litellm", "LiteLLM, config.yaml", liteLLM(list, keyed)},
		{"env", "SDKs of OpenAI, Azure, Anthropic and Google, by their environment variables", environment(list, keyed)},
		{"curl", "a request to each provider", curl(list, keyed)},
	}
}

// routerConfig is a file of our own router, see router/README.md.
func routerConfig(list []Endpoint, routes []scenarios.Route, keyed bool) string {
	key := "any"
	if keyed {
		key = "${" + KeyVariable + "}"
	}
	var b strings.Builder
	b.WriteString("version: 1\nproviders:\n")
	for _, e := range list {
		fmt.Fprintf(&b, "  %s: {wire: %s, base_url: %q, api_key: %s}\n", e.Name, e.Wire, e.BaseURL(), key)
	}
	if len(routes) == 0 { // each model by its own name
		routes = modelRoutes(list)
	}
	b.WriteString("routes:\n")
	for _, r := range routes {
		targets := make([]string, len(r.Targets))
		for i, t := range r.Targets {
			targets[i] = strconv.Quote(t)
		}
		fmt.Fprintf(&b, "  %q: [%s]\n", r.Name, strings.Join(targets, ", "))
	}
	b.WriteString("policy: {strategy: priority}\n")
	return b.String()
}

// modelRoutes make a route of every model that has a name a route may have.
func modelRoutes(list []Endpoint) []scenarios.Route {
	var out []scenarios.Route
	for _, e := range list {
		for _, m := range e.Models {
			i := slices.IndexFunc(out, func(r scenarios.Route) bool { return r.Name == m.Name })
			if i < 0 {
				i = len(out)
				out = append(out, scenarios.Route{Name: m.Name})
			}
			out[i].Targets = append(out[i].Targets, e.Name+"/"+m.Name)
		}
	}
	return out
}

// liteLLM is a config.yaml of LiteLLM (docs.litellm.ai/docs/proxy/configs). It
// appends /v1/messages to Anthropic's api_base and /models/... to Gemini's.
func liteLLM(list []Endpoint, keyed bool) string {
	key := "any"
	if keyed {
		key = "os.environ/" + KeyVariable
	}
	var b strings.Builder
	b.WriteString("model_list:\n")
	for _, e := range list {
		base := e.BaseURL()
		more := ""
		switch e.Wire {
		case "anthropic":
			base = e.Root
		case "azure":
			base, more = e.Root, `, api_version: "2024-10-21"`
		}
		for _, m := range e.Models {
			fmt.Fprintf(&b, "  - {model_name: %q, litellm_params: {model: %q, api_base: %q, api_key: %q%s}}\n",
				m.Name, e.Wire+"/"+m.Name, base, key, more)
		}
	}
	return b.String()
}

// sdkVariables are what official SDKs read: the variable of the URL, what it holds,
// the variable of the key.
var sdkVariables = map[string]struct {
	url, key string
	root     bool // the SDK adds the version itself
}{
	"openai":    {"OPENAI_BASE_URL", "OPENAI_API_KEY", false},
	"azure":     {"AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", true},
	"anthropic": {"ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", true},
	"gemini":    {"GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY", true},
}

// environment is for a shell. Of several providers that speak the same API the
// first is set, and the others stand beside it as comments.
func environment(list []Endpoint, keyed bool) string {
	key := "any"
	if keyed {
		key = `"$` + KeyVariable + `"`
	}
	var b strings.Builder
	seen := map[string]bool{}
	for _, e := range list {
		v := sdkVariables[e.Wire]
		base := e.BaseURL()
		if v.root {
			base = e.Root
		}
		line := fmt.Sprintf("export %s=%s %s=%s # %s\n", v.url, base, v.key, key, e.Name)
		if seen[e.Wire] {
			line = "# " + line
		}
		seen[e.Wire] = true
		b.WriteString(line)
	}
	return b.String()
}

// curl is a request to each provider, for the first of its models that generates text.
func curl(list []Endpoint, keyed bool) string {
	key := "any"
	if keyed {
		key = "$" + KeyVariable
	}
	var b strings.Builder
	for _, e := range list {
		i := slices.IndexFunc(e.Models, func(m scenarios.Model) bool { return m.Serves("chat") })
		if i < 0 {
			fmt.Fprintf(&b, "curl -s '%s/models' -H \"%s\" # %s\n", e.BaseURL(), "authorization: Bearer "+key, e.Name)
			continue
		}
		model := e.Models[i].Name
		messages := `"messages":[{"role":"user","content":"hello"}]`
		path, header, body := "/chat/completions", "authorization: Bearer "+key, `{"model":"`+model+`",`+messages+`}`
		switch e.Wire {
		case "azure":
			path, header = "/deployments/"+model+"/chat/completions?api-version=2024-10-21", "api-key: "+key
		case "anthropic":
			path, header, body = "/messages", "x-api-key: "+key+`" -H "anthropic-version: 2023-06-01`, `{"model":"`+model+`","max_tokens":100,`+messages+`}`
		case "gemini":
			path, header, body = "/models/"+model+":generateContent", "x-goog-api-key: "+key, `{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}`
		}
		fmt.Fprintf(&b, "curl -s '%s%s' -H \"%s\" -H 'content-type: application/json' -d '%s' # %s\n", e.BaseURL(), path, header, body, e.Name)
	}
	return b.String()
}
