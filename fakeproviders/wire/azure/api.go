package azure

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/fakeproviders/keyed"
	"github.com/routedrill/routedrill/fakeproviders/wire"
	"github.com/routedrill/routedrill/fakeproviders/wire/openai"
)

// Version is the version of the API that messages name.
const Version = "2024-10-21"

// API is Azure OpenAI's API under /openai. The zero value is ready for use.
type API struct{ openai.API }

// operations are the endpoints by the end of their path.
var operations = map[string]string{
	"chat/completions": wire.Chat,
	"completions":      wire.Completions,
	"embeddings":       wire.Embeddings,
	"responses":        wire.Responses,
	"models":           wire.Models,
}

// Route implements wire.API. Azure knows no wrong methods, only resources that
// it does not find.
func (API) Route(r *http.Request) (wire.Call, *wire.Error) {
	c, ok := locate(r.URL)
	want := http.MethodPost
	if c.Endpoint == wire.Models {
		want = http.MethodGet
	}
	if !ok || r.Method != want {
		return c, notFound()
	}
	return c, nil
}

// locate reads a path and its version.
func locate(u *url.URL) (c wire.Call, ok bool) {
	rest, ok := strings.CutPrefix(u.EscapedPath(), "/openai/")
	if !ok {
		return c, false
	}
	operation, v1 := strings.CutPrefix(rest, "v1/")
	if !v1 && !validVersion(u.Query().Get("api-version")) {
		return c, false
	}
	if after, of := strings.CutPrefix(operation, "deployments/"); of && !v1 {
		var deployment string
		deployment, operation, _ = strings.Cut(after, "/")
		model, err := url.PathUnescape(deployment)
		if err != nil || model == "" {
			return c, false
		}
		c.Model, c.Endpoint = model, operations[operation]
		return c, c.Endpoint != "" && c.Endpoint != wire.Responses && c.Endpoint != wire.Models
	}
	if id, of := strings.CutPrefix(operation, "models/"); of {
		model, err := url.PathUnescape(id)
		c.Endpoint, c.Model = wire.Models, model
		return c, err == nil
	}
	c.Endpoint = operations[operation]
	return c, c.Endpoint != "" && (v1 || c.Endpoint == wire.Responses || c.Endpoint == wire.Models)
}

// validVersion reports whether a version is a date, with -preview or without.
func validVersion(v string) bool {
	_, err := time.Parse(time.DateOnly, strings.TrimSuffix(v, "-preview"))
	return err == nil
}

// Authorise implements wire.API.
func (API) Authorise(r *http.Request, want string) *wire.Error {
	if want == "" || r.Header.Get("Api-Key") == want || r.Header.Get("Authorization") == "Bearer "+want {
		return nil
	}
	return denied()
}

// Parse implements wire.API. The deployment in the path is the model; the body
// need not name one.
func (API) Parse(c *wire.Call, body []byte, r *wire.Request) *wire.Error {
	r.Model = c.Model
	bad := openai.Parse(c.Endpoint, body, r)
	if c.Model != "" {
		r.Model = c.Model
	}
	return bad.Wire()
}

// Shared header values. Their capacity equals their length, so that Add on a
// header copies instead of writing into them; nobody changes them in place.
var (
	jsonType   = []string{"application/json"}
	streamType = []string{"text/event-stream; charset=utf-8"}
)

// Header implements wire.API.
func (API) Header(h http.Header, m *wire.Meta) {
	h["Content-Type"] = jsonType
	if m.Stream {
		h["Content-Type"] = streamType
	}
	h["Apim-Request-Id"] = []string{uuid(m.ID)}
	h["X-Request-Id"] = []string{uuid(m.ID + 1)}
	if m.Region != "" {
		h["X-Ms-Region"] = []string{m.Region}
	}
	setRate(h, "Requests", m.Rates.Requests)
	setRate(h, "Tokens", m.Rates.Tokens)
}

func setRate(h http.Header, unit string, r wire.Rate) {
	if r.Limit > 0 {
		h["X-Ratelimit-Limit-"+unit] = []string{strconv.Itoa(r.Limit)}
		h["X-Ratelimit-Remaining-"+unit] = []string{strconv.Itoa(r.Remaining)}
	}
}

// uuid returns a UUID of version 4 that derives from id.
func uuid(id uint64) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], keyed.Key(id).Draw("high"))
	binary.BigEndian.PutUint64(raw[8:], keyed.Key(id).Draw("low"))
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	b := make([]byte, 36)
	hex.Encode(b, raw[:4])
	for i, at := range []int{9, 14, 19} {
		b[at-1] = '-'
		hex.Encode(b[at:], raw[4+2*i:6+2*i])
	}
	b[23] = '-'
	hex.Encode(b[24:], raw[10:])
	return string(b)
}
