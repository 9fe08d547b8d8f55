package client

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
)

// filler is text whose every 4 bytes are one simulated token. It needs no
// escapes in JSON.
var filler = strings.Repeat("the cat saw one dog and two big red owl fly ", 400)

// request builds one try. The prompt is a slice of shared text: a prompt of
// 100,000 tokens costs no copy.
func (c *Client) request(ctx context.Context, task *scenarios.Task, spec load.Spec, id string) *http.Request {
	b := &promptBody{text: int(spec.PromptTokens) * bytesPerToken, inputs: 1}
	if task.Endpoint == "embeddings" {
		// The task's prompt is all inputs together; they are equally long.
		b.inputs = max(1, task.Inputs)
		b.text = max(1, int(spec.PromptTokens)/b.inputs) * bytesPerToken
	}
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

// envelope is the JSON around the prompt.
func envelope(task *scenarios.Task, spec load.Spec, model string) (head, tail string) {
	head = `{"model":"` + model + `"`
	if spec.MaxTokens > 0 {
		head += `,"max_tokens":` + strconv.FormatUint(uint64(spec.MaxTokens), 10)
	}
	if spec.Stream {
		head += `,"stream":true,"stream_options":{"include_usage":true}`
	}
	if task.Tools {
		head += `,"tools":[{"type":"function","function":{"name":"lookup","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}]`
	}
	switch task.Endpoint {
	case "chat":
		return head + `,"messages":[{"role":"user","content":"`, `"}]}`
	case "embeddings":
		return head + `,"input":["`, `"]}`
	}
	return head + `,"prompt":"`, `"}`
}

// between separates the inputs of an embeddings request.
const between = `","`

// promptBody reads as head, the inputs with their separators, and tail, where
// an input is so many bytes of filler. It is not safe for concurrent use.
type promptBody struct {
	head, tail string
	text       int // bytes of each input
	inputs     int // at least 1

	part int // 0 is the head, odd parts are inputs, even ones separators; the last is the tail
	off  int // bytes of the part already read
}

func (b *promptBody) length() int64 {
	return int64(len(b.head) + b.inputs*b.text + (b.inputs-1)*len(between) + len(b.tail))
}

// Read implements io.Reader.
func (b *promptBody) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		rest := b.rest()
		if rest == "" {
			if b.part == 2*b.inputs {
				if n == 0 {
					return 0, io.EOF
				}
				break
			}
			b.part, b.off = b.part+1, 0
			continue
		}
		k := copy(p[n:], rest)
		n += k
		b.off += k
	}
	return n, nil
}

// rest is what is left of the part, or a stretch of it.
func (b *promptBody) rest() string {
	switch {
	case b.part == 0:
		return b.head[b.off:]
	case b.part == 2*b.inputs:
		return b.tail[b.off:]
	case b.part%2 == 0:
		return between[b.off:]
	}
	at := b.off % len(filler)
	return filler[at:min(len(filler), at+b.text-b.off)]
}

// Close implements io.Closer.
func (b *promptBody) Close() error { return nil }
