package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/routedrill/routedrill/router/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a gateway until stop is called, which returns what Run returned.
func start(t *testing.T, h http.HandlerFunc, drain time.Duration) (base string, stop func() error) {
	t.Helper()
	g, err := gateway.Listen(gateway.Config{Addr: "127.0.0.1:0", Handler: h, Drain: drain})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return "http://" + g.Addr(), func() error { cancel(); return <-ended }
}

func get(t *testing.T, base string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// A stop lets a stream finish and takes no new connection.
func TestStopLetsStreamsFinish(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	base, stop := start(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first ")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-goOn
		_, _ = io.WriteString(w, "last")
	}, time.Minute)
	resp := get(t, base)
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	require.Eventually(t, func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
		if err == nil {
			_ = c.Close()
		}
		return err != nil
	}, 5*time.Second, time.Millisecond, "no new connections")
	close(goOn)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, "first last", string(body))
	require.NoError(t, <-stopped)
}

// What is still under way after the drain is broken off, and that is said.
func TestStopIsBounded(t *testing.T) {
	base, stop := start(t, func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}, time.Millisecond)
	resp := get(t, base)
	require.ErrorContains(t, stop(), "still under way after 1ms")
	_, err := io.ReadAll(resp.Body)
	require.Error(t, err)
}

// The handler's context lives on after the body has been read, and ends when the
// client leaves.
func TestClientLeavesAfterItsBody(t *testing.T) {
	left := make(chan struct{})
	base, stop := start(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
		close(left)
	}, time.Minute)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	<-left
	require.NoError(t, stop())
}

func TestHeadersAreBounded(t *testing.T) {
	base, stop := start(t, func(http.ResponseWriter, *http.Request) {}, time.Second)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 100<<10)+"\r\n\r\n")
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "431")
	require.NoError(t, stop())
}

func TestListenRefuses(t *testing.T) {
	_, err := gateway.Listen(gateway.Config{Addr: "nowhere:port"})
	require.ErrorContains(t, err, "gateway: ")
}
