package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	vegeta "github.com/tsenart/vegeta/v12/lib"
)

var (
	overhead       = flag.Duration("overhead", 0, "measure what serve adds beside a bare reverse proxy, in slices of this length; 0 is not at all")
	overheadRounds = flag.Int("overhead.rounds", 5, "slices of each kind; each figure is the median of them")
	overheadLog    = flag.String("overhead.log", "json", "--log of the serve that is measured")
)

// overheadRates are in requests per second.
var overheadRates = []int{200, 1000, 2000}

// ways are what stands between client and provider.
var ways = []string{"direct", "bare", "serve"}

// TestOverhead is `make overhead`: the same requests straight to a fake provider,
// through a bare httputil.ReverseProxy and through `serve`, in turns, each in a process
// of its own. In an outage the first two go to the provider that is well, to which
// serve has to find by itself: that is measured once its breaker is open. It prints a
// table and judges nothing.
func TestOverhead(t *testing.T) {
	if *overhead == 0 {
		t.Skip("needs -overhead: minutes of real time, and a quiet machine")
	}
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	m := startMeasured(t)
	fmt.Printf("%d slices of %s each; medians of them. added: to direct. CPU: of the proxy, per request.\n", *overheadRounds, *overhead)
	fmt.Printf("%-8s %6s %-7s %9s %9s %9s %6s %9s %6s %8s %7s\n", "phase", "rate/s", "way", "p50 ms", "p99 ms", "added ms", "×bare", "CPU µs", "×bare", "RSS MiB", "failed")
	m.phase(t, "healthy")
	for _, f := range []struct{ name, fault string }{{"503", `{"kind": "status", "status": 503}`}, {"hang", `{"kind": "hang"}`}} {
		m.fault(t, f.fault)
		m.awaitBreaker(t, "open")
		m.urls["direct"], m.urls["bare"] = m.urls["direct 2"], m.urls["bare 2"]
		m.phase(t, f.name)
		m.heal(t)
	}
}

// measured are the processes and how to reach them.
type measured struct {
	admin string            // of the fakes
	urls  map[string]string // by way, up to and including /v1
	pids  map[string]int    // by way; none of direct
}

const overheadWorld = `
version: 1
name: overhead
duration: 1h
world:
  providers:
    primary:   {models: {m: {price: {input: 1, output: 2}, ttft: 5ms, itl: 0ms}}}
    secondary: {models: {m: {price: {input: 1, output: 2}, ttft: 5ms, itl: 0ms}}}
  routes: {r: [primary/m, secondary/m]}
  load: {arrivals: constant, rate: 20/s}
  tasks: [{name: whole, model: r, prompt_tokens: 50, output_tokens: 20}]
`

const overheadConfig = `
version: 1
providers:
  primary:   {base_url: "%s", api_key: any, models: {m: {price: {input: 1, output: 2}}}}
  secondary: {base_url: "%s", api_key: any, models: {m: {price: {input: 1, output: 2}}}}
routes: {r: [primary/m, secondary/m]}
resilience: {attempt_timeout: 1s}
`

func startMeasured(t *testing.T) *measured {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	self, err := os.Executable()
	require.NoError(t, err)
	bare := filepath.Join(dir, bareProxyName)
	require.NoError(t, os.Symlink(self, bare))
	bin := build(t)
	m := &measured{urls: map[string]string{}, pids: map[string]int{}}

	_, lines := started(t, bin, 3, "fake", write("world.yaml", overheadWorld), "--timeline", "hand", "--port", "0", "--admin", "127.0.0.1:0", "--print-config", "none")
	m.urls["direct"], m.urls["direct 2"], m.admin = lastWord(lines[0]), lastWord(lines[1]), lastWord(lines[2])
	m.pids["bare"], lines = started(t, bare, 1, m.urls["direct"])
	m.urls["bare"] = lastWord(lines[0]) + "/v1"
	m.pids["bare 2"], lines = started(t, bare, 1, m.urls["direct 2"])
	m.urls["bare 2"] = lastWord(lines[0]) + "/v1"
	m.pids["serve"], lines = started(t, bin, 1, "serve", "--config", write("router.yaml", fmt.Sprintf(overheadConfig, m.urls["direct"], m.urls["direct 2"])),
		"--listen", "127.0.0.1:0", "--log", *overheadLog)
	m.urls["serve"] = lastWord(lines[0])
	return m
}

// started starts a process, ends it with the test, and returns its first lines.
func started(t *testing.T, bin string, lines int, args ...string) (pid int, said []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, args...)
	out, err := cmd.StdoutPipe() // stderr, where the log goes, is /dev/null
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-read
		_ = cmd.Wait()
	})
	r := bufio.NewReader(out)
	for range lines {
		line, err := r.ReadString('\n')
		require.NoError(t, err, "%s %v", bin, args)
		said = append(said, strings.TrimSpace(line))
	}
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, r)
	}()
	return cmd.Process.Pid, said
}

