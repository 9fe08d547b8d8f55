package fake_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/sim/fake"
)

var (
	speed    = flag.Bool("speed", false, "measure the fakes beside a trivial handler (make bench-fake)")
	requests = flag.Int("requests", 1_000_000, "requests over which TestSpeed watches the memory")
	rounds   = flag.Int("rounds", 7, "how often TestSpeed measures either side in turn")
)

// instant is a world at zero latency.
const instant = `
providers:
  one: {models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 0s}}}
`

// paced is a world in which every stream has a token each 10 ms.
const paced = `
providers:
  one: {models: {m: {price: {input: 1, output: 2}, ttft: 0s, itl: 10ms}}}
`

const (
	speedWorkers = 64
	speedRate    = 4000 // per second, where latency is measured
)

// TestSpeed prints how fast the fakes are. Client, fakes and the trivial handler
// share this process and its CPUs, and both sides are measured in turn in the same
// run: the ratios are what counts, since a busy machine is slow to both.
func TestSpeed(t *testing.T) {
	if !*speed {
		t.Skip("minutes of load on loopback; make bench-fake")
	}
	fleet := listening(t, fake.Options{Scenario: load(t, instant)})
	size := answerSize(t, fleet.Address(0))
	plain := trivial(t, size)
	t.Logf("%d CPUs, %s; answers of %d bytes, requests of %d, %d connections, %d rounds", runtime.GOMAXPROCS(0), runtime.Version(), size, len(speedRequest(0)), speedWorkers, *rounds)
	drive(t, fleet.Address(0), 20_000, 0) // warm
	drive(t, plain, 20_000, 0)

	var fakes, handler, ratios, costs []float64
	for range *rounds {
		a, b := drive(t, fleet.Address(0), 30_000, 0), drive(t, plain, 30_000, 0)
		costs = append(costs, b.busy.Seconds()/a.busy.Seconds())
		fakes, handler, ratios = append(fakes, a.perSecond()), append(handler, b.perSecond()), append(ratios, a.perSecond()/b.perSecond())
	}
	t.Logf("throughput: fakes %.0f/s, trivial handler %.0f/s (medians), ratio %.2f (%.2f to %.2f), by CPU time %.2f (%.2f to %.2f); want at least 0.5",
		median(fakes), median(handler), median(ratios), slices.Min(ratios), slices.Max(ratios), median(costs), slices.Min(costs), slices.Max(costs))

	fakes, handler, ratios = nil, nil, nil
	for range 2 * *rounds {
		a, b := drive(t, fleet.Address(0), speedRate, speedRate), drive(t, plain, speedRate, speedRate)
		fakes, handler, ratios = append(fakes, a.p99()), append(handler, b.p99()), append(ratios, a.p99()/b.p99())
	}
	t.Logf("p99 at %d/s: fakes %.2f ms, trivial handler %.2f ms (medians), ratio %.2f (%.2f to %.2f); least disturbed %.2f ms, %.2f ms; want at most 1.5",
		speedRate, median(fakes), median(handler), median(ratios), slices.Min(ratios), slices.Max(ratios), slices.Min(fakes), slices.Min(handler))

	eventsPerSecond(t)
	flatMemory(t, fleet.Address(0))
}

// trivial is a handler that reads the request and sends as many bytes back.
func trivial(t *testing.T, size int) string {
	body := bytes.Repeat([]byte("x"), size)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return l.Addr().String()
}

// speedRequest is a request of 100 prompt tokens with an id of its own.
func speedRequest(n int) string {
	body := `{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"` + strings.Repeat("abc ", 100) + `"}]}`
	return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Client-Request-Id: req-" +
		fmt.Sprintf("%010d", n) + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// answerSize is the mean size of the fakes' answers.
func answerSize(t *testing.T, addr string) int {
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer c.Close()
	br, sum := bufio.NewReader(c), 0
	for i := range 200 {
		_, err := io.WriteString(c, speedRequest(i))
		require.NoError(t, err)
		n, err := readAnswer(br)
		require.NoError(t, err)
		sum += n
	}
	return sum / 200
}

// readAnswer reads one answer as lean as can be and returns the length of its body.
func readAnswer(br *bufio.Reader) (int, error) {
	length, first := -1, true
	for {
		line, err := br.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return 0, fmt.Errorf("%s", line)
		}
		first = false
		if len(line) <= 2 {
			break
		}
		if v, found := bytes.CutPrefix(line, []byte("Content-Length: ")); found {
			length, _ = strconv.Atoi(string(bytes.TrimSpace(v)))
		}
	}
	if length < 0 {
		return 0, errors.New("an answer without its length")
	}
	_, err := br.Discard(length)
	return length, err
}

// driven is what came of driving a server.
type driven struct {
	took      time.Duration
	busy      time.Duration // CPU time of the process, client and kernel included
	latencies []time.Duration
}

func (d *driven) perSecond() float64 { return float64(len(d.latencies)) / d.took.Seconds() }

// p99 in milliseconds.
func (d *driven) p99() float64 {
	slices.Sort(d.latencies)
	return float64(d.latencies[len(d.latencies)*99/100]) / 1e6
}

