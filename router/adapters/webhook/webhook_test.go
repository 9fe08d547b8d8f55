package webhook_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/adapters/webhook"
	"github.com/routedrill/routedrill/router/audit"
)

const secret = "whsec-recognisable-0815"

var alert = audit.Alert{
	Target: "a/m", Endpoint: "chat", Signal: audit.SignalErrors, Burn: audit.FastBurn,
	At: time.Unix(1000, 0), Since: time.Unix(1000, 0), Rate: 200, Samples: 431,
}

// hook is a receiver that answers by a script, whose last step repeats: a status,
// or 0 for an error, or -1 for no answer at all.
type hook struct {
	mu     sync.Mutex
	steps  []int
	at     []time.Time
	bodies []string
	heads  []http.Header
}

func (h *hook) RoundTrip(q *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(q.Body)
	h.mu.Lock()
	step := h.steps[0]
	if len(h.steps) > 1 {
		h.steps = h.steps[1:]
	}
	h.at, h.bodies, h.heads = append(h.at, time.Now()), append(h.bodies, string(body)), append(h.heads, q.Header)
	h.mu.Unlock()
	switch step {
	case 0:
		return nil, errors.New("no such host: " + q.URL.String())
	case -1:
		<-q.Context().Done()
		return nil, q.Context().Err()
	}
	return &http.Response{StatusCode: step, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

func TestDelivery(t *testing.T) {
	for _, row := range []struct {
		name  string
		steps []int
		tries int
		logs  bool
	}{
		{"taken", []int{204}, 1, false},
		{"taken in the end", []int{503, 0, 429, -1, 200}, 5, false},
		{"never taken", []int{500}, webhook.Tries, true},
		{"refused", []int{403}, 1, true},
		{"elsewhere", []int{302}, 1, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, log := &hook{steps: row.steps}, &strings.Builder{}
				w := webhook.New(webhook.Config{
					URL: "https://ops.test/hook?token=x-0815", Secret: secret, Transport: h, Log: slog.New(slog.NewTextHandler(log, nil)),
				})
				defer w.Close()
				start := time.Now()
				w.Alert(alert)
				require.Equal(t, start, time.Now(), "nobody waits")
				time.Sleep(10 * time.Minute)
				require.Len(t, h.at, row.tries)
				require.Equal(t, row.logs, log.Len() > 0, log.String())
				require.NotContains(t, log.String(), "0815")
				for i := range h.at {
					require.Equal(t, h.bodies[0], h.bodies[i])
					stamp := h.heads[i].Get("X-Routedrill-Timestamp")
					require.Equal(t, strconv.FormatInt(h.at[i].Unix(), 10), stamp)
					require.Equal(t, webhook.Signature(secret, stamp, []byte(h.bodies[i])), h.heads[i].Get("X-Routedrill-Signature"))
					if i > 1 {
						require.Greater(t, h.at[i].Sub(h.at[i-1]), h.at[1].Sub(h.at[0])/2, "the waits grow")
					}
				}
				var m map[string]any
				require.NoError(t, json.Unmarshal([]byte(h.bodies[0]), &m))
				require.Equal(t, []any{"a/m", "chat", "errors", "fast", "raised", 200.0, 431.0},
					[]any{m["target"], m["endpoint"], m["signal"], m["burn"], m["state"], m["rate"], m["samples"]})
			})
		})
	}
}

func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hook{steps: []int{503, 200}}
		w := webhook.New(webhook.Config{URL: "https://ops.test/hook", Secret: secret, Transport: h})
		defer w.Close()
		w.Job(audit.JobOver{ID: "job-1", RequestID: "r-7", Tenant: "acme", Task: "nightly", Route: "smart", Done: true, Tries: 1, Finished: time.Unix(1000, 0)})
		w.Job(audit.JobOver{ID: "job-2", RequestID: "r-8", Route: "smart", Reason: "deadline", Finished: time.Unix(1001, 0)})
		time.Sleep(time.Minute)
		require.Len(t, h.bodies, 3, "the first twice")
		require.Equal(t, h.bodies[0], h.bodies[1])
		var one, two map[string]any
		require.NoError(t, json.Unmarshal([]byte(h.bodies[1]), &one))
		require.NoError(t, json.Unmarshal([]byte(h.bodies[2]), &two))
		require.NotEqual(t, one["id"], two["id"])
		delete(one, "id")
		delete(two, "id")
		require.Equal(t, map[string]any{
			"job": "job-1", "status": "done", "request_id": "r-7", "tenant": "acme", "task": "nightly", "model": "smart", "tries": 1.0,
			"finished_at": "1970-01-01T00:16:40Z",
		}, one)
		require.Equal(t, map[string]any{
			"job": "job-2", "status": "dead", "reason": "deadline", "request_id": "r-8", "model": "smart", "tries": 0.0, "finished_at": "1970-01-01T00:16:41Z",
		}, two)
	})
}

func TestSignature(t *testing.T) {
	// By hand: printf '1.{}' | openssl dgst -sha256 -hmac key
	require.Equal(t, "sha256=1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224", webhook.Signature("key", "1", []byte("{}")))
}

// A receiver that hangs holds up the alerts behind it and nobody else; what does
// not fit is dropped.
func TestQueueIsBoundedAndCloseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, log := &hook{steps: []int{-1}}, &strings.Builder{}
		w := webhook.New(webhook.Config{URL: "https://ops.test/hook", Secret: secret, Transport: h, Log: slog.New(slog.NewTextHandler(log, nil))})
		start := time.Now()
		w.Alert(alert)
		synctest.Wait()
		for range webhook.Queue + 3 {
			w.Alert(alert)
		}
		require.Equal(t, 3, strings.Count(log.String(), "dropped"))
		w.Close()
		require.Equal(t, start, time.Now())
		require.Len(t, h.at, 1)
		w.Alert(alert)
		w.Close()
	})
}

// The same over a socket.
func TestOverASocket(t *testing.T) {
	got := make(chan *http.Request, 1)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		q.Body = io.NopCloser(strings.NewReader(string(body)))
		got <- q
	}))
	defer s.Close()
	w := webhook.New(webhook.Config{URL: s.URL, Secret: secret})
	defer w.Close()
	w.Alert(alert)
	q := <-got
	body, _ := io.ReadAll(q.Body)
	require.Equal(t, webhook.Signature(secret, q.Header.Get("X-Routedrill-Timestamp"), body), q.Header.Get("X-Routedrill-Signature"))
	require.Equal(t, "application/json", q.Header.Get("Content-Type"))
}
