package router_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// keyed is a request with an Idempotency-Key, from a client with a key of its own.
func (g *rig) keyed(ctx context.Context, key, client, model string, stream bool) *httptest.ResponseRecorder {
	q := chat(ctx, model, stream)
	q.Header.Set("Idempotency-Key", key)
	q.Header.Set("Authorization", "Bearer "+client)
	return g.do(q)
}

func TestIdempotencyKeyReplays(t *testing.T) {
	for name, row := range map[string]struct {
		step   step
		stream bool
	}{
		"whole":  {ok(), false},
		"stream": {sse(role, token, finish, done), true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.step, answer(500, "{}")}})
				first := g.keyed(t.Context(), "k", "one", "only", row.stream)
				require.Equal(t, 200, first.Code)
				again := g.keyed(t.Context(), "k", "one", "only", row.stream)
				require.Equal(t, 200, again.Code)
				require.Equal(t, first.Body.String(), again.Body.String())
				require.Equal(t, first.Header().Get("Content-Type"), again.Header().Get("Content-Type"))
				require.Equal(t, "a", again.Header().Get("X-Routedrill-Provider"))
				require.Equal(t, "true", again.Header().Get("X-Routedrill-Replayed"))
				require.Equal(t, audit.Replayed, g.log.last(t).Outcome)
				require.Empty(t, g.log.last(t).Attempts)
				require.Len(t, g.fakes.seen, 1, "executed once")

				require.Equal(t, 422, g.keyed(t.Context(), "k", "one", "smart", row.stream).Code, "another body")
				require.NotEqual(t, 200, g.keyed(t.Context(), "k", "two", "only", row.stream).Code, "another client's request is its own")
				time.Sleep(11 * time.Minute)
				require.NotEqual(t, 200, g.keyed(t.Context(), "k", "one", "only", row.stream).Code, "forgotten")
			})
		})
	}
}

func TestIdempotencyKeyOfAFailureIsFree(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(400, `{"error":{}}`), ok()}})
		require.Equal(t, 400, g.keyed(t.Context(), "k", "one", "only", false).Code)
		require.Equal(t, 200, g.keyed(t.Context(), "k", "one", "only", false).Code)
	})
}

func TestIdempotencyKeyJoins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {after(2*time.Second, ok())}})
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				require.Equal(t, 200, g.keyed(t.Context(), "k", "one", "only", false).Code)
			})
		}
		wg.Wait()
		require.Len(t, g.fakes.seen, 1)
		require.Len(t, g.log.records, 5)
	})
}

// Who waits for a request that fails runs its own, one at a time, and not for ever.
func TestIdempotencyKeyJoinsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {after(time.Second, answer(400, `{"error":{}}`))}})
		codes := map[int]int{}
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 10 * time.Millisecond)
				code := g.keyed(t.Context(), "k", "one", "only", false).Code
				mu.Lock()
				codes[code]++
				mu.Unlock()
			})
		}
		wg.Wait()
		require.Equal(t, 8, codes[400]+codes[409])
		require.LessOrEqual(t, len(g.fakes.seen), 4)
		require.Positive(t, codes[409])
	})
}

func TestIdempotencyKeyIsLookedAt(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok()}})
	require.Equal(t, 400, g.keyed(t.Context(), strings.Repeat("k", 256), "one", "only", false).Code)
	off := newRig(t, map[string][]step{"a": {ok()}}, func(c *router.Config) { c.Idempotency = router.Idempotency{Entries: 1} })
	for range 2 {
		require.Equal(t, 200, off.keyed(t.Context(), "k", "one", "only", false).Code)
	}
	require.Len(t, off.fakes.seen, 2, "a TTL of 0 remembers nothing")
	c := config()
	c.Idempotency = router.Idempotency{TTL: 48 * time.Hour, Entries: 1, MaxBytes: 1 << 20}
	_, err := router.New(c)
	require.ErrorContains(t, err, "idempotency")
}
