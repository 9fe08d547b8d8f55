package fake_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/fake"
)

var streams = flag.Int("streams", 500, "open streams that TestStreamsDroppedAtOnce drops")

// slow is a world whose answers take an hour.
const slow = `
providers:
  one: {models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 10s}}}
  two: {wire: anthropic, models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 10s}}}
`

const chatBody = `{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}`

// dial opens a connection to a provider.
func dial(t *testing.T, f *fake.Fleet, provider int) net.Conn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", f.Address(provider))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func post(length int, body string) string {
	return fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

// eventually waits for what other goroutines do, bounded by the test's own time.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	require.Eventually(t, done, time.Minute, time.Millisecond, what)
}

// inFlight is how many requests a provider is answering, as the admin API says.
func inFlight(t *testing.T, f *fake.Fleet) float64 {
	t.Helper()
	r := &rig{t: t, fleet: f, admin: f.Admin()}
	sum := 0.0
	for _, p := range r.must(200, "GET", "/admin/providers", "")["providers"].([]any) {
		sum += p.(map[string]any)["in_flight"].(float64)
	}
	return sum
}

// TestStreamsDroppedAtOnce: every stream ends when its caller goes away, all at once.
func TestStreamsDroppedAtOnce(t *testing.T) {
	fleet := listening(t, fake.Options{Scenario: load(t, slow)})
	conns := make([]net.Conn, *streams)
	for i := range conns {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", fleet.Address(0))
		require.NoError(t, err)
		conns[i] = c
		_, err = io.WriteString(c, post(len(chatBody), chatBody))
		require.NoError(t, err)
	}
	for _, c := range conns { // the first event of each is there
		line, err := bufio.NewReader(c).ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200 OK\r\n", line)
	}
	require.EqualValues(t, *streams, inFlight(t, fleet))
	var all sync.WaitGroup
	for _, c := range conns {
		all.Go(func() { _ = c.Close() })
	}
	all.Wait()
	eventually(t, "no stream is left", func() bool { return inFlight(t, fleet) == 0 })
	w := (&rig{t: t, fleet: fleet, admin: fleet.Admin()}).ask("GET", "/admin/journal", "")
	require.Equal(t, min(*streams, 10_000), strings.Count(w.Body.String(), `"end":"cancelled"`))
}

// TestHugeBodies: 100 MB are answered in the vendor's words, and not kept.
func TestHugeBodies(t *testing.T) {
	const size = 100 << 20
	fleet := listening(t, fake.Options{Scenario: load(t, slow)})
	for name, row := range map[string]struct {
		provider int
		path     string
		length   int64
		want     string
	}{
		"OpenAI, its length told":    {0, "/v1/chat/completions", size, `"code":"request_too_large"`},
		"OpenAI, in chunks":          {0, "/v1/chat/completions", -1, `"code":"request_too_large"`},
		"OpenAI, to nobody":          {0, "/v1/nothing", size, `"error"`},
		"Anthropic, its length told": {1, "/v1/messages", size, `"type":"request_too_large"`},
		"Anthropic, in chunks":       {1, "/v1/messages", -1, `"type":"request_too_large"`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+fleet.Address(row.provider)+row.path,
				io.NopCloser(io.LimitReader(spaces{}, size)))
			require.NoError(t, err)
			r.ContentLength = row.length
			r.Header.Set("Anthropic-Version", "2023-06-01")
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			resp, err := client.Do(r)
			require.NoError(t, err)
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.Contains(t, []int{413, 404}, resp.StatusCode)
			require.Contains(t, string(got), row.want)
		})
	}
	eventually(t, "nobody is left", func() bool { return inFlight(t, fleet) == 0 })
}

type spaces struct{}

