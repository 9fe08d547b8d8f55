package router_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// caching keeps answers of the task faq for a minute.
func caching(c *router.Config) {
	c.Cache = router.Cache{TTL: map[string]time.Duration{"faq": time.Minute}, StaleIfError: time.Hour}
}

// faq is a chat of the task faq with fields of its own.
func faq(ctx context.Context, model, fields string, header ...string) *http.Request {
	q := post(ctx, "/v1/chat/completions", `{"model":"`+model+`","messages":[{"role":"user","content":"hello"}]`+fields+`}`)
	q.Header.Set("X-Routedrill-Task", "faq")
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	return q
}

// says is a provider's whole answer with a text of its own.
func says(text string) step { return answer(200, strings.Replace(answerBody, "hi there", text, 1)) }

// cacheOf is what an answer says of the cache, and how old it is.
func cacheOf(w *httptest.ResponseRecorder) string {
	return strings.TrimSpace(w.Header().Get("X-Routedrill-Cache") + " " + w.Header().Get("Age"))
}

func TestCacheHits(t *testing.T) {
	for name, row := range map[string]struct {
		step   step
		fields string
	}{
		"whole":  {ok(), ""},
		"stream": {sse(role, token, finish, done), `,"stream":true`},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.step, answer(500, "{}")}}, caching)
				first := g.do(faq(t.Context(), "only", row.fields))
				require.Equal(t, "miss", cacheOf(first))
				require.Equal(t, audit.CacheUse{State: audit.Miss}, g.log.last(t).Cache)
				time.Sleep(59*time.Second + 900*time.Millisecond)
				q := faq(t.Context(), "only", row.fields)
				q.Header.Set("X-Client-Request-Id", "another")
				again := g.do(q)
				require.Equal(t, 200, again.Code)
				require.Equal(t, "hit 59", cacheOf(again))
				require.Equal(t, first.Body.Bytes(), again.Body.Bytes())
				require.Equal(t, first.Header()["Content-Type"], again.Header()["Content-Type"])
				require.Equal(t, "a", again.Header().Get("X-Routedrill-Provider"))
				require.Equal(t, "0", again.Header().Get("X-Routedrill-Attempts"))
				require.Equal(t, "another", again.Header().Get("X-Routedrill-Request-Id"))
				r := g.log.last(t)
				require.Equal(t, audit.Cached, r.Outcome)
				require.Equal(t, audit.CacheUse{State: audit.Hit, Origin: "req-000001", Age: 59*time.Second + 900*time.Millisecond}, r.Cache)
				require.Empty(t, r.Attempts)
				require.EqualValues(t, again.Body.Len(), r.Bytes)
				require.Len(t, g.fakes.seen, 1)
			})
		})
	}
}

// What is equal, and what is not, after a first request has been answered.
func TestCacheKey(t *testing.T) {
	plain := func(ctx context.Context) *http.Request { return faq(ctx, "only", "") }
	body := func(b string) func(context.Context) *http.Request {
		return func(ctx context.Context) *http.Request {
			q := post(ctx, "/v1/chat/completions", b)
			q.Header.Set("X-Routedrill-Task", "faq")
			return q
		}
	}
	with := func(fields string, header ...string) func(context.Context) *http.Request {
		return func(ctx context.Context) *http.Request { return faq(ctx, "only", fields, header...) }
	}
	for name, row := range map[string]struct {
		first, second func(context.Context) *http.Request
		want          string
	}{
		"the same":                         {plain, plain, "hit"},
		"other spelling":                   {plain, body(`{ "messages" : [{"content":" h\u0065llo\r\n","role":"user"}], "n":1, "stream":false, "seed":null, "model":"only" }`), "hit"},
		"line ends":                        {body(`{"model":"only","messages":[{"role":"user","content":"a\r\nb"}]}`), body(`{"model":"only","messages":[{"role":"user","content":[{"type":"text","text":"a\nb"}]}]}`), "miss"},
		"another user":                     {plain, with(`,"user":"u"`), "hit"},
		"another route to the same family": {plain, func(ctx context.Context) *http.Request { return faq(ctx, "smart", "") }, "hit"},
		"another prompt":                   {plain, body(`{"model":"only","messages":[{"role":"user","content":"hello!"}]}`), "miss"},
		"another role":                     {plain, body(`{"model":"only","messages":[{"role":"system","content":"hello"}]}`), "miss"},
		"a parameter":                      {plain, with(`,"max_tokens":5`), "miss"},
		"an unknown parameter":             {plain, with(`,"x":null,"y":[1]`), "miss"},
		"a schema":                         {with(`,"response_format":{"type":"json_schema","json_schema":{"schema":{"a":1}}}`), with(`,"response_format":{"type":"json_schema","json_schema":{"schema":{"a":2}}}`), "miss"},
		"a stream":                         {plain, with(`,"stream":true`), "miss"},
		"another tenant":                   {with("", "X-Routedrill-Tenant", "one"), with("", "X-Routedrill-Tenant", "two"), "miss"},
		"a tenant's users":                 {with("", "X-Routedrill-Tenant", "one", "Authorization", "1"), with("", "X-Routedrill-Tenant", "one", "Authorization", "2"), "hit"},
		"nobody's tenant":                  {with("", "X-Routedrill-Tenant", "one"), plain, "miss"},
		"another key, no tenant":           {with("", "Authorization", "1"), with("", "Authorization", "2"), "miss"},
		"no tricks with both":              {with("", "X-Routedrill-Tenant", "one"), with("", "Authorization", "one"), "miss"},
		"temperature 0":                    {with(`,"temperature":0.0`), with(`,"temperature":0.0`), "hit"},
		"left to chance":                   {with(`,"temperature":0.2`), with(`,"temperature":0.2`), ""},
		"several answers":                  {with(`,"n":2`), with(`,"n":2`), ""},
		"tools":                            {with(`,"tools":[{"type":"function"}]`), with(`,"tools":[{"type":"function"}]`), ""},
		"no tools":                         {with(`,"tools":[]`), with(`,"tools":[]`), "hit"},
		"web search":                       {with(`,"web_search_options":{}`), with(`,"web_search_options":{}`), ""},
		"another task":                     {plain, with("", "X-Routedrill-Task", "other"), ""},
		"not to be stored":                 {with("", "Cache-Control", "no-store"), plain, "miss"},
		"not to be answered from it":       {plain, with("", "Cache-Control", "no-cache"), "refresh"},
		"refreshed":                        {with("", "Cache-Control", "no-cache"), plain, "hit"},
		"tags that cannot be read":         {with("", "X-Routedrill-Cache-Tags", "a,,b"), plain, "miss"},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t, map[string][]step{"a": {ok()}}, caching)
			require.Equal(t, 200, g.do(row.first(t.Context())).Code)
			w := g.do(row.second(t.Context()))
			require.Equal(t, row.want, w.Header().Get("X-Routedrill-Cache"), w.Body.String())
		})
	}
}

