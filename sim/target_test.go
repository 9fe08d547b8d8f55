package sim_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/scenarios"
	"github.com/routedrill/routedrill/sim"
	"github.com/routedrill/routedrill/sim/check"
	"github.com/routedrill/routedrill/sim/record"
)

// foreign is a gateway that tries one provider after the other, knows nothing of
// us, and may forward the caller's request id.
func foreign(t *testing.T, forwards bool, port int) *url.URL {
	t.Helper()
	ask := func(port int, path, id string, body []byte) (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, fmt.Sprintf("http://127.0.0.1:%d/v1%s", port, path), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		if forwards {
			req.Header.Set("X-Client-Request-Id", id)
		}
		return http.DefaultClient.Do(req)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Tenant") != "drill" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		for _, port := range []int{port, port + 1} {
			resp, err := ask(port, r.URL.Path[len("/openai"):], r.Header.Get("X-Client-Request-Id"), body)
			if err != nil {
				continue
			}
			if resp.StatusCode == http.StatusOK {
				w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
				_, _ = io.Copy(w, resp.Body)
				_ = resp.Body.Close()
				return
			}
			_ = resp.Body.Close()
		}
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/openai")
	require.NoError(t, err)
	return u
}

// freePorts finds so many free ports in a row.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		first := l.Addr().(*net.TCPAddr).Port
		all := []net.Listener{l}
		for k := 1; k < n && err == nil; k++ {
			if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+k))); err == nil {
				all = append(all, l)
			}
		}
		for _, l := range all {
			require.NoError(t, l.Close())
		}
		if err == nil {
			return first
		}
	}
	t.Fatal("no free ports in a row")
	return 0
}

const outsideDrill = `
version: 1
name: outside
duration: 1s
world:
  providers:
    a: {models: {m: {price: {input: 1, output: 2}, ttft: 5ms, itl: 100us}}}
    b: {models: {m: {price: {input: 1, output: 2}, ttft: 5ms, itl: 100us}}}
  routes: {r: [a/m, b/m]}
  load: {arrivals: constant, rate: 40/s}
  tasks:
    - {name: whole, model: a/m, prompt_tokens: 50, output_tokens: 20, client: {preset: none}}
    - {name: stream, model: a/m, stream: true, prompt_tokens: 50, output_tokens: 60, prompts: {distinct: 2}, client: {preset: none}}
timeline:
  - {id: outage, at: 0s, for: 1s, provider: a, fault: %s}
thresholds:
  availability: [">= 0.99"]
  time_to_detect: ["<= 1ms"]
  retry_amplification: ["<= 2"]
`

// runOutside runs the drill against a gateway that tries a, then b.
func runOutside(t *testing.T, fault string, forwards bool) (*record.Run, *report.Result) {
	t.Helper()
	text := fmt.Sprintf(outsideDrill, fault)
	s, err := scenarios.Load("outside.yaml", scenarios.Options{ReadFile: func(string) ([]byte, error) { return []byte(text), nil }}, sim.Vocabulary())
	require.NoError(t, err)
	// The fakes know the model by one name.
	for i := range s.World.Tasks {
		s.World.Tasks[i].Model = "m"
	}
	port := freePorts(t, 2)
	run, err := sim.Run(t.Context(), sim.Options{
		Scenario: s, Seeds: []uint64{1}, Clock: sim.Wall,
		Policies: against(&sim.Target{URL: foreign(t, forwards, port), Port: port, Header: http.Header{"X-Tenant": {"drill"}}}),
	})
	require.NoError(t, err)
	var invariants []report.Invariant
	for _, r := range check.All(&run.Cells[0]) {
		require.Zero(t, r.Violations, "%s: %v", r.Name, r.Examples)
		require.Equal(t, r.Number > 2, r.NotVisible, r.Name)
		invariants = append(invariants, report.Invariant(r))
	}
	return run, report.Compute(run, map[int][]report.Invariant{0: invariants})
}

