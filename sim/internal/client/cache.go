package client

import (
	"hash"
	"hash/fnv"
	"io"
	"net/http"
	"strconv"

	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// Question is a hash of what a request asks: of its body, but for the route and
// who asks.
func Question(task *scenarios.Task, spec load.Spec) uint64 {
	spec.Tenant = 0
	b := newPrompt(task, spec)
	b.head, b.tail = envelope(task, spec, "")
	h := fnv.New64a()
	_, _ = io.Copy(h, b) // neither can fail
	return h.Sum64()
}

// seeCache notes in r what an answer says of the cache. Where it says anything, the
// bytes of the body are hashed as they are read; body returns the hash, or else 0.
func seeCache(r *record.Request, resp *http.Response) (body func() uint64) {
	r.Cache = record.CacheStateOf(resp.Header.Get("X-Routedrill-Cache"))
	if age, err := strconv.ParseUint(resp.Header.Get("Age"), 10, 32); err == nil {
		r.Age = uint32(age)
	}
	if r.Cache == record.NotAsked {
		return func() uint64 { return 0 }
	}
	h := &hashed{ReadCloser: resp.Body, hash: fnv.New64a()}
	resp.Body = h
	return h.hash.Sum64
}

// hashed hashes what is read.
type hashed struct {
	io.ReadCloser
	hash hash.Hash64
}

func (h *hashed) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	_, _ = h.hash.Write(p[:n]) // a hash never fails
	return n, err
}
