package sim_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router"
)

// spaceDrill has a route whose second target makes embeddings that cannot be compared
// with those of the first, and whose third makes the same.
const spaceDrill = `
version: 1
name: spaces
duration: 2m
world:
  providers:
    first: {models: {e: {endpoints: [embeddings], price: {input: 1}, ttft: 100ms}}}
    second: {models: {f: {endpoints: [embeddings], price: {input: 1}, ttft: 100ms}}}
    third: {models: {e: {endpoints: [embeddings], price: {input: 1}, ttft: 100ms}}}
  routes: {r: [first/e, third/e]}
  load: {rate: 8/s}
  tasks: [{name: t, model: r, endpoint: embeddings, prompt_tokens: 40%s}]
timeline: [{id: f, at: 10s, for: 90s, providers: [first, third], fault: {kind: status, status: 503, rate: 0.5}}]
policies: [{name: drilled, from: priority, routes: {r: [first/e, second/f, third/e]}%s}]
`

func TestSpaceMutantsAreCaught(t *testing.T) {
	for _, row := range []struct {
		name, task, policy string
		mutant             mutant
		want               []int
	}{
		{"spaces are taken for one", "", "", mutant{config: oneSpace}, []int{11}},
		{"a failover into another space, below the engine", "", "", mutant{transport: failingOverElsewhere}, []int{3, 4, 7, 11}},
		{"spaces are one in the cache", ", prompts: 20", ", cache: {ttl: 1m}", mutant{config: oneSpace}, []int{11}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := load(t, spaceDrill, row.task, row.policy)
			whole := drilled(t, s, mutant{})
			require.Empty(t, fired(whole), "the engine that ships: %s", findings(whole))
			c := drilled(t, s, row.mutant)
			require.Equal(t, row.want, fired(c), "%s", findings(c))
		})
	}
}

// oneSpace takes every model for one of the first one's space.
func oneSpace(c *router.Config) {
	c.Providers = slices.Clone(c.Providers)
	for i := range c.Providers {
		p := &c.Providers[i]
		p.Models = slices.Clone(p.Models)
		for k := range p.Models {
			p.Models[k].EmbeddingSpace = "e"
		}
	}
}

// failingOverElsewhere asks the second for what the first or the third failed to do.
func failingOverElsewhere(next http.RoundTripper) http.RoundTripper {
	return carrier(func(q *http.Request) (*http.Response, error) {
		again := copyOf(q)
		r, err := next.RoundTrip(q)
		if err == nil && r.StatusCode >= 500 {
			drop(r)
			body, err := io.ReadAll(again.Body)
			if err != nil {
				return nil, err
			}
			body = bytes.Replace(body, []byte(`"model":"e"`), []byte(`"model":"f"`), 1)
			again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			again.URL.Host = "second" + again.URL.Host[strings.Index(again.URL.Host, "."):]
			again.Host = again.URL.Host
			return next.RoundTrip(again)
		}
		return r, err
	})
}
