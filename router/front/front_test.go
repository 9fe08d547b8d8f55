package front_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/front"
)

// backend stands for the router: it says what has come through to it.
func backend(w http.ResponseWriter, q *http.Request) {
	n, err := io.Copy(io.Discard, q.Body)
	if err != nil {
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, err.Error())
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"tenant": q.Header["X-Routedrill-Tenant"], "authorization": q.Header["Authorization"], "bytes": n,
	})
}

type key struct{ plain, name, tenant string }

var acme, other = key{"rdk-of-acme", "shop", "acme"}, key{"rdk-of-other", "other", ""}

func (k key) made() front.Key {
	return front.Key{Name: k.name, Hash: front.Hash(k.plain), Tenant: k.tenant}
}

func open(t *testing.T, c front.Config) *front.Front {
	t.Helper()
	f, err := front.New(c)
	require.NoError(t, err)
	return f
}

func ask(h http.Handler, method, target, body string, header http.Header) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, target, strings.NewReader(body))
	for name, v := range header {
		q.Header[name] = v
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w
}

func bearer(key string) http.Header { return http.Header{"Authorization": {"Bearer " + key}} }

func TestKeys(t *testing.T) {
	h := open(t, front.Config{Keys: []front.Key{acme.made(), other.made()}}).Before(http.HandlerFunc(backend))
	for _, row := range []struct {
		name   string
		path   string
		header http.Header
		status int
		tenant string
	}{
		{name: "no key", status: 401},
		{name: "a wrong key", header: bearer("rdk-of-nobody"), status: 401},
		{name: "an empty key", header: bearer(""), status: 401},
		{name: "the hash in place of the key", header: bearer(front.Hash(acme.plain)), status: 401},
		{name: "the beginning of a key", header: bearer(acme.plain[:len(acme.plain)-1]), status: 401},
		{name: "another scheme", header: http.Header{"Authorization": {"Basic " + acme.plain}}, status: 401},
		{name: "a key too many", header: http.Header{"Authorization": {"Bearer " + acme.plain, "Bearer " + other.plain}}, status: 401},
		{name: "a very long key", header: bearer(strings.Repeat("x", 100_000)), status: 401},
		{name: "a key in a header it does not belong in", header: http.Header{"X-Api-Key": {acme.plain}}, status: 401},
		{name: "a key in the address", path: "/v1/models?api_key=" + acme.plain, status: 401},
		{name: "a path around the key", path: "/status.json/../v1/models", status: 401},
		{name: "an encoded path around the key", path: "/%73tatus.json/..%2fv1/models", status: 401},
		{name: "a doubled slash", path: "//status.json", status: 401},
		{name: "what is for everybody", path: "/status.json", status: 200},
		{name: "a load balancer", path: "/readyz", status: 200},
		{name: "a key", header: bearer(acme.plain), status: 200, tenant: "acme"},
		{name: "a key written small", header: http.Header{"Authorization": {"bearer  " + acme.plain}}, status: 200, tenant: "acme"},
		{name: "a key without a tenant is one", header: bearer(other.plain), status: 200, tenant: "other"},
		{name: "a tenant somebody would like to be", header: http.Header{"Authorization": {"Bearer " + other.plain}, "X-Routedrill-Tenant": {"acme"}}, status: 200, tenant: "other"},
		{name: "two of them", header: http.Header{"Authorization": {"Bearer " + other.plain}, "X-Routedrill-Tenant": {"acme", "acme"}}, status: 200, tenant: "other"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.path == "" {
				row.path = "/v1/models"
			}
			w := ask(h, "GET", row.path, "", row.header)
			require.Equal(t, row.status, w.Code)
			if row.status == 401 {
				require.JSONEq(t, `{"code":"invalid_api_key","type":"invalid_request_error","param":null}`, withoutMessage(t, w))
				require.NotContains(t, w.Body.String(), "rdk-of", "no answer repeats a key")
				return
			}
			var got struct{ Tenant, Authorization []string }
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
			require.Empty(t, got.Authorization, "the key goes no further")
			if row.tenant != "" {
				require.Equal(t, []string{row.tenant}, got.Tenant)
			}
		})
	}
}

// withoutMessage is the error in an answer, less its words for people.
func withoutMessage(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var e struct{ Error map[string]any }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &e), w.Body.String())
	require.NotEmpty(t, e.Error["message"])
	delete(e.Error, "message")
	b, err := json.Marshal(e.Error)
	require.NoError(t, err)
	return string(b)
}

func TestNoKeysIsOpen(t *testing.T) {
	f := open(t, front.Config{})
	require.True(t, f.Open())
	w := ask(f.Before(http.HandlerFunc(backend)), "GET", "/v1/models", "", http.Header{"X-Routedrill-Tenant": {"acme"}, "Authorization": {"Bearer any"}})
	require.Equal(t, 200, w.Code)
	require.JSONEq(t, `{"tenant":["acme"],"authorization":["Bearer any"],"bytes":0}`, w.Body.String())
}

