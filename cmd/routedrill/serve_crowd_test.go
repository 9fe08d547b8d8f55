package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	crowdStreams = flag.Int("crowd-streams", 100, "streams that TestCrowdOfStreams holds open; each takes four descriptors")
	crowdFor     = flag.Duration("crowd-for", time.Second, "how long each of them goes on")
	crowdDrops   = flag.Int("crowd-drops", 300, "connections it opens and drops")
)

const (
	deaf = 20 // clients that never read
	// partyKiB is what a stream may take of memory at its three parties together, which
	// are all in this process: client, `serve` and provider.
	partyKiB, restMiB = 192, 64
)

// TestCrowdOfStreams holds many streams open, with clients that never read, and others
// that come and drop their connections at every point. The streams end whole, others
// are served, memory is bounded, and nothing is left.
func TestCrowdOfStreams(t *testing.T) {
	_, release := untilStopped() // starts what listens to signals, for good
	release()
	before := left()
	provider := &crowdProvider{gap: min(max(*crowdFor/10, 50*time.Millisecond), time.Second)}
	server := httptest.NewServer(provider)
	s := serve(t, fmt.Sprintf(`
version: 1
providers: {p: {base_url: %s/v1, api_key: k, models: {stream: {}, flood: {}, quick: {}}}}
resilience: {total_timeout: 30m, connect_timeout: 1m, attempt_timeout: 5m, ttft_timeout: 5m, idle_timeout: 2m}
routes: {flood: {targets: [p/flood], resilience: {stream: {client_timeout: 1s}}}}
server: {limits: {concurrent: %d}}
`, server.URL, *crowdStreams+deaf+1000), "--log", "off")

	var streams, others sync.WaitGroup
	var whole atomic.Int64
	for n := range *crowdStreams {
		time.Sleep(time.Millisecond) // they come one after the other
		streams.Go(func() {
			body, err := readStream(t, s.base)
			if want := provider.events(); err != nil || strings.Count(body, `"content":"word "`) != want || !strings.HasSuffix(body, "data: [DONE]\n\n") {
				t.Errorf("stream %d: %v, want %d words: %.200q", n, err, want, body)
				return
			}
			whole.Add(1)
		})
	}
	stop := make(chan struct{})
	var asked atomic.Int64
	others.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			resp, err := http.Post(s.base+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"p/quick","messages":[{"role":"user","content":"hi"}]}`))
			if err != nil {
				t.Errorf("another client, request %d: %v", n, err)
				return
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), "hello") {
				t.Errorf("another client, request %d: %d %v %q", n, resp.StatusCode, err, body)
			}
			asked.Add(1)
			time.Sleep(5 * time.Millisecond)
		}
	})
	var open []net.Conn
	for range deaf { // who never reads
		conn := dial(t, s.base)
		open = append(open, conn)
		_, err := io.WriteString(conn, rawRequest("flood"))
		require.NoError(t, err)
	}
	s.waitFor(func() bool { return provider.streaming.Load() == int64(*crowdStreams) || t.Failed() })
	peak := held()
	for n := range *crowdDrops {
		conn := dial(t, s.base)
		request := rawRequest("p/stream")
		part := [...]int{0, 10, len(request) - 5, len(request)}[n%4] // of it that comes
		_, err := io.WriteString(conn, request[:part])
		require.NoError(t, err)
		if n%8 >= 4 {
			require.NoError(t, conn.(*net.TCPConn).SetLinger(0)) // with a reset
		}
		require.NoError(t, conn.Close())
	}
	later, most := held(), restMiB+*crowdStreams*partyKiB>>10
	peak = remains{max(peak.goroutines, later.goroutines), max(peak.descriptors, later.descriptors), max(peak.mib, later.mib)}
	require.LessOrEqual(t, peak.mib, most, "MiB of heap and stacks")

	s.waitFor(func() bool { return provider.flooding.Load() == 0 })
	streams.Wait()
	close(stop)
	others.Wait()
	require.EqualValues(t, *crowdStreams, whole.Load())
	s.waitFor(func() bool {
		return !strings.Contains(page(t, s.base+"/v1/routedrill/health"), `"in_flight":1`) && provider.streaming.Load() == 0
	})
	require.Positive(t, provider.floods.Load(), "clients that never read had streams")
	s.stop()
	server.Close()
	for _, conn := range open {
		_ = conn.Close()
	}
	http.DefaultClient.CloseIdleConnections()
	settled := func() bool {
		now := left()
		return now.goroutines <= before.goroutines && now.descriptors <= before.descriptors
	}
	for end := time.Now().Add(20 * time.Second); !settled() && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // not by Eventually, which has goroutines of its own
	}
	if !settled() {
		stacks := make([]byte, 1<<20)
		t.Fatalf("before: %+v, after: %+v\n%s", before, left(), stacks[:runtime.Stack(stacks, true)])
	}
	t.Logf("%d streams for %s whole, %d clients that never read cut off, %d connections dropped, %d other requests served\n"+
		"  at the peak, of all three parties: %d MiB of heap and stacks (at most %d), %d goroutines, %d descriptors; before and after: %d and %d",
		whole.Load(), *crowdFor, deaf, *crowdDrops, asked.Load(), peak.mib, most, peak.goroutines, peak.descriptors, left().goroutines, left().descriptors)
}

// crowdProvider streams a word in each gap, as many as crowdFor takes; without a pause
// and an end to those that ask for a flood.
type crowdProvider struct {
	gap                         time.Duration
	streaming, flooding, floods atomic.Int64
}

func (p *crowdProvider) events() int { return int(*crowdFor / p.gap) }

func (p *crowdProvider) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var ask struct{ Model string }
	_ = json.NewDecoder(q.Body).Decode(&ask)
	event := func(data string) bool {
		_, err := io.WriteString(w, "data: "+data+"\n\n")
		return err == nil && http.NewResponseController(w).Flush() == nil && q.Context().Err() == nil
	}
	const word = `{"model":"m","choices":[{"index":0,"delta":{"content":"word "}}]}`
	switch ask.Model {
	case "quick":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`)
	case "flood":
		p.flooding.Add(1)
		p.floods.Add(1)
		defer p.flooding.Add(-1)
		w.Header().Set("Content-Type", "text/event-stream")
		long := strings.ReplaceAll(word, "word ", strings.Repeat("word ", 1000))
		for event(long) {
		}
	default:
		p.streaming.Add(1)
		defer p.streaming.Add(-1)
		w.Header().Set("Content-Type", "text/event-stream")
		for range p.events() {
			if !event(word) {
				return
			}
			time.Sleep(p.gap)
		}
		event(`{"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
		event(`[DONE]`)
	}
}

// readStream asks for a stream on a connection of its own and reads it whole.
func readStream(t *testing.T, base string) (string, error) {
	conn := dial(t, base)
	defer conn.Close()
	if _, err := io.WriteString(conn, rawRequest("p/stream")); err != nil {
		return "", err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	return string(body), err
}

func rawRequest(model string) string {
	body := fmt.Sprintf(`{"model":"%s","stream":true,"messages":[{"role":"user","content":"hi"}]}`, model)
	return fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func dial(t *testing.T, base string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Error(err)
		t.FailNow()
	}
	return conn
}

// remains is what a process holds.
type remains struct{ goroutines, descriptors, mib int }

// left is what this one holds, but for memory; no descriptors where they cannot be
// counted.
func left() remains {
	open, _ := os.ReadDir("/proc/self/fd")
	return remains{goroutines: runtime.NumGoroutine(), descriptors: len(open)}
}

// held is left, and the MiB of heap and stacks.
func held() remains {
	r := left()
	var mem runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&mem)
	r.mib = int((mem.HeapInuse + mem.StackInuse) >> 20)
	return r
}
