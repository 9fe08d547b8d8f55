package wire

import (
	"hash/fnv"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/routedrill/routedrill/router/internal/sse"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/router/wire/openai"
)

// translated is an API that is not the client's. It is made of what goes between
// the bytes of that API and the normal form.
type translated struct {
	// path is API.Path.
	path func(model, endpoint string, stream bool) (path, query string, ok bool)
	// header is API.Header.
	header func(key string) http.Header
	// lacks says what of a chat the API does not take; "" when it takes all.
	lacks func(c *llm.ChatRequest) string
	// chat is the body of a chat whose prompt has so many tokens, by the estimate of
	// llm.Request.
	chat func(c *llm.ChatRequest, t Target, prompt int64, stream bool) []byte
	// embed is the body of a request for embeddings; nil where path has none.
	embed func(e *llm.EmbedRequest, model string) []byte
	// result reads a whole answer of an endpoint; false for what is none.
	result func(body []byte, endpoint string) (llm.Result, bool)
	// decoder reads one stream.
	decoder func() decoder
	// readError reads an error body; false for what is none.
	readError func(body []byte) (llm.Error, bool)
}

// decoder reads the events of one stream.
type decoder interface {
	// Read reads the data of an event into an empty chunk; false for what cannot be
	// read.
	Read(data []byte, c *llm.Chunk) bool
	// Whole reports whether a body that ends here was whole, for an API without a
	// terminal event.
	Whole() bool
}

func (x *translated) Path(t Target, endpoint string, stream bool) (path, query string, ok bool) {
	return x.path(t.Model, endpoint, stream)
}

func (x *translated) Header(key string) http.Header { return x.header(key) }

func (x *translated) Unfit(r *openai.Request) string {
	var beyond []string
	if r.Endpoint == llm.Embeddings {
		e, err := r.Embed()
		if err != nil {
			return err.Error()
		}
		beyond = e.Beyond
	} else {
		c, err := r.Chat()
		if err != nil {
			return err.Error()
		}
		if beyond = c.Beyond; len(beyond) == 0 {
			if lacks := x.lacks(c); lacks != "" {
				beyond = []string{lacks}
			}
		}
	}
	if len(beyond) == 0 {
		return ""
	}
	return "its API does not take " + strings.Join(beyond, ", ")
}

func (x *translated) Body(r *openai.Request, t Target) []byte {
	if r.Endpoint == llm.Embeddings {
		e, _ := r.Embed() // Unfit has found it fit
		return x.embed(e, t.Model)
	}
	c, _ := r.Chat()
	return x.chat(c, t, r.PromptEstimate, r.Stream)
}

func (x *translated) Answer(r *openai.Request, t Target, body []byte) (llm.Answer, []byte, bool) {
	var a llm.Answer
	res, ok := x.result(body, r.Endpoint)
	if !ok {
		return a, nil, false
	}
	h := head(r, t)
	if h.ID = res.ID; h.ID == "" {
		h.ID = madeID(body)
	}
	if res.Model != "" {
		h.Model = res.Model
	}
	a = llm.Answer{Model: h.Model, Usage: res.Usage, HasUsage: res.HasUsage, Finished: true, Complete: true, Empty: r.Endpoint != llm.Embeddings}
	for i := range res.Choices {
		c := &res.Choices[i]
		if r.Endpoint == llm.Completions {
			c.Calls = nil // nobody gave the model tools, and there is no place for them
		}
		a.ContentBytes += int64(len(c.Text))
		for j := range c.Calls {
			a.ContentBytes += callBytes(&c.Calls[j])
		}
		a.Empty = a.Empty && c.Text == "" && len(c.Calls) == 0 && c.Finish != llm.ContentFilter
		a.Cut = a.Cut || c.Finish == llm.Length
		a.Complete = a.Complete && (c.Finish == llm.Stop || c.Finish == llm.ToolCalls)
	}
	a.Cut = a.Cut && a.Empty
	var e *llm.EmbedRequest
	if r.Endpoint == llm.Embeddings {
		if e, _ = r.Embed(); len(res.Vectors) != len(e.Texts) {
			return a, nil, false
		}
	}
	estimate := llm.Usage{PromptTokens: r.PromptEstimate, OutputTokens: (a.ContentBytes + 3) / 4}
	return a, openai.AppendResult(make([]byte, 0, len(body)+512), &h, e, &res, estimate), true
}

func (x *translated) Error(body []byte) (llm.Error, []byte) {
	e, ok := x.readError(body)
	if !ok {
		return e, nil
	}
	return e, openai.AppendError(nil, e)
}

func (x *translated) Stream(r *openai.Request, t Target, body io.Reader) Stream {
	return &translatedStream{events: sse.NewReader(body), decoder: x.decoder(), head: head(r, t)}
}

func head(r *openai.Request, t Target) openai.Head {
	return openai.Head{Model: t.Model, Created: time.Now().Unix(), Endpoint: r.Endpoint, Usage: r.WantsUsage}
}

// madeID is an id for an answer without one: keyed by its bytes, since equal
// runs must give equal answers.
func madeID(data []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(data)
	return "chatcmpl-" + strconv.FormatUint(h.Sum64(), 16)
}

// callBytes is how much content a tool call is.
func callBytes(c *llm.Call) int64 { return int64(len(c.Name) + len(c.Arguments)) }