// Only what is whole, valid and complete is kept.
func TestCacheKeepsGoodAnswersOnly(t *testing.T) {
	for name, row := range map[string]struct {
		step   step
		stream bool
	}{
		"cut":                 {answer(200, strings.Replace(answerBody, `"stop"`, `"length"`, 1)), false},
		"filtered":            {answer(200, strings.Replace(answerBody, `"stop"`, `"content_filter"`, 1)), false},
		"unfinished":          {answer(200, strings.Replace(answerBody, `"stop"`, `null`, 1)), false},
		"refused":             {answer(400, `{"error":{"message":"no"}}`), false},
		"an error":            {answer(503, `{}`), false},
		"a giant":             {says(strings.Repeat("x", 2<<10)), false},
		"a stream cut":        {sse(role, token, strings.Replace(finish, "stop", "length", 1), done), true},
		"a stream broken off": {sse(role, token), true},
		"a stream's error":    {sse(role, token, `{"error":{"message":"x"}}`), true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": {row.step}}, caching, func(c *router.Config) {
					c.Cache.MaxBytes, c.Resilience.MaxWait = 8<<10, 0
				})
				fields := ""
				if row.stream {
					fields = `,"stream":true`
				}
				g.do(faq(t.Context(), "only", fields))
				seen := len(g.fakes.seen)
				time.Sleep(time.Minute - time.Second)
				require.Equal(t, "miss", cacheOf(g.do(faq(t.Context(), "only", fields))))
				require.Greater(t, len(g.fakes.seen), seen)
			})
		})
	}
}

func TestCacheKeepsAFamilyTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {answer(503, "{}")}, "b": {says("b's"), hang()}, "c": {says("c's")}}, caching, func(c *router.Config) {
			c.Providers[0].Models[0].Family, c.Providers[1].Models[0].Family = "f", "f"
			c.Resilience.Breaker.MinSamples, c.Resilience.MaxWait, c.Resilience.QuickRetry = 1, 0, 0
		})
		require.Equal(t, "miss", cacheOf(g.do(faq(t.Context(), "smart", ""))), "a fails over to b")
		require.Equal(t, "hit 0", cacheOf(g.do(faq(t.Context(), "smart", ""))))
		require.Contains(t, g.do(faq(t.Context(), "smart", "")).Body.String(), "b's")

		g.fakes.play("b", answer(503, "{}"))
		other := g.do(faq(t.Context(), "smart", `,"seed":1`))
		require.Contains(t, other.Body.String(), "c's", "now b's breaker is open too")
		require.Equal(t, "miss", cacheOf(g.do(faq(t.Context(), "c/m", ""))), "c is another family")
		require.Equal(t, "hit 0", cacheOf(g.do(faq(t.Context(), "smart", `,"seed":1`))), "the route goes to c")
		require.Contains(t, g.do(faq(t.Context(), "smart", "")).Body.String(), "c's", "what b has said is not found")
		time.Sleep(30 * time.Second)
		require.Contains(t, g.do(faq(t.Context(), "smart", "")).Body.String(), "b's", "until a or b are to be tried again")
	})
}

