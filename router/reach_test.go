package router_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/routedrill/routedrill/router"
	"github.com/routedrill/routedrill/router/audit"
)

// resolver answers every question with one address, on a port of its own, and has the
// process ask it for as long as the test runs.
func resolver(t *testing.T, ip [4]byte) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response = true
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: ip}}}
			}
			m.Additionals = nil
			out, err := m.Pack()
			if err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = conn.Close()
		<-ended
	})
}

// TestBaseURLsThatLeadAstray: what is no provider's is not connected to, by whatever
// name, and the operator is told why.
func TestBaseURLsThatLeadAstray(t *testing.T) {
	resolver(t, [4]byte{169, 254, 169, 254})
	operators := httptest.NewServer(nil)
	t.Cleanup(operators.Close)
	own := netip.MustParseAddrPort(operators.Listener.Addr().String())
	for _, row := range []struct{ name, base, says string }{
		{"a name that turns out to be link-local", "http://harmless.test/v1", "it is link-local"},
		{"where operators are served", operators.URL + "/v1", "operators are served there"},
	} {
		t.Run(row.name, func(t *testing.T) {
			sink := &log{}
			var told bytes.Buffer
			r, err := router.New(router.Config{
				Providers: []router.Provider{{Name: "astray", BaseURL: row.base, APIKey: "sk-a-secret", Models: []router.Model{{Name: "m"}}}},
			}, router.WithAudit(sink), router.WithLogger(slog.New(slog.NewTextHandler(&told, nil))),
				router.WithOwnAddress(func(a netip.AddrPort) bool { return a == own }))
			require.NoError(t, err)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest("POST", "/v1/chat/completions", strings.NewReader(`{"model":"astray/m","messages":[{"role":"user","content":"hi"}]}`)))
			require.Equal(t, 502, w.Code)
			require.Equal(t, audit.DNSFailure, sink.records[0].Attempts[0].Reason)
			require.Contains(t, told.String(), row.says)
			require.NotContains(t, told.String()+w.Body.String(), "sk-a-secret")
		})
	}
	t.Run("a link-local address as such", func(t *testing.T) {
		p := router.Provider{Name: "astray", BaseURL: "http://169.254.169.254/v1", Models: []router.Model{{Name: "m"}}}
		_, err := router.New(router.Config{Providers: []router.Provider{p}})
		require.ErrorContains(t, err, "providers.astray.base_url: it is link-local, where clouds keep secrets; set allow_link_local if it is meant")
		p.AllowLinkLocal = true
		_, err = router.New(router.Config{Providers: []router.Provider{p}})
		require.NoError(t, err)
	})
	t.Run("a redirect", func(t *testing.T) {
		var reached atomic.Bool
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Store(true) }))
		t.Cleanup(elsewhere.Close)
		redirect := httptest.NewServer(http.RedirectHandler(elsewhere.URL+"/v1/chat/completions", http.StatusTemporaryRedirect))
		t.Cleanup(redirect.Close)
		r, err := router.New(router.Config{Providers: []router.Provider{{Name: "astray", BaseURL: redirect.URL + "/v1", APIKey: "sk-a-secret", Models: []router.Model{{Name: "m"}}}}})
		require.NoError(t, err)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("POST", "/v1/chat/completions", strings.NewReader(`{"model":"astray/m","messages":[{"role":"user","content":"hi"}]}`)))
		require.Equal(t, 502, w.Code)
		require.False(t, reached.Load(), "nobody follows it")
	})
}
