package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/report"
	"github.com/routedrill/routedrill/report/gate"
	"github.com/routedrill/routedrill/scenarios"
)

var agreementTarget = flag.Bool("agreement-target", false, "run the wall drills in one process and with `serve` in another, minutes of real time")

// elsewhere is a gateway of ours in a process of its own.
type elsewhere struct {
	bin, config string
	ports       int // first of the fakes it talks to
	url         string
}

// serveElsewhere starts `routedrill serve` in front of the fakes of a world, and
// ends it with the test.
func serveElsewhere(t *testing.T, bin, world string, providers int) *elsewhere {
	t.Helper()
	g := &elsewhere{bin: bin, config: filepath.Join(t.TempDir(), "router.yaml"), ports: freePorts(t, providers)}
	// The command says how to point the router at its fakes, which are not needed here.
	fakes := exec.CommandContext(t.Context(), bin, "fake", world, "--port", strconv.Itoa(g.ports), "--print-config", "routedrill")
	out, err := fakes.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, fakes.Start())
	var text strings.Builder
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "policy:") { // the last line
		text.WriteString(lines.Text() + "\n")
	}
	require.NoError(t, fakes.Process.Signal(os.Interrupt))
	require.NoError(t, fakes.Wait())
	text.WriteString("policy: {strategy: priority}\n")
	require.NoError(t, os.WriteFile(g.config, []byte(text.String()), 0o600))

	serve := exec.CommandContext(t.Context(), bin, "serve", "--config", g.config, "--listen", "127.0.0.1:0", "--log", "off", "--drain", "1s")
	out, err = serve.StdoutPipe()
	require.NoError(t, err)
	serve.Stderr = t.Output()
	require.NoError(t, serve.Start())
	t.Cleanup(func() {
		_ = serve.Process.Signal(os.Interrupt)
		_ = serve.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	g.url = strings.TrimSpace(strings.TrimPrefix(line, "routedrill serves "))
	return g
}

// freePorts finds so many free ports in a row.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for range 50 {
		var all []net.Listener
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		first := l.Addr().(*net.TCPAddr).Port
		for all = append(all, l); err == nil && len(all) < n; {
			if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+len(all)))); err == nil {
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

// drive runs a drill in a process and returns its result.
func drive(t *testing.T, bin string, args ...string) *report.Result {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), bin, append([]string{"run", "--format", "json"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	require.NotEmpty(t, stdout.Bytes(), "%v\n%s", err, stderr.String())
	result := new(report.Result)
	require.NoError(t, json.Unmarshal(stdout.Bytes(), result))
	return result
}

// TestTargetServe is the whole way: a drill drives our own gateway in another
// process, whose providers are the fakes of the drill.
func TestTargetServe(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and takes seconds of real time")
	}
	bin := build(t)
	drill := filepath.Join(t.TempDir(), "drill.yaml")
	require.NoError(t, os.WriteFile(drill, []byte(smallDrill), 0o600))
	g := serveElsewhere(t, bin, drill, 2)
	res := drive(t, bin, drill, "--target", g.url, "--target-port", strconv.Itoa(g.ports))
	require.Equal(t, g.url, res.Target)
	require.Len(t, res.Cells, 1)
	cell := &res.Cells[0]
	require.Positive(t, cell.Requests)
	require.Equal(t, cell.Requests, cell.Answered, "%v", cell.Outcomes)
	require.Positive(t, *cell.Cost)
	require.Positive(t, cell.ServedBy["primary"])
	require.Positive(t, cell.ServedBy["secondary"])
	require.Positive(t, res.Faults[0].Hits)
	require.Empty(t, res.Findings, "our router forwards the ids of requests")
	for _, inv := range cell.Invariants {
		require.Zero(t, inv.Violations, inv.Name)
		require.Equal(t, inv.Number > 2, inv.NotVisible, inv.Name)
	}
}

// TestTargetAgrees is the proof behind `make agreement-target`: what is measured
// from outside is what the run in one process says.
func TestTargetAgrees(t *testing.T) {
	if !*agreementTarget {
		t.Skip("needs -agreement-target: minutes of real time")
	}
	bin := build(t)
	var mu sync.Mutex
	for _, sum := range scenarios.List() {
		if sum.Group != "wall" {
			continue
		}
		t.Run(sum.Name, func(t *testing.T) {
			t.Parallel()
			g := serveElsewhere(t, bin, "chat-pair", 2)
			inside := drive(t, bin, sum.Name, "--clock", "wall", "--policy", g.config)
			outside := drive(t, bin, sum.Name, "--target", g.url, "--target-port", strconv.Itoa(g.ports))
			text, differences := sideBySide(inside, outside)
			mu.Lock()
			defer mu.Unlock()
			fmt.Printf("\n%s\n%s", sum.Name, text)
			require.Empty(t, differences)
		})
	}
}

// sideBySide words both results and says where they do not agree: availability
// within a point, the p95 of latency and TTFT within 15 %.
func sideBySide(inside, outside *report.Result) (text string, differences []string) {
	var b strings.Builder
	line := func(what string, x, y, off float64, unit string, agrees bool) {
		fmt.Fprintf(&b, "  %-20s one process %8.3f%s, target %8.3f%s, apart %.2f%s\n", what, x, unit, y, unit, off, map[bool]string{true: "", false: "  <-"}[agrees])
		if !agrees {
			differences = append(differences, fmt.Sprintf("%s: %v and %v", what, x, y))
		}
	}
	in, out := &inside.Cells[0], &outside.Cells[0]
	x, y := 100*float64(*in.Availability), 100*float64(*out.Availability)
	line("availability", x, y, math.Abs(y-x), "%", math.Abs(y-x) <= 1)
	for _, d := range []struct {
		what string
		x, y *report.Distribution
	}{{"latency p95", in.Latency, out.Latency}, {"ttft p95", in.TTFT, out.TTFT}} {
		x, y := time.Duration(*d.x.P95).Seconds(), time.Duration(*d.y.P95).Seconds()
		line(d.what, x, y, math.Abs(y-x)/x, "s", math.Abs(y-x) <= 0.15*x)
	}
	x, y = float64(*in.CostPer1k), float64(*out.CostPer1k)
	line("cost per 1k", x, y, math.Abs(y-x)/x, "$", math.Abs(y-x) <= 0.03*x)
	x, y = float64(*in.RetryAmplification), float64(*out.RetryAmplification)
	line("retry amplification", x, y, math.Abs(y-x)/x, "", math.Abs(y-x) <= 0.03*x)
	return b.String(), differences
}

// TestDiffTargetCmd compares two gateways that are started for it: HEAD lost its
// second provider. What was started is ended.
func TestDiffTargetCmd(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and takes seconds of real time")
	}
	bin := build(t)
	drill := filepath.Join(t.TempDir(), "drill.yaml")
	require.NoError(t, os.WriteFile(drill, []byte(smallDrill), 0o600))
	ports := freePorts(t, 3)
	config := func(targets string) string {
		file := filepath.Join(t.TempDir(), "router.yaml")
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `
version: 1
providers:
  primary:   {wire: openai, base_url: "http://127.0.0.1:%d/v1", api_key: any}
  secondary: {wire: openai, base_url: "http://127.0.0.1:%d/v1", api_key: any}
routes: {r: [%s], spare: [secondary/m]}
`, ports, ports+1, targets), 0o600))
		return fmt.Sprintf("%s serve --config %s --listen 127.0.0.1:%d --log off --drain 1s & wait", bin, file, ports+2)
	}
	run := func(base, head string) (*gate.Result, int, string) {
		cmd := exec.CommandContext(t.Context(), bin, "diff", "--target-cmd", base, head, drill, "--seeds", "2", "--format", "json",
			"--target", fmt.Sprintf("http://127.0.0.1:%d/v1", ports+2), "--target-port", strconv.Itoa(ports))
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		_ = cmd.Run()
		result := new(gate.Result)
		if stdout.Len() > 0 {
			require.NoError(t, json.Unmarshal(stdout.Bytes(), result))
		}
		return result, cmd.ProcessState.ExitCode(), stderr.String()
	}
	_, code, said := run("echo no such thing >&2; exit 3", config("primary/m"))
	require.Equal(t, codeUsage, code)
	require.Contains(t, said, "ended before it accepted connections")
	require.Contains(t, said, "no such thing")
	if !*agreementTarget {
		t.Skip("the rest needs -agreement-target: most of a minute of real time")
	}
	order := filepath.Join(t.TempDir(), "order")
	noted := func(name, command string) string { return fmt.Sprintf("echo %s >> %s; %s", name, order, command) }
	res, code, said := run(noted("base", config("primary/m, secondary/m")), noted("head", config("primary/m")))
	require.Len(t, res.Scenarios, 1, said)
	require.Contains(t, []int{codeCrossed, codeInconclusive}, code, said) // two seeds may be too few to be sure
	row := res.Scenarios[0].Rows[0]
	require.Equal(t, "availability", row.Metric)
	require.Greater(t, float64(*row.Base), float64(*row.Head)+0.1)
	started, err := os.ReadFile(order) //nolint:gosec // ours
	require.NoError(t, err)
	require.Equal(t, []string{"base", "head", "head", "base"}, strings.Fields(string(started)), "seed by seed, and first in turn")
	_, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", ports+2))
	require.Error(t, err, "the gateway was ended")
}

// smallDrill has two providers and an outage of the first, in three seconds.
const smallDrill = `
version: 1
name: elsewhere
duration: 3s
world:
  providers:
    primary:   {models: {m: {price: {input: 1, output: 2}, ttft: 20ms, itl: 1ms}}}
    secondary: {models: {m: {price: {input: 1, output: 2}, ttft: 20ms, itl: 1ms}}}
  routes: {r: [primary/m, secondary/m]}
  load: {arrivals: constant, rate: 20/s}
  tasks: [{name: whole, model: r, prompt_tokens: 50, output_tokens: 20}, {name: stream, model: r, stream: true, prompt_tokens: 50, output_tokens: 60}]
timeline:
  - {id: outage, at: 1s, for: 1s, provider: primary, fault: {kind: status, status: 503}}
`