func against(t *sim.Target) []sim.Policy {
	return []sim.Policy{{Name: "target", Gated: true, Target: t}}
}

func TestTarget(t *testing.T) {
	for _, row := range []struct {
		name     string
		forwards bool
	}{{"by id", true}, {"by content", false}} {
		t.Run(row.name, func(t *testing.T) {
			run, res := runOutside(t, "{kind: status, status: 503}", row.forwards)
			cell := &res.Cells[0]
			require.Equal(t, 40, cell.Requests)
			require.Equal(t, report.Ratio(1), *cell.Availability)
			require.Equal(t, report.Ratio(2), *cell.RetryAmplification, "one attempt at each provider")
			require.Equal(t, map[string]report.Ratio{"b": 1}, cell.ServedBy)
			require.Equal(t, 80, cell.Billed)
			require.Equal(t, []report.Ending{{Target: "a/m", Reason: "status_503", Attempts: 40}, {Target: "b/m", Reason: "ok", Attempts: 40}}, cell.Endings)
			require.Equal(t, 40, cell.Faults[0].Hits)
			require.Contains(t, cell.Faults[0].NotVisible, "time_to_detect_s")
			require.Nil(t, cell.Faults[0].Detect)
			require.False(t, cell.Faults[0].DetectNever)
			for i, want := range []report.Verdict{report.Pass, report.Skipped, report.Pass} {
				require.Equal(t, want, cell.Thresholds[i].Verdict, cell.Thresholds[i].Source)
			}
			perRequest := map[uint32]int{}
			for _, e := range run.Cells[0].Journal {
				perRequest[e.Seq]++
			}
			for seq, n := range perRequest {
				require.Equal(t, 2, n, "request %d", seq)
			}
			require.Equal(t, !row.forwards, len(res.Findings) == 1, "%v", res.Findings)
		})
	}
}

// Connections that were refused leave no trace at a fake.
func TestTargetRefused(t *testing.T) {
	_, res := runOutside(t, "{kind: refuse}", true)
	cell := &res.Cells[0]
	require.Equal(t, report.Pass, res.Verdict, "%v", res.Reasons)
	require.Nil(t, cell.RetryAmplification)
	require.Contains(t, cell.NotVisible, "retry_amplification")
	require.Contains(t, cell.Faults[0].NotVisible, "hits")
	require.Equal(t, report.Skipped, cell.Thresholds[2].Verdict)
	require.True(t, cell.Thresholds[2].NotVisible)
}

func TestTargetErrors(t *testing.T) {
	s, err := scenarios.Load("steady", scenarios.Options{}, sim.Vocabulary())
	require.NoError(t, err)
	port := freePorts(t, len(s.World.Providers)+1)
	nobody := &url.URL{Scheme: "http", Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port+len(s.World.Providers))), Path: "/v1"}
	run := func(target *sim.Target) error {
		_, err := sim.Run(t.Context(), sim.Options{
			Scenario: s, Policies: against(target), Seeds: []uint64{1}, Clock: sim.Wall,
		})
		return err
	}
	t.Run("not reachable", func(t *testing.T) {
		err := run(&sim.Target{URL: nobody, Port: port, Wait: 150 * time.Millisecond})
		require.ErrorIs(t, err, sim.ErrInput)
		require.ErrorContains(t, err, "does not accept connections")
		require.ErrorContains(t, err, nobody.String())
	})
	t.Run("port taken", func(t *testing.T) {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1)))
		require.NoError(t, err)
		defer l.Close()
		err = run(&sim.Target{URL: nobody, Port: port})
		require.ErrorIs(t, err, sim.ErrInput)
		require.ErrorContains(t, err, strconv.Itoa(port+1))
	})
	t.Run("virtual time", func(t *testing.T) {
		_, err := sim.Run(t.Context(), sim.Options{
			Scenario: s, Policies: against(&sim.Target{URL: nobody, Port: port}), Seeds: []uint64{1},
		})
		require.ErrorContains(t, err, "wall clock")
	})
}