func TestCacheIsStaleIfError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newRig(t, map[string][]step{"a": {ok()}, "b": {hang()}}, caching)
		first := g.do(faq(t.Context(), "only", ""))
		require.Equal(t, 200, first.Code)
		kept := time.Now()
		g.fakes.play("a", answer(503, "{}"))

		time.Sleep(time.Minute)
		w := g.do(faq(t.Context(), "only", ""))
		require.Equal(t, 200, w.Code)
		require.Equal(t, "stale "+strconv.Itoa(int(time.Since(kept).Seconds())), cacheOf(w))
		require.Equal(t, first.Body.Bytes(), w.Body.Bytes())
		r := g.log.last(t)
		require.Equal(t, audit.Cached, r.Outcome)
		require.Equal(t, audit.Stale, r.Cache.State)
		require.Equal(t, "req-000001", r.Cache.Origin)
		require.Equal(t, "a:server_error a:server_error", reasons(r), "it was tried, with its quick retry, and not waited for")
		require.Equal(t, "2", w.Header().Get("X-Routedrill-Attempts"))

		time.Sleep(time.Hour - time.Minute)
		require.Equal(t, 200, g.do(faq(t.Context(), "only", "")).Code, "within the bound")
		require.Equal(t, "refresh", cacheOf(g.do(faq(t.Context(), "only", "", "Cache-Control", "no-cache"))), "who wants a new one gets no old one")
		time.Sleep(2 * time.Minute)
		require.NotEqual(t, 200, g.do(faq(t.Context(), "only", "")).Code, "beyond it")
	})
}

// Equal requests at a time are sent once. Of one that fails each goes its own
// way, and a client that leaves takes nobody along.
func TestCacheSendsOnce(t *testing.T) {
	for name, row := range map[string]struct {
		steps []step
		leave bool // the first client leaves after a second
		sent  int
		hits  int
	}{
		"served":         {[]step{after(2*time.Second, ok())}, false, 1, 4},
		"failed":         {[]step{after(2*time.Second, answer(400, `{"error":{}}`))}, false, 5, 0},
		"the first left": {[]step{hang(), after(time.Second, ok())}, true, 2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				g := newRig(t, map[string][]step{"a": row.steps}, caching)
				var mu sync.Mutex
				var wg sync.WaitGroup
				marks := map[string]int{}
				for i := range 5 {
					wg.Go(func() {
						time.Sleep(time.Duration(i) * 100 * time.Millisecond)
						ctx := t.Context()
						if row.leave && i == 0 {
							var cancel context.CancelFunc
							ctx, cancel = context.WithTimeout(ctx, time.Second)
							defer cancel()
						}
						q := faq(ctx, "only", "")
						q.Header.Set("X-Client-Request-Id", "q"+strconv.Itoa(i))
						w := g.do(q)
						mu.Lock()
						marks[w.Header().Get("X-Routedrill-Cache")]++
						mu.Unlock()
					})
				}
				wg.Wait()
				require.Len(t, g.fakes.seen, row.sent)
				require.Equal(t, row.hits, marks["hit"], marks)
				require.Len(t, g.log.records, 5)
			})
		})
	}
}

func TestCacheOfEmbeddings(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {answer(200, `{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":3}}`)}}, caching)
	for _, want := range []string{"miss", "hit 0"} {
		q := post(t.Context(), "/v1/embeddings", `{"model":"only","input":"x"}`)
		q.Header.Set("X-Routedrill-Task", "faq")
		require.Equal(t, want, cacheOf(g.do(q)))
	}
}

// An answer that a key remembers is the cache's too, and the other way round.
func TestCacheAndIdempotencyKeys(t *testing.T) {
	g := newRig(t, map[string][]step{"a": {ok(), answer(500, "{}")}}, caching)
	require.Equal(t, 200, g.do(faq(t.Context(), "only", "", "Idempotency-Key", "k")).Code)
	require.Equal(t, "hit 0", cacheOf(g.do(faq(t.Context(), "only", ""))))
	require.Equal(t, "hit 0", cacheOf(g.do(faq(t.Context(), "only", "", "Idempotency-Key", "other"))))
	again := g.do(faq(t.Context(), "only", "", "Idempotency-Key", "k"))
	require.Equal(t, "true", again.Header().Get("X-Routedrill-Replayed"))
	require.Len(t, g.fakes.seen, 1)
}

func TestCacheSettings(t *testing.T) {
	for name, row := range map[string]struct {
		cache router.Cache
		want  string
	}{
		"off":            {router.Cache{}, ""},
		"usual":          {router.Cache{TTL: map[string]time.Duration{"*": time.Hour}}, ""},
		"no time at all": {router.Cache{TTL: map[string]time.Duration{"x": 0}}, "cache.ttl.x"},
		"too long":       {router.Cache{TTL: map[string]time.Duration{"x": 31 * 24 * time.Hour}}, "cache.ttl.x"},
		"stale too long": {router.Cache{StaleIfError: 31 * 24 * time.Hour}, "cache.stale_if_error"},
		"too many":       {router.Cache{Entries: 1_000_001}, "cache.entries"},
		"too small":      {router.Cache{MaxBytes: 1}, "cache.max_bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			c := config()
			c.Cache = row.cache
			_, err := router.New(c)
			if row.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, row.want)
		})
	}
}
