package client

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// request builds one try. All tries of a request are the same bytes.
func (c *Client) request(ctx context.Context, task *scenarios.Task, spec load.Spec, id string) *http.Request {
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
		return append(head, `,"messages":[{"role":"user","content":"`...), endChat
	case "embeddings":
		return append(head, `,"input":["`...), endInputs
	}
	return append(head, `,"prompt":"`...), endText
}

// between separates the inputs of an embeddings request.
var between = []byte(`","`)

// promptBody reads as head, the inputs with their separators, and tail. It
// makes no copy of a prompt, however long. It is not safe for concurrent use.
type promptBody struct {
	head, tail []byte
	inputs     int // at least 1
	input      text

	space  uint16 // which texts the inputs are: in space,
	number uint64 // those from this one on

	part int // 0 is the head, odd parts are inputs, even ones separators; the last is the tail
	off  int // bytes of the part already read
}

// newPrompt returns the prompt of a request without its envelope.
func newPrompt(task *scenarios.Task, spec load.Spec) *promptBody {
	b := &promptBody{inputs: 1, space: spec.Space, number: uint64(spec.Text)}
	b.input.size = int(spec.PromptTokens) * bytesPerToken
	if task.Endpoint == "embeddings" {
		// The task's prompt is all inputs together; they are equally long.
		b.inputs = max(1, task.Inputs)
		b.input.size = max(1, int(spec.PromptTokens)/b.inputs) * bytesPerToken
		b.number *= uint64(b.inputs)
	} else if spec.Prefix > 0 {
		b.input.prefix = int(spec.Prefix) * bytesPerToken
		b.input.tags[0] = tagOf(load.SpacePrefixes+spec.Task, uint64(spec.PrefixOf))
	}
	b.input.tags[1] = tagOf(b.space, b.number)
	return b
}

func (b *promptBody) length() int64 {
	return int64(len(b.head) + b.inputs*b.input.size + (b.inputs-1)*len(between) + len(b.tail))
}

// Read implements io.Reader.
func (b *promptBody) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		rest := b.rest()
		if len(rest) == 0 {
			if b.part == 2*b.inputs {
				if n == 0 {
					return 0, io.EOF
				}
				break
			}
			b.part, b.off = b.part+1, 0
			if b.part%2 == 1 && b.part > 1 { // the next input is the next text
				b.input.tags[1] = tagOf(b.space, b.number+uint64(b.part/2))
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
	case b.part == 2*b.inputs:
		return b.tail[b.off:]
	case b.part%2 == 0:
		return between[b.off:]
	}
	return b.input.from(b.off)
}

// Close implements io.Closer.
func (b *promptBody) Close() error { return nil }
