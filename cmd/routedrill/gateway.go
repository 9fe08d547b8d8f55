//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/routedrill/routedrill/sim"
)

const (
	gatewayStart = time.Minute      // a gateway has to accept connections
	gatewayStop  = 10 * time.Second // it has to end after SIGTERM, before SIGKILL
	gatewaySays  = 2 << 10          // bytes kept of the end of its output
)

// gatewayCommand starts a target by a command of the shell, in a process group of
// its own, and ends the whole group.
func gatewayCommand(command string, t *sim.Target) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		if accepts(ctx, t.Address()) {
			return nil, usage("something accepts connections at %s already: end it first", t.URL.Redacted())
		}
		said := new(tail)
		cmd := exec.Command("sh", "-c", command) //nolint:gosec,noctx // it is the user's own; its group is ended by stop
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Stdout, cmd.Stderr = said, said
		cmd.WaitDelay = time.Second // somebody outside the group may hold its output
		if err := cmd.Start(); err != nil {
			return nil, usage("--target-cmd: %w", err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = cmd.Wait() // how it ended does not matter, but when
		}()
		stop := func() {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
			select {
			case <-ended:
			case <-time.After(gatewayStop):
			}
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what is left of the group
			<-ended
		}
		if err := awaitGateway(ctx, t.Address(), ended); err != nil {
			stop()
			return nil, usage("--target-cmd %q: %w; it said: %s", command, err, said)
		}
		return stop, nil
	}
}

// awaitGateway waits until address accepts connections.
func awaitGateway(ctx context.Context, address string, ended <-chan struct{}) error {
	late := time.After(gatewayStart)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !accepts(ctx, address) {
		select {
		case <-ended:
			return errors.New("it ended before it accepted connections")
		case <-late:
			return fmt.Errorf("it does not accept connections at %s after %s", address, gatewayStart)
		case <-ctx.Done():
			return errors.New("interrupted")
		case <-tick.C:
		}
	}
	return nil
}

func accepts(ctx context.Context, address string) bool {
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - gatewaySays; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// String is on one line.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := strings.Join(strings.Fields(strings.ToValidUTF8(string(t.text), "?")), " "); text != "" {
		return text
	}
	return "nothing"
}
