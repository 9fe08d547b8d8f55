package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/front"
)

// process starts the program, and gives what it prints. It is ended by SIGTERM with
// the test, and has to end well.
func process(t *testing.T, stderr io.Writer, args ...string) *bufio.Reader {
	t.Helper()
	binary, err := exec.LookPath("routedrill") // TestMain sees to it
	require.NoError(t, err)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = stderr
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(stdout)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, lines)
		require.NoError(t, cmd.Wait())
	})
	return lines
}

func lineOf(t *testing.T, lines *bufio.Reader, format string, dst *string) {
	t.Helper()
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscanf(line, format, dst)
	require.NoError(t, err, line)
}

// faulty is a serve before three fakes, each a process, and the admin API of the fakes.
type faulty struct {
	base, admin string
	log         lockedBuffer
}

func startFaulty(t *testing.T) *faulty {
	t.Helper()
	f := &faulty{}
	dir := t.TempDir()
	world, file := filepath.Join(dir, "world.yaml"), filepath.Join(dir, "router.yaml")
	const models = "{models: {m: {price: {input: 1, output: 2}, ttft: 5ms, itl: 0s}, e: {endpoints: [embeddings], price: {input: 1, output: 0}, ttft: 5ms}}}"
	require.NoError(t, os.WriteFile(world, []byte("providers: {first: "+models+", second: "+models+", lonely: "+models+"}\n"), 0o600))
	fakes := process(t, io.Discard, "fake", world, "--admin", "127.0.0.1:0", "--print-config", "none")
	urls := make([]string, 3)
	for i, name := range []string{"first", "second", "lonely"} {
		lineOf(t, fakes, "provider "+name+" openai %s", &urls[i])
	}
	lineOf(t, fakes, "admin %s", &f.admin)
	require.NoError(t, os.WriteFile(file, []byte(fmt.Sprintf(`
version: 1
providers:
  first: {base_url: %s, models: {m: , e: {embedding_space: s}}}
  second: {base_url: %s, models: {m: , e: {embedding_space: s}}}
  lonely: {base_url: %s, models: {m: }}
routes: {smart: [first/m, second/m], embed: [first/e, second/e]}
resilience: {ttft_timeout: 700ms, attempt_timeout: 2s, max_wait: 1s, cooldown: {default: 200ms, max: 200ms}, breaker: {open_for: 300ms, min_samples: 5}, failback: {ramp: 0s}}
server: {keys: {app: {hash: %s}}}
`, urls[0], urls[1], urls[2], front.Hash(appKey))), 0o600))
	serve := process(t, &f.log, "serve", "--config", file, "--listen", "127.0.0.1:0")
	lineOf(t, serve, "routedrill serves %s", &f.base)
	return f
}

const appKey = "rdk-the-key-of-the-app"

func (f *faulty) fault(t *testing.T, provider, fault, span string) {
	t.Helper()
	resp, err := http.Post(f.admin+"/faults", "application/json", strings.NewReader(`{"provider": "`+provider+`", "ttl": "`+span+`", "fault": `+fault+`}`))
	require.NoError(t, err)
	body, _ := io.ReadAll(resp.Body)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 201, resp.StatusCode, string(body))
}

// comeAndGo has the first provider fail in one way after another until the test is
// over, with as much time between them.
func (f *faulty) comeAndGo(t *testing.T) (stop func()) {
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		for n := 0; ; n++ {
			fault := []string{`{"kind": "status", "status": 503}`, `{"kind": "reset"}`, `{"kind": "hang"}`, `{"kind": "status", "status": 429}`, `{"kind": "truncated_json"}`}[n%5]
			f.fault(t, "first", fault, "300ms")
			select {
			case <-done:
				return
			case <-time.After(600 * time.Millisecond):
			}
		}
	})
	return func() { close(done); ended.Wait() }
}

