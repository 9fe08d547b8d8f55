package gateway_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/routedrill/routedrill/router/gateway"
)

// Connections beyond the bound are closed at once; when one ends there is room again.
func TestConnections(t *testing.T) {
	g, err := gateway.Listen(gateway.Config{Addr: "127.0.0.1:0", Conns: 2, Drain: time.Second, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- g.Run(ctx) }()
	defer func() { stop(); require.NoError(t, <-ended) }()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", g.Addr())
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	served := func(c net.Conn) bool {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			return false
		}
		_, err := c.Read(make([]byte, 512))
		return err == nil
	}
	one, two := dial(), dial()
	require.True(t, served(one))
	require.True(t, served(two))
	require.False(t, served(dial()), "one too many")
	require.True(t, served(one), "the others go on")
	require.NoError(t, one.Close())
	require.Eventually(t, func() bool { return served(dial()) }, 10*time.Second, 10*time.Millisecond)
}

func TestOwns(t *testing.T) {
	for _, row := range []struct {
		listen string
		yes    []string
		no     []string
	}{
		{"127.0.0.1:0", []string{"127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"}, []string{"127.0.0.2", "203.0.113.1"}},
		{"0.0.0.0:0", []string{"127.0.0.1", "0.0.0.0", "127.5.5.5"}, []string{"203.0.113.1"}},
	} {
		t.Run(row.listen, func(t *testing.T) {
			g, err := gateway.Listen(gateway.Config{Addr: row.listen, Drain: time.Second})
			require.NoError(t, err)
			stopped, stop := context.WithCancel(t.Context())
			stop()
			defer func() { require.NoError(t, g.Run(stopped)) }()
			at := netip.MustParseAddrPort(g.Addr())
			for _, ip := range row.yes {
				require.True(t, g.Owns(netip.AddrPortFrom(netip.MustParseAddr(ip), at.Port())), ip)
				require.False(t, g.Owns(netip.AddrPortFrom(netip.MustParseAddr(ip), at.Port()^1)), ip)
			}
			for _, ip := range row.no {
				require.False(t, g.Owns(netip.AddrPortFrom(netip.MustParseAddr(ip), at.Port())), ip)
			}
		})
	}
}
