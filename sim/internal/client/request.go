package client

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// request builds one try, before which there were some others. The bodies of a
// request's tries are the same bytes.
func (c *Client) request(ctx context.Context, task *scenarios.Task, spec load.Spec, id string, before int) *http.Request {
	b := newPrompt(task, spec)
	b.head, b.tail = envelope(task, spec, c.Plan.Model(spec, task))
	req := http.Request{
		Method: http.MethodPost, URL: c.urls[task.Endpoint], Host: c.Base.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Content-Type":        {"application/json"},
			"Authorization":       {"Bearer drill"},
			"X-Client-Request-Id": {id},
		},
		Body: b, ContentLength: b.length(),
	}
	if task.Client.IdempotencyKey {
		req.Header["Idempotency-Key"] = []string{id}
	}
	if seq, ok := load.ParseRequestID(id); ok && c.Plan.IsWarmUp(seq) {
		req.Header["Cache-Control"] = []string{"no-cache"}
	}
	if task.Region != "" {
		req.Header["X-Routedrill-Region"] = []string{task.Region}
	}
	req.Header["X-Routedrill-Task"] = []string{task.Name}
	if spec.Tenant > 0 {
		req.Header["X-Routedrill-Tenant"] = []string{load.TenantName(spec.Tenant)}
	}
	if task.Client.MaxRetries > 0 { // as the SDKs do: github.com/openai/openai-go, internal/requestconfig
		req.Header["X-Stainless-Retry-Count"] = []string{strconv.Itoa(before)}
	}
	for name, values := range c.Header {
		req.Header[name] = values
	}
	return req.WithContext(ctx)
}

// What follows the prompt in the JSON.
var (
	endChat   = []byte(`"}]}`)
	endInputs = []byte(`"]}`)
	endText   = []byte(`"}`)
)

// envelope is the JSON around the prompt.
func envelope(task *scenarios.Task, spec load.Spec, model string) (head, tail []byte) {
	head = append(make([]byte, 0, 256), `{"model":"`...)
	head = append(append(head, model...), '"')
	if spec.MaxTokens > 0 {
		head = strconv.AppendUint(append(head, `,"max_tokens":`...), uint64(spec.MaxTokens), 10)
	}
	if spec.Stream {
		head = append(head, `,"stream":true,"stream_options":{"include_usage":true}`...)
	}
	if spec.Tenant > 0 {
		head = append(append(append(head, `,"user":"`...), load.TenantName(spec.Tenant)...), '"')
	}
	if task.Tools {
		head = append(head, `,"tools":[{"type":"function","function":{"name":"lookup","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}]`...)
	}
	switch task.Endpoint {
	case "chat":
		if spec.Prefix > 0 { // a system prompt, which providers with explicit caches are told to keep
			return append(head, `,"messages":[{"role":"system","content":"`...), endChat
		}
		return append(head, `,"messages":[{"role":"user","content":"`...), endChat
	case "embeddings":
		return append(head, `,"input":["`...), endInputs
	}
	return append(head, `,"prompt":"`...), endText
}

// What separates the texts of a request: the inputs of embeddings, and the system
// prompt from the question.
var (
	betweenInputs   = []byte(`","`)
	betweenMessages = []byte(`"},{"role":"user","content":"`)
)

// promptBody reads as head, the texts with a separator between them, and tail. It
// makes no copy of a prompt, however long. It is not safe for concurrent use.
type promptBody struct {
	head, between, tail []byte

	texts  int    // at least 1
	prefix int    // bytes of the first text, if that is a prefix; else 0
	size   int    // bytes of each other text
	before tag    // of the prefix
	space  uint16 // what the other texts are counted in,
	number uint64 // and the first one's number

	now  text
	part int // 0 is the head, odd parts are texts, even ones separators; the last is the tail
	off  int // bytes of the part already read
}

// newPrompt returns the prompt of a request without its envelope.
func newPrompt(task *scenarios.Task, spec load.Spec) *promptBody {
	b := &promptBody{texts: 1, size: int(spec.PromptTokens) * bytesPerToken, space: spec.Space, number: uint64(spec.Text)}
	switch {
	case task.Endpoint == "embeddings":
		// The task's prompt is all inputs together; they are equally long.
		b.between = betweenInputs
		b.texts = max(1, task.Inputs)
		b.size = max(1, int(spec.PromptTokens)/b.texts) * bytesPerToken
		b.number *= uint64(b.texts)
	case spec.Prefix > 0:
		b.texts = 2
		b.prefix = int(spec.Prefix) * bytesPerToken
		b.size -= b.prefix
		b.before = tagOf(load.SpacePrefixes+spec.Task, uint64(spec.PrefixOf))
		if task.Endpoint == "chat" {
			b.between = betweenMessages
		}
	}
	return b
}

func (b *promptBody) length() int64 {
	texts := b.prefix + b.texts*b.size
	if b.prefix > 0 {
		texts -= b.size
	}
	return int64(len(b.head) + texts + (b.texts-1)*len(b.between) + len(b.tail))
}

// text is text k of the prompt.
func (b *promptBody) text(k int) text {
	if b.prefix > 0 {
		if k == 0 {
			return text{b.prefix, b.before}
		}
		k--
	}
	return text{b.size, tagOf(b.space, b.number+uint64(k))}
}

// Read implements io.Reader.
func (b *promptBody) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		rest := b.rest()
		if len(rest) == 0 {
			if b.part == 2*b.texts {
				if n == 0 {
					return 0, io.EOF
				}
				break
			}
			b.part, b.off = b.part+1, 0
			if b.part%2 == 1 {
				b.now = b.text(b.part / 2)
			}
			continue
		}
		k := copy(p[n:], rest)
		n += k
		b.off += k
	}
	return n, nil
}

// rest is what is left of the part, or a stretch of it.
func (b *promptBody) rest() []byte {
	switch {
	case b.part == 0:
		return b.head[b.off:]
	case b.part == 2*b.texts:
		return b.tail[b.off:]
	case b.part%2 == 0:
		return b.between[b.off:]
	}
	return b.now.from(b.off)
}

// Close implements io.Closer.
func (b *promptBody) Close() error { return nil }
