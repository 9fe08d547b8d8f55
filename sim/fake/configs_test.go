package fake_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/goccy/go-yaml"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/config"
	"github.com/routedrill/routedrill/sim/fake"
)

// every is a world with a provider of each API.
const every = `
providers:
  openai: {models: {gpt: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
  second: {models: {gpt: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
  claude: {wire: anthropic, models: {sonnet: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
  google: {wire: gemini, models: {flash: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
  vectors: {models: {embed: {endpoints: [embeddings], price: {input: 1}, ttft: 0s}}}
`

// listening is a fleet on ports of its own.
func listening(t testing.TB, o fake.Options) *fake.Fleet {
	t.Helper()
	fleet, err := fake.New(o)
	require.NoError(t, err)
	require.NoError(t, fleet.Listen("127.0.0.1", 0))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		fleet.Shutdown(ctx)
		http.DefaultTransport.(*http.Transport).CloseIdleConnections() // of SDKs
	})
	return fleet
}

func text(t *testing.T, f *fake.Fleet, name string) string {
	t.Helper()
	for _, c := range f.Configs() {
		if c.Name == name {
			require.NotEmpty(t, c.Doc)
			return c.Text
		}
	}
	require.Fail(t, "no config "+name)
	return ""
}

const secretKey = "sk-a-secret-key"

// TestConfigs: what is printed works, with and without a key, and prints no key.
func TestConfigs(t *testing.T) {
	for name, key := range map[string]string{"no key": "", "a key": secretKey} {
		t.Run(name, func(t *testing.T) {
			fleet := listening(t, fake.Options{Scenario: load(t, every), APIKey: key})
			names := make([]string, 0, 4)
			for _, c := range fleet.Configs() {
				names = append(names, c.Name)
				require.NotContains(t, c.Text, secretKey)
				require.True(t, strings.HasSuffix(c.Text, "\n"))
			}
			require.Equal(t, fake.ConfigNames(), names)
			t.Setenv(fake.KeyVariable, key)
			t.Run("env", func(t *testing.T) { tryEnvironment(t, text(t, fleet, "env")) })
			t.Run("routedrill", func(t *testing.T) { tryRouter(t, text(t, fleet, "routedrill")) })
			t.Run("litellm", func(t *testing.T) { tryLiteLLM(t, fleet, text(t, fleet, "litellm")) })
			t.Run("curl", func(t *testing.T) { tryCurl(t, text(t, fleet, "curl")) })
		})
	}
}

// tryEnvironment lets the official SDKs find the fakes by themselves.
func tryEnvironment(t *testing.T, text string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, " # ")
		rest, set := strings.CutPrefix(line, "export ")
		if !set {
			continue
		}
		for _, pair := range strings.Fields(rest) {
			name, value, _ := strings.Cut(pair, "=")
			t.Setenv(name, os.Expand(strings.Trim(value, `"`), os.Getenv))
		}
	}
	t.Setenv("GOOGLE_API_KEY", "")
	ctx := t.Context()
	chat := openai.NewClient(option.WithMaxRetries(0))
	answer, err := chat.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model: "gpt", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hello")},
	})
	require.NoError(t, err)
	require.NotEmpty(t, answer.Choices[0].Message.Content)

	claude := anthropic.NewClient(anthropicoption.WithMaxRetries(0))
	message, err := claude.Messages.New(ctx, anthropic.MessageNewParams{
		Model: "sonnet", MaxTokens: 50, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("hello"))},
	})
	require.NoError(t, err)
	require.NotEmpty(t, message.Content)

	google, err := genai.NewClient(ctx, nil)
	require.NoError(t, err)
	content, err := google.Models.GenerateContent(ctx, "flash", genai.Text("hello"), nil)
	require.NoError(t, err)
	require.NotEmpty(t, content.Text())
}

// tryRouter runs our own router with the config.
func tryRouter(t *testing.T, text string) {
	file, err := config.Load("router.yaml", []byte(text))
	require.NoError(t, err)
	c, err := file.RouterConfig(os.LookupEnv)
	require.NoError(t, err)
	config.InferModels(&c)
	engine, err := router.New(c)
	require.NoError(t, err)
	for _, model := range []string{"gpt", "sonnet", "flash"} {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/completions",
			strings.NewReader(`{"model":"`+model+`","messages":[{"role":"user","content":"hello"}]}`))
		engine.ServeHTTP(w, r)
		require.Equal(t, 200, w.Code, "%s: %s", model, w.Body)
	}
}

// tryLiteLLM reads the config as LiteLLM's documents describe it.
func tryLiteLLM(t *testing.T, f *fake.Fleet, text string) {
	var file struct {
		Models []struct {
			Name   string            `yaml:"model_name"`
			Params map[string]string `yaml:"litellm_params"`
		} `yaml:"model_list"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &file))
	require.Len(t, file.Models, 5)
	key := "any"
	if os.Getenv(fake.KeyVariable) != "" {
		key = "os.environ/" + fake.KeyVariable
	}
	for i, want := range []struct{ name, model, base string }{
		{"gpt", "openai/gpt", "http://" + f.Address(0) + "/v1"},
		{"gpt", "openai/gpt", "http://" + f.Address(1) + "/v1"},
		{"sonnet", "anthropic/sonnet", "http://" + f.Address(2)},
		{"flash", "gemini/flash", "http://" + f.Address(3) + "/v1beta"},
		{"embed", "openai/embed", "http://" + f.Address(4) + "/v1"},
	} {
		require.Equal(t, want.name, file.Models[i].Name)
		require.Equal(t, map[string]string{"model": want.model, "api_base": want.base, "api_key": key}, file.Models[i].Params)
	}
}

// tryCurl runs the lines in a shell.
func tryCurl(t *testing.T, text string) {
	shell, err := exec.LookPath("sh")
	if err == nil {
		_, err = exec.LookPath("curl")
	}
	if err != nil {
		t.Skip("there is no curl here")
	}
	require.Equal(t, 5, strings.Count(text, "\n"))
	script := filepath.Join(t.TempDir(), "ask.sh")
	require.NoError(t, os.WriteFile(script, []byte(strings.ReplaceAll(text, "curl -s", "curl -sf -o /dev/null -w '%{http_code}\n' --noproxy '*'")), 0o600))
	out, err := exec.CommandContext(t.Context(), shell, script).Output()
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("200\n", 5), string(out))
}

func TestConfigsAreStable(t *testing.T) {
	fleet, err := fake.New(fake.Options{Scenario: load(t, world)})
	require.NoError(t, err)
	defer fleet.Shutdown(t.Context())
	require.Contains(t, text(t, fleet, "routedrill"), `"r": ["one/m", "two/n"]`, "the routes of the world")
}