func lastWord(line string) string { return line[strings.LastIndexByte(line, ' ')+1:] }

// phase measures all ways at all rates and prints a row for each.
func (m *measured) phase(t *testing.T, name string) {
	t.Helper()
	for _, rate := range overheadRates {
		slicesOf := map[string][]slice{}
		for round := range *overheadRounds + 1 {
			for i := range ways {
				way := ways[(round+i)%len(ways)]
				s := m.slice(t, way, rate)
				if round > 0 { // the first one warms up
					slicesOf[way] = append(slicesOf[way], s)
				}
			}
			for _, way := range ways { // what else the machine does holds up all ways of a round
				if list := slicesOf[way]; len(list) > 0 {
					list[len(list)-1].added = list[len(list)-1].p50 - slicesOf["direct"][len(list)-1].p50
				}
			}
		}
		of := func(way string, figure func(slice) float64) float64 { return median(slicesOf[way], figure) }
		p50 := func(s slice) float64 { return s.p50 }
		cpu := func(s slice) float64 { return s.cpu }
		for _, way := range ways {
			row := fmt.Sprintf("%-8s %6d %-7s %9.3f %9.3f", name, rate, way, of(way, p50), of(way, func(s slice) float64 { return s.p99 }))
			if way != "direct" {
				added := func(way string) float64 { return of(way, func(s slice) float64 { return s.added }) }
				row += fmt.Sprintf(" %9.3f %6.2f %9.0f %6.2f %8.1f", added(way), added(way)/added("bare"), of(way, cpu), of(way, cpu)/of("bare", cpu),
					of(way, func(s slice) float64 { return s.rss }))
			} else {
				row += strings.Repeat(" ", 44)
			}
			fmt.Printf("%s %7.0f\n", row, median(slicesOf[way], func(s slice) float64 { return float64(s.failed) }))
		}
	}
}

func median(list []slice, figure func(slice) float64) float64 {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b slice) int { return cmp.Compare(figure(a), figure(b)) })
	return figure(list[len(list)/2])
}

// slice is what one way did for a while.
type slice struct {
	p50, p99 float64 // ms
	added    float64 // ms, by p50, to direct in the same round
	cpu      float64 // µs per request
	rss      float64 // MiB, at the end
	failed   int
}

func (m *measured) slice(t *testing.T, way string, rate int) slice {
	t.Helper()
	before := usageOf(t, m.pids[m.process(way)])
	took, failed := m.send(way, rate, *overhead)
	after := usageOf(t, m.pids[m.process(way)])
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1e3 }
	return slice{
		p50: at(0.5), p99: at(0.99), failed: failed,
		cpu: float64((after.cpu - before.cpu).Microseconds()) / float64(len(took)), rss: float64(after.rss) / (1 << 20),
	}
}

// process is the name of the process that a way goes through now.
func (m *measured) process(way string) string {
	if m.urls[way] == m.urls[way+" 2"] {
		return way + " 2"
	}
	return way
}

// send sends requests by a way for a while, and returns how long each took.
func (m *measured) send(way string, rate int, d time.Duration) (took []time.Duration, failed int) {
	model := "m"
	if way == "serve" {
		model = "r"
	}
	body := fmt.Appendf(nil, `{"model":%q,"max_tokens":150,"messages":[{"role":"system","content":%q},{"role":"user","content":"What is the time to first token?"}]}`,
		model, strings.Repeat("You answer questions about services. ", 50))
	target := vegeta.NewStaticTargeter(vegeta.Target{Method: http.MethodPost, URL: m.urls[way] + "/chat/completions", Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer any"}}})
	a := vegeta.NewAttacker(vegeta.Connections(256), vegeta.Timeout(10*time.Second))
	for r := range a.Attack(target, vegeta.Rate{Freq: rate, Per: time.Second}, d, way) {
		took = append(took, r.Latency)
		if r.Code != http.StatusOK {
			failed++
		}
	}
	return took, failed
}

// fault lets the primary fail until it is healed.
func (m *measured) fault(t *testing.T, fault string) {
	t.Helper()
	resp, err := http.Post(m.admin+"/faults", "application/json", strings.NewReader(`{"for": "1h", "provider": "primary", "fault": `+fault+`}`))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusCreated, resp.StatusCode)
}

// heal withdraws the fault and waits until the primary has its traffic back.
func (m *measured) heal(t *testing.T) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, m.admin+"/faults", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	m.awaitBreaker(t, "closed")
}

// awaitBreaker sends requests until the breaker of the primary is in a state.
func (m *measured) awaitBreaker(t *testing.T, state string) {
	t.Helper()
	for range 300 {
		m.send("serve", 50, time.Second)
		if strings.Contains(page(t, m.urls["serve"]+"/routedrill/health"), `{"target":"primary/m","endpoint":"chat","state":"`+state+`"`) {
			return
		}
	}
	t.Fatalf("the breaker of the primary is not %s after 300 s", state)
}