// TestSDKsWhileFaultsComeAndGo: official SDKs, unchanged, through `serve` against
// `routedrill fake`, each a process. Whatever befalls the first provider before it has
// said anything, nobody notices; what cannot be helped comes as the SDK's own errors.
func TestSDKsWhileFaultsComeAndGo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds of real time")
	}
	f := startFaulty(t)
	stop := f.comeAndGo(t)
	t.Run("Node", func(t *testing.T) {
		node, err := exec.LookPath("node")
		if err != nil {
			t.Skip("needs node on the PATH")
		}
		const dir = "../../router/testdata/node"
		if _, err := os.Stat(dir + "/node_modules/ai"); err != nil {
			t.Skip("needs the SDKs in router/testdata/node/node_modules: make sdk-node")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, node, "faults.mjs", f.base, appKey, "2.5")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		t.Logf("%s", out)
	})
	t.Run("Go", func(t *testing.T) {
		client := sdk.NewClient(option.WithBaseURL(f.base), option.WithAPIKey(appKey), option.WithMaxRetries(0))
		var all sync.WaitGroup
		end := time.Now().Add(2500 * time.Millisecond)
		for name, ask := range goAsks(client) {
			all.Go(func() {
				for n := 0; n < 3 || time.Now().Before(end); n++ {
					if err := ask(t.Context()); err != nil {
						t.Errorf("%s, after %d times: %v", name, n, err)
						return
					}
				}
			})
		}
		all.Wait()
	})
	stop()
	t.Run("what cannot be helped", func(t *testing.T) {
		f.fault(t, "lonely", `{"kind": "status", "status": 503}`, "1h")
		client := sdk.NewClient(option.WithBaseURL(f.base), option.WithAPIKey(appKey), option.WithMaxRetries(0))
		_, err := client.Chat.Completions.New(t.Context(), ask("lonely/m"))
		var e *sdk.Error
		require.ErrorAs(t, err, &e)
		require.Equal(t, 503, e.StatusCode)
		require.Equal(t, "server_error", e.Code)
		_, err = client.Responses.New(t.Context(), responses.ResponseNewParams{Model: "lonely/m", Input: responses.ResponseNewParamsInputUnion{OfString: param.NewOpt("hello")}})
		require.ErrorAs(t, err, &e)
		require.Equal(t, 503, e.StatusCode)
	})
	served, failed := map[string]int{}, map[string]int{}
	for line := range bytes.Lines([]byte(f.log.String())) {
		var r struct {
			ServedBy string `json:"served_by"`
			Attempts []struct{ Target, Reason string }
		}
		if json.Unmarshal(line, &r) == nil {
			served[r.ServedBy]++
			for _, a := range r.Attempts {
				if strings.HasPrefix(a.Target, "first/") {
					failed[a.Reason]++
				}
			}
		}
	}
	t.Log(served, failed)
	for _, target := range []string{"first/m", "second/m", "first/e", "second/e"} {
		require.NotZero(t, served[target], target)
	}
	require.NotZero(t, failed["server_error"])
	require.NotZero(t, failed["connection_lost"])
	require.NotContains(t, f.log.String(), appKey)
}

func ask(model string) sdk.ChatCompletionNewParams {
	return sdk.ChatCompletionNewParams{Model: model, Messages: []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage("hello there")}}
}

// goAsks are what the Go SDK asks for, again and again.
func goAsks(client sdk.Client) map[string]func(context.Context) error {
	response := responses.ResponseNewParams{Model: "smart", Input: responses.ResponseNewParamsInputUnion{OfString: param.NewOpt("hello there")}}
	offering := ask("smart")
	offering.Tools = []sdk.ChatCompletionToolUnionParam{sdk.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "weather", Parameters: shared.FunctionParameters{"type": "object"},
	})}
	offering.ToolChoice.OfAuto = param.NewOpt("required")
	return map[string]func(context.Context) error{
		"chat": func(ctx context.Context) error {
			answer, err := client.Chat.Completions.New(ctx, ask("smart"))
			if err == nil && answer.Choices[0].Message.Content == "" {
				err = io.ErrUnexpectedEOF
			}
			return err
		},
		"chat, streamed": func(ctx context.Context) error {
			var all sdk.ChatCompletionAccumulator
			s := client.Chat.Completions.NewStreaming(ctx, ask("smart"))
			for s.Next() {
				all.AddChunk(s.Current())
			}
			if err := s.Err(); err != nil {
				return err
			}
			if len(all.Choices) == 0 || all.Choices[0].FinishReason == "" {
				return io.ErrUnexpectedEOF
			}
			return nil
		},
		"chat with a tool": func(ctx context.Context) error {
			answer, err := client.Chat.Completions.New(ctx, offering)
			if err == nil && len(answer.Choices[0].Message.ToolCalls) == 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		},
		"embeddings": func(ctx context.Context) error {
			_, err := client.Embeddings.New(ctx, sdk.EmbeddingNewParams{Model: "embed", Input: sdk.EmbeddingNewParamsInputUnion{OfString: param.NewOpt("hello")}})
			return err
		},
		"responses": func(ctx context.Context) error {
			answer, err := client.Responses.New(ctx, response)
			if err == nil && answer.OutputText() == "" {
				err = io.ErrUnexpectedEOF
			}
			return err
		},
		"responses, streamed": func(ctx context.Context) error {
			last := ""
			s := client.Responses.NewStreaming(ctx, response)
			for s.Next() {
				last = s.Current().Type
			}
			if err := s.Err(); err != nil {
				return err
			}
			if last != "response.completed" {
				return fmt.Errorf("it ended with %q", last)
			}
			return nil
		},
		"an abort": func(ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			s := client.Chat.Completions.NewStreaming(ctx, ask("smart"))
			if !s.Next() {
				return s.Err()
			}
			cancel()
			return s.Close()
		},
		"models": func(ctx context.Context) error {
			page, err := client.Models.List(ctx)
			if err == nil && len(page.Data) == 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		},
	}
}