func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// TestSlowClients: whoever is slow to send or to read costs nobody else anything,
// and leaves nothing behind.
func TestSlowClients(t *testing.T) {
	fleet := listening(t, fake.Options{Scenario: load(t, world)})
	header := dial(t, fleet, 0)
	_, err := io.WriteString(header, "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-")
	require.NoError(t, err)
	body := dial(t, fleet, 0)
	_, err = io.WriteString(body, post(1000, `{"model":`))
	require.NoError(t, err)
	eventually(t, "the handler waits for the body", func() bool { return inFlight(t, fleet) == 1 })
	reader := dial(t, fleet, 0)
	long := `{"model":"m","messages":[{"role":"user","content":"hello"}]}`
	var sender sync.WaitGroup
	sender.Go(func() { // and never reads an answer
		for err := error(nil); err == nil; {
			_, err = io.WriteString(reader, post(len(long), long))
		}
	})
	some := regexp.MustCompile(`status="2xx"} ([3-9]|[1-9][0-9])`)
	answered := func() bool {
		r := &rig{t: t, fleet: fleet, admin: fleet.Admin()}
		return some.MatchString(r.ask("GET", "/metrics", "").Body.String())
	}
	eventually(t, "the buffers of its socket fill", answered)

	r := &rig{t: t, fleet: fleet, admin: fleet.Admin()}
	require.Equal(t, 200, ask(t, fleet, long), "others are served")
	require.NoError(t, body.Close())
	require.NoError(t, header.Close())
	require.NoError(t, reader.Close())
	sender.Wait()
	eventually(t, "nobody is left", func() bool { return inFlight(t, fleet) == 0 })
	require.Contains(t, r.ask("GET", "/admin/journal", "").Body.String(), `"end":"cancelled","status":0`)
}

func ask(t *testing.T, f *fake.Fleet, body string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+f.Address(0)+"/v1/chat/completions", strings.NewReader(body))
	require.NoError(t, err)
	resp, err := client.Do(r)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// TestPortsInOrder: N, N+1 and so on, or nothing at all.
func TestPortsInOrder(t *testing.T) {
	for range 20 { // until two neighbours are free
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		first := l.Addr().(*net.TCPAddr).Port
		fleet, err := fake.New(fake.Options{Scenario: load(t, world)})
		require.NoError(t, err)
		require.ErrorContains(t, fleet.Listen("127.0.0.1", first), "provider one", "somebody has it")
		require.Empty(t, fleet.Address(0))
		require.NoError(t, l.Close())
		err = fleet.Listen("127.0.0.1", first)
		if err == nil {
			require.Equal(t, fmt.Sprintf("127.0.0.1:%d", first), fleet.Address(0))
			require.Equal(t, fmt.Sprintf("127.0.0.1:%d", first+1), fleet.Address(1))
		}
		fleet.Shutdown(t.Context())
		if err == nil {
			return
		}
	}
	require.Fail(t, "no two neighbouring ports were free")
}

// TestRefuseByHand: a refusal closes the port, and its end opens it again.
func TestRefuseByHand(t *testing.T) {
	fleet := listening(t, fake.Options{Scenario: load(t, world)})
	r := &rig{t: t, fleet: fleet, admin: fleet.Admin()}
	open := func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", fleet.Address(0))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}
	require.True(t, open())
	r.must(201, "POST", "/admin/faults", "{id: x, ttl: 1h, provider: one, fault: refuse}")
	eventually(t, "the port is closed", func() bool { return !open() })
	r.must(204, "DELETE", "/admin/faults/x", "")
	eventually(t, "the port is open again", open)
}

// TestShutdownDrains: a stop lets requests under way finish, within its bound.
func TestShutdownDrains(t *testing.T) {
	fleet, err := fake.New(fake.Options{Scenario: load(t, slow)})
	require.NoError(t, err)
	require.NoError(t, fleet.Listen("127.0.0.1", 0))
	c := dial(t, fleet, 0)
	_, err = io.WriteString(c, post(len(chatBody), chatBody))
	require.NoError(t, err)
	br := bufio.NewReader(c)
	_, err = br.ReadString('\n')
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); fleet.Shutdown(ctx) }()
	eventually(t, "nobody new gets in", func() bool {
		c, err := net.Dial("tcp", fleet.Address(0))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	})
	select {
	case <-ended:
		require.Fail(t, "the stream was broken off")
	default:
	}
	cancel()
	<-ended
	_, err = io.Copy(io.Discard, br)
	require.NoError(t, err, "broken off, and so at its end")
}