func TestBadConfigs(t *testing.T) {
	for _, row := range []struct {
		name string
		c    front.Config
		want string
	}{
		{"no name", front.Config{Keys: []front.Key{{Hash: front.Hash("a")}}}, "name must be"},
		{"no hash", front.Config{Keys: []front.Key{{Name: "a", Hash: "rdk-secret"}}}, `key "a": hash must be the SHA-256 of the key`},
		{"a name twice", front.Config{Keys: []front.Key{{Name: "a", Hash: front.Hash("a")}, {Name: "a", Hash: front.Hash("b")}}}, `"a" stands twice`},
		{"a key twice", front.Config{Keys: []front.Key{{Name: "a", Hash: front.Hash("a")}, {Name: "b", Hash: front.Hash("a")}}}, "have one hash"},
		{"every tenant", front.Config{Keys: []front.Key{{Name: "a", Hash: front.Hash("a"), Tenant: "*"}}}, `"*" is no tenant`},
		{"every tenant, by name", front.Config{Keys: []front.Key{{Name: "*", Hash: front.Hash("a")}}}, `"*" is no tenant`},
		{"a tenant in two words", front.Config{Keys: []front.Key{{Name: "a", Hash: front.Hash("a"), Tenant: "a b"}}}, "tenant must be"},
		{"a quota below nothing", front.Config{Keys: []front.Key{{Name: "a", Hash: front.Hash("a"), Concurrent: -1}}}, "a quota of -1"},
		{"a body too large", front.Config{Limits: front.Limits{BodyBytes: 1 << 30}}, "a body of 1073741824 bytes"},
		{"bodies that hold none", front.Config{Limits: front.Limits{BodyBytes: 1 << 20, Bodies: 1000}}, "do not hold one"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := front.New(row.c)
			require.ErrorContains(t, err, row.want)
			require.NotContains(t, err.Error(), "rdk-secret")
		})
	}
}

// A minute's requests may come at once; then one comes back at a time, and Retry-After
// says when. What is refused takes nothing.
func TestRequestsOfAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := acme.made()
		k.RequestsPerMinute = 6
		f := open(t, front.Config{Keys: []front.Key{k, other.made()}})
		h := f.Before(http.HandlerFunc(backend))
		for range 6 {
			require.Equal(t, 200, ask(h, "GET", "/v1/models", "", bearer(acme.plain)).Code)
		}
		for range 3 {
			w := ask(h, "GET", "/v1/models", "", bearer(acme.plain))
			require.Equal(t, 429, w.Code)
			require.JSONEq(t, `{"code":"rate_limit_exceeded","type":"requests","param":null}`, withoutMessage(t, w))
			after, err := strconv.Atoi(w.Header().Get("Retry-After"))
			require.NoError(t, err)
			require.True(t, 10 <= after && after <= 15, "%d", after)
		}
		require.Equal(t, 200, ask(h, "GET", "/v1/models", "", bearer(other.plain)).Code, "others are not concerned")
		time.Sleep(10 * time.Second)
		require.Equal(t, 200, ask(h, "GET", "/v1/models", "", bearer(acme.plain)).Code)
		require.Equal(t, 429, ask(h, "GET", "/v1/models", "", bearer(acme.plain)).Code)
		require.Equal(t, int64(4), f.Stats().OverQuota)

		k.RequestsPerMinute, k.Routes = 12, []string{"smart"}
		require.NoError(t, f.Change(front.Config{Keys: []front.Key{k}}))
		require.Equal(t, 429, ask(h, "GET", "/v1/models", "", bearer(acme.plain)).Code, "what was used stays used")
		require.Equal(t, 401, ask(h, "GET", "/v1/models", "", bearer(other.plain)).Code, "a key that is gone is gone")
		require.Error(t, f.Change(front.Config{Keys: []front.Key{{Name: "x"}}}))
		time.Sleep(time.Minute)
		require.Equal(t, 200, ask(h, "GET", "/v1/models", "", bearer(acme.plain)).Code, "a bad config changes nothing")
	})
}

// held is a backend whose requests stay under way until they are let go.
type held struct{ in, out chan struct{} }

func (h held) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	h.in <- struct{}{}
	<-h.out
}

// Places are for everybody, but the last fifth is not for what can wait.
func TestPlaces(t *testing.T) {
	for _, row := range []struct {
		name   string
		limits front.Limits
		own    int
		batch  int // let in
		all    int
		status int
	}{
		{"of all", front.Limits{Concurrent: 10}, 0, 8, 10, 503},
		{"of a key", front.Limits{}, 5, 4, 5, 429},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := acme.made()
				k.Concurrent = row.own
				f := open(t, front.Config{Keys: []front.Key{k}, Limits: row.limits})
				b := held{make(chan struct{}), make(chan struct{})}
				h := f.Before(b)
				batch := bearer(acme.plain)
				batch["X-Routedrill-Class"] = []string{"batch"}
				ended := make(chan int, 100)
				start := func(header http.Header) {
					go func() { ended <- ask(h, "POST", "/v1/chat/completions", "", header).Code }()
					<-b.in
				}
				for range row.batch {
					start(batch)
				}
				w := ask(h, "POST", "/v1/chat/completions", "", batch)
				require.Equal(t, row.status, w.Code)
				require.NotEmpty(t, w.Header().Get("Retry-After"))
				for range row.all - row.batch {
					start(bearer(acme.plain))
				}
				require.Equal(t, row.status, ask(h, "POST", "/v1/chat/completions", "", bearer(acme.plain)).Code)
				require.Equal(t, int64(row.all), f.Stats().UnderWay)
				close(b.out)
				for range row.all {
					require.Equal(t, 200, <-ended)
				}
				require.Zero(t, f.Stats().UnderWay)
			})
		})
	}
}

