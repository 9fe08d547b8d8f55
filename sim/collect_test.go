package sim

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/fakeproviders"
	"github.com/routedrill/routedrill/router/llm"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/load"
	"github.com/routedrill/routedrill/sim/record"
)

// TestCutOffWhileSending: an attempt that is given up while its request is on its way
// over a socket leaves the provider with a part of it. That is no arrival: the audit
// has its attempt, the journal nothing that would go with it.
func TestCutOffWhileSending(t *testing.T) {
	const first, rest = `{"model":"m",`, `"messages":[{"role":"user","content":"hello"}]}`
	for _, row := range []struct {
		name    string
		body    io.Reader
		entries int
		target  int16
	}{
		{"the whole request", strings.NewReader(first + rest), 1, 0},
		{"one for a model of nobody's", strings.NewReader(`{"model":"x",` + rest), 1, record.None},
		{"one that is no JSON", strings.NewReader("{"), 1, record.None},
		{"one in chunks that are none", io.MultiReader(strings.NewReader(first), iotest.ErrReader(errors.New("malformed chunked encoding"))), 1, record.None},
		{"a part of it, and its sender gone", io.MultiReader(strings.NewReader(first), iotest.ErrReader(io.ErrUnexpectedEOF)), 0, 0},
		{"its headers only", iotest.ErrReader(io.ErrUnexpectedEOF), 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			origin := time.Now()
			world := &scenarios.World{Providers: []scenarios.Provider{{Name: "p", Models: []scenarios.Model{{Name: "m"}}}}}
			col := newCollector(newNames(world, []string{llm.Chat}), origin, 1, &Progress{})
			p, err := fakeproviders.New(fakeproviders.Config{
				Name: "p", Models: []fakeproviders.Model{{Name: "m"}}, Start: origin, Journal: col.entry("p"),
			})
			require.NoError(t, err)
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/completions", io.NopCloser(row.body))
			r.Header.Set("X-Client-Request-Id", load.RequestID(0))
			p.ServeHTTP(httptest.NewRecorder(), r)

			cell := record.Cell{
				Targets: col.names.targets, Endpoints: col.names.endpoints,
				Relays:   []record.Relay{{Outcome: record.RelayCancelled, Attempts: 1, End: time.Minute, Deadline: time.Minute}},
				Attempts: []record.Attempt{{Estimated: true, End: time.Minute}},
			}
			relays, attempts := cell.Relays, cell.Attempts
			col.fill(&cell)
			cell.Relays, cell.Attempts = relays, attempts
			require.Zero(t, col.foreign.Load())
			require.Len(t, cell.Journal, row.entries)
			found := check.LimitsHold(check.NewLogs(&cell))
			if row.target == record.None {
				require.Equal(t, record.None, cell.Journal[0].Target)
				require.Equal(t, 1, found.Violations, "what nobody would send is told")
				return
			}
			require.Empty(t, found.Examples)
		})
	}
}