var sent atomic.Int64

// drive sends n requests over speedWorkers connections: as fast as they are
// answered, or at a rate, where latency counts from the time they were due.
func drive(t *testing.T, addr string, n, rate int) *driven {
	out := &driven{latencies: make([]time.Duration, n)}
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	start, busy := time.Now(), processTime(t)
	for worker := range speedWorkers {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		all.Go(func() {
			defer c.Close()
			br := bufio.NewReader(c)
			for i := worker; i < n; i += speedWorkers {
				request := speedRequest(int(sent.Add(1)))
				due := time.Now()
				if rate > 0 {
					due = start.Add(time.Duration(i) * time.Second / time.Duration(rate))
					time.Sleep(time.Until(due))
				}
				if _, err := io.WriteString(c, request); err != nil {
					failed.Store(&err)
					return
				}
				if _, err := readAnswer(br); err != nil {
					failed.Store(&err)
					return
				}
				out.latencies[i] = time.Since(due)
			}
		})
	}
	all.Wait()
	out.took, out.busy = time.Since(start), processTime(t)-busy
	if err := failed.Load(); err != nil {
		require.NoError(t, *err)
	}
	return out
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// eventsPerSecond opens more and more streams of 100 events a second each, at the
// fakes and at a trivial handler in turn, and counts what arrives.
func eventsPerSecond(t *testing.T) {
	fleet := listening(t, fake.Options{Scenario: load(t, paced)})
	plain := trivialStream(t)
	best := 0.0
	for _, open := range []int{500, 1000, 1500} {
		var fakes, handler, fakesCost, handlerCost []float64
		for range *rounds/2 + 1 {
			a, costA := events(t, fleet.Address(0), open)
			b, costB := events(t, plain, open)
			fakes, handler = append(fakes, a), append(handler, b)
			fakesCost, handlerCost = append(fakesCost, costA), append(handlerCost, costB)
		}
		t.Logf("SSE: %d streams of 100 events/s: fakes %.0f events/s, %.1f µs of CPU each; trivial handler %.0f events/s, %.1f µs (medians)",
			open, median(fakes), median(fakesCost), median(handler), median(handlerCost))
		best = max(best, slices.Max(fakes))
	}
	t.Logf("SSE: fakes %.0f events/s at best; want 100,000", best)
}

// trivialStream is a handler that sends 150 events of the fakes' size, one each 10 ms.
func trivialStream(t *testing.T) string {
	event := []byte("data: " + strings.Repeat("x", 240) + "\n\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		rc := http.NewResponseController(w)
		timer := time.NewTicker(10 * time.Millisecond)
		defer timer.Stop()
		for range 150 {
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return
			}
			if _, err := w.Write(event); err != nil || rc.Flush() != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// events opens streams, a new one whenever one ends, and returns how many events
// arrived in a second, and the CPU time that each cost in microseconds, client and
// kernel included.
func events(t *testing.T, addr string, open int) (rate, cost float64) {
	var events atomic.Int64
	var stop atomic.Bool
	var all sync.WaitGroup
	conns := make([]net.Conn, open)
	for i := range conns { // all of them before the first stream, which would be in their way
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		conns[i] = c
	}
	for i, c := range conns {
		all.Go(func() {
			defer c.Close()
			buf := make([]byte, 16<<10)
			for n := 0; ; n++ {
				body := fmt.Sprintf(`{"model":"m","stream":true,"messages":[{"role":"user","content":"%d %d"}]}`, i, n)
				if _, err := io.WriteString(c, post(len(body), body)); err != nil {
					return
				}
				for end := false; !end; {
					n, err := c.Read(buf)
					if err != nil || stop.Load() {
						return
					}
					events.Add(int64(bytes.Count(buf[:n], []byte("\n\n"))))
					end = bytes.HasSuffix(buf[:n], []byte("0\r\n\r\n"))
				}
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	before, start, busy := events.Load(), time.Now(), processTime(t)
	time.Sleep(2 * time.Second)
	n := float64(events.Load() - before)
	rate, cost = n/time.Since(start).Seconds(), (processTime(t)-busy).Seconds()*1e6/n
	stop.Store(true) // they close their connections themselves: on a busy machine that is one round for all
	for _, c := range conns {
		_ = c.SetReadDeadline(time.Now()) // those that wait for an event too
	}
	all.Wait()
	return rate, cost
}

// processTime is the CPU time that this process has used.
func processTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// flatMemory watches the heap over many requests.
func flatMemory(t *testing.T, addr string) {
	used := func() float64 {
		debug.FreeOSMemory()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / (1 << 20)
	}
	var text []string
	for i := range 10 {
		drive(t, addr, *requests/10, 0)
		text = append(text, fmt.Sprintf("%d: %.1f", (i+1)**requests/10, used()))
	}
	rss, _ := os.ReadFile("/proc/self/status")
	_, peak, _ := strings.Cut(string(rss), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "\n")
	t.Logf("heap in MiB after so many requests: %s; peak of the process %s", strings.Join(text, ", "), strings.TrimSpace(peak))
}