// endless is a body that never ends, and says how much was read of it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	return len(p), nil
}

func TestBodies(t *testing.T) {
	f := open(t, front.Config{Limits: front.Limits{BodyBytes: 1 << 20, Bodies: 3 << 19}})
	h := f.Before(http.HandlerFunc(backend))
	t.Run("1 GB, by its own word", func(t *testing.T) {
		body := &endless{}
		q := httptest.NewRequest("POST", "/v1/chat/completions", body)
		q.ContentLength = 1 << 30
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		require.Equal(t, 413, w.Code)
		require.JSONEq(t, `{"code":"request_too_large","type":"invalid_request_error","param":null}`, withoutMessage(t, w))
		require.Zero(t, body.read, "nobody looks at it")
	})
	t.Run("without end, and without a word", func(t *testing.T) {
		body := &endless{}
		q := httptest.NewRequest("POST", "/v1/chat/completions", body)
		q.ContentLength = -1
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		require.Equal(t, "http: request body too large", w.Body.String())
		require.LessOrEqual(t, body.read, int64(1<<20+64<<10))
		require.Zero(t, f.Stats().BodyBytes, "given back")
	})
	t.Run("too much of all together", func(t *testing.T) {
		b := held{make(chan struct{}), make(chan struct{})}
		reading := f.Before(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			backend(w, q)
			b.ServeHTTP(w, q)
		}))
		ended := make(chan int)
		go func() {
			ended <- ask(reading, "POST", "/v1/chat/completions", strings.Repeat("x", 1<<20), nil).Code
		}()
		<-b.in
		w := ask(h, "POST", "/v1/chat/completions", strings.Repeat("x", 1<<20), nil)
		require.Equal(t, router.ErrOverloaded.Error(), w.Body.String())
		require.Equal(t, 200, ask(h, "POST", "/v1/chat/completions", strings.Repeat("x", 1<<18), nil).Code, "a small one has room")
		close(b.out)
		require.Equal(t, 200, <-ended)
		require.Zero(t, f.Stats().BodyBytes)
	})
}

func TestAdmin(t *testing.T) {
	const token = "0123456789abcdef"
	require.NoError(t, front.CheckToken(token))
	for _, bad := range []string{"", "short", strings.Repeat("x", 513), "0123456789abcde f"} {
		require.Error(t, front.CheckToken(bad), bad)
	}
	h := front.Admin(token, http.HandlerFunc(backend))
	basic := func(password string) http.Header {
		q := httptest.NewRequest("GET", "/", nil)
		q.SetBasicAuth("anybody", password)
		return q.Header
	}
	for _, row := range []struct {
		name   string
		method string
		header http.Header
		status int
	}{
		{"no token", "GET", nil, 401},
		{"a wrong token", "GET", bearer("0123456789abcdeF"), 401},
		{"no password", "GET", basic(""), 401},
		{"a wrong password", "GET", basic("0123456789abcde"), 401},
		{"a token too many", "GET", http.Header{"Authorization": {"Bearer " + token, "Bearer " + token}}, 401},
		{"the token", "GET", bearer(token), 200},
		{"the token to change something", "DELETE", bearer(token), 200},
		{"a browser", "GET", basic(token), 200},
		{"a browser's own page", "POST", both(basic(token), "Sec-Fetch-Site", "same-origin"), 200},
		{"another site's page, in a browser that knows the token", "POST", both(basic(token), "Sec-Fetch-Site", "cross-site"), 403},
		{"the same, in an older browser", "DELETE", both(basic(token), "Origin", "https://elsewhere.example"), 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := ask(h, row.method, "/cache", "", row.header)
			require.Equal(t, row.status, w.Code)
			if row.status == 401 {
				require.Contains(t, w.Header().Get("WWW-Authenticate"), "Basic ", "a browser is to ask its user")
			}
			require.NotContains(t, w.Body.String(), token)
		})
	}
}

func both(h http.Header, name, value string) http.Header {
	h.Set(name, value)
	return h
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:80": true, "localhost:0": true, "[::1]:80": true, "127.9.9.9:1": true,
		":80": false, "0.0.0.0:80": false, "[::]:80": false, "10.0.0.1:80": false, "example.com:80": false, "": false,
	} {
		require.Equal(t, want, front.Loopback(addr), addr)
	}
}
