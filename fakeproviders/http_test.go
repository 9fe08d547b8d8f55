package fakeproviders_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
)

// sockets is a provider without latency on a real server.
func sockets(t *testing.T, change func(*fakeproviders.Config)) *httptest.Server {
	t.Helper()
	c := fakeproviders.Config{
		Name: "p", APIKey: "sk-test-key-0123456789",
		Models: []fakeproviders.Model{{Name: "m"}, {Name: "embed", Endpoints: []string{"embeddings"}}},
	}
	if change != nil {
		change(&c)
	}
	p, err := fakeproviders.New(c)
	require.NoError(t, err)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return server
}

// raw sends a request without the SDK and returns status and error fields.
func raw(t *testing.T, s *httptest.Server, method, path, body string) (*http.Response, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer sk-test-key-0123456789")
	resp, err := s.Client().Do(r)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	var got struct {
		Error map[string]any `json:"error"`
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
	return resp, got.Error
}

func TestRawErrors(t *testing.T) {
	s := sockets(t, nil)
	for name, row := range map[string]struct {
		method, path, body string
		status             int
		param, code        any
	}{
		"unknown URL":    {"POST", "/v1/audio/speech", "", 404, nil, nil},
		"root":           {"GET", "/", "", 404, nil, nil},
		"GET chat":       {"GET", chatPath, "", 405, nil, "method_not_supported"},
		"POST models":    {"POST", "/v1/models", "", 405, nil, "method_not_supported"},
		"no body":        {"POST", chatPath, "", 400, nil, nil},
		"not JSON":       {"POST", chatPath, `{"model":`, 400, nil, nil},
		"not an object":  {"POST", chatPath, `["model"]`, 400, nil, nil},
		"no model":       {"POST", chatPath, `{}`, 400, nil, nil},
		"no messages":    {"POST", chatPath, `{"model":"m"}`, 400, "messages", "missing_required_parameter"},
		"empty messages": {"POST", chatPath, `{"model":"m","messages":[]}`, 400, "messages", "empty_array"},
		"no input":       {"POST", "/v1/embeddings", `{"model":"embed"}`, 400, "input", "missing_required_parameter"},
		"deep nesting":   {"POST", chatPath, strings.Repeat("[", 1<<20), 400, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			resp, e := raw(t, s, row.method, row.path, row.body)
			require.Equal(t, row.status, resp.StatusCode)
			require.Equal(t, "application/json", resp.Header.Get("Content-Type"))
			require.Equal(t, "2020-10-01", resp.Header.Get("Openai-Version"))
			require.Len(t, e, 4, "message, type, param and code are always there")
			require.Equal(t, "invalid_request_error", e["type"])
			require.Equal(t, row.param, e["param"])
			require.Equal(t, row.code, e["code"])
		})
	}
}

func TestOversizeBody(t *testing.T) {
	var entries []fakeproviders.Entry
	s := sockets(t, func(c *fakeproviders.Config) {
		c.Journal = func(e *fakeproviders.Entry) { entries = append(entries, *e) }
	})
	resp, e := raw(t, s, "POST", chatPath, strings.Repeat(" ", 32<<20+1))
	require.Equal(t, 413, resp.StatusCode)
	require.Equal(t, "request_too_large", e["code"])
	require.Len(t, entries, 1)
	require.Equal(t, 413, entries[0].Status)
}

// A body of unknown length is bounded too.
func TestOversizeChunkedBody(t *testing.T) {
	in(t, steady(t), func(w *world) {
		c := &call{w: w, header: http.Header{}}
		r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, chatPath, io.NopCloser(io.LimitReader(spaces{}, 40<<20)))
		require.Equal(t, int64(-1), r.ContentLength)
		w.p.ServeHTTP(c, r)
		require.Equal(t, 413, c.status)
	})
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// A body that breaks off ends the attempt where its sender is gone, and is
// answered where somebody waits for an answer.
func TestBrokenBody(t *testing.T) {
	for name, row := range map[string]struct {
		err    error
		end    fakeproviders.End
		status int
	}{
		"the sender is gone":    {io.ErrUnexpectedEOF, fakeproviders.EndCancelled, 0},
		"the connection broke":  {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, fakeproviders.EndCancelled, 0},
		"it took too long":      {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, fakeproviders.EndError, 408},
		"chunks that are none":  {errors.New("invalid byte in chunk length"), fakeproviders.EndError, 400},
		"a chunk without an id": {errors.New("malformed chunked encoding"), fakeproviders.EndError, 400},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, steady(t), func(w *world) {
				c := &call{w: w, header: http.Header{}}
				body := io.MultiReader(bytes.NewReader([]byte(`{"model"`)), failing{row.err})
				w.p.ServeHTTP(c, httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, chatPath, io.NopCloser(body)))
				require.Equal(t, row.end, w.last().End)
				require.Equal(t, row.status, c.status)
				require.Equal(t, row.status == 0, w.last().Arrived == fakeproviders.Never, "what nobody is left to answer has not arrived")
				if row.status > 0 {
					require.Contains(t, c.body(), `"error"`)
					require.Equal(t, "close", c.header.Get("Connection"))
				}
			})
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestResetIsSeenAsReset(t *testing.T) {
	for name, more := range map[string]string{"whole": "", "stream": stream} {
		t.Run(name, func(t *testing.T) {
			s := sockets(t, func(c *fakeproviders.Config) {
				c.APIKey = ""
				c.Faults = []fakeproviders.Event{event(t, "reset", nil, 0, time.Hour)}
			})
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+chatPath, strings.NewReader(chatBody(more)))
			require.NoError(t, err)
			resp, err := s.Client().Do(r)
			if err == nil {
				require.NoError(t, resp.Body.Close())
			}
			require.ErrorIs(t, err, syscall.ECONNRESET)
		})
	}
}

// A caller that goes away ends the handler, over a socket too.
func TestCallerGoesAway(t *testing.T) {
	ended := make(chan fakeproviders.Entry, 1)
	arrived := make(chan struct{})
	s := sockets(t, func(c *fakeproviders.Config) {
		c.APIKey = ""
		c.Faults = []fakeproviders.Event{event(t, "hang", nil, 0, time.Hour)}
		c.Demand = func(string) (fakeproviders.Demand, bool) { close(arrived); return fakeproviders.Demand{}, false }
		c.Journal = func(e *fakeproviders.Entry) { ended <- *e }
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+chatPath, strings.NewReader(chatBody("")))
	require.NoError(t, err)
	resp, err := s.Client().Do(r)
	if err == nil {
		require.NoError(t, resp.Body.Close())
	}
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fakeproviders.EndCancelled, (<-ended).End)
}
