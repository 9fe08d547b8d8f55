package router

import (
	"log/slog"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRefusedAddresses(t *testing.T) {
	h := &reach{log: slog.New(slog.DiscardHandler), own: func(a netip.AddrPort) bool { return a.Port() == 9001 }}
	for _, row := range []struct {
		name, address, want string
	}{
		{"a cloud's secrets", "169.254.169.254:80", "link-local"},
		{"the same, as IPv6 has it", "[::ffff:169.254.169.254]:80", "link-local"},
		{"the same, translated", "[64:ff9b::a9fe:a9fe]:80", "link-local"},
		{"tasks' credentials", "169.254.170.2:80", "link-local"},
		{"link-local IPv6", "[fe80::1]:80", "link-local"},
		{"link-local IPv6 with its zone", "[fe80::1%eth0]:80", "link-local"},
		{"secrets over IPv6", "[fd00:ec2::254]:80", "link-local"},
		{"secrets elsewhere", "100.100.100.200:80", "link-local"},
		{"everybody on the link", "224.0.0.1:80", "link-local"},
		{"operators", "127.0.0.1:9001", "operators"},
		{"nothing", "nothing", "no address"},
		{"this machine", "127.0.0.1:8080", ""},
		{"this machine, IPv6", "[::1]:8080", ""},
		{"a private network", "10.0.0.7:443", ""},
		{"anybody", "203.0.113.7:443", ""},
		{"translated anybody", "[64:ff9b::cb00:7107]:443", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			why := h.refuses("host:80", row.address)
			require.Equal(t, row.want == "", why == "", why)
			require.Contains(t, why, row.want)
		})
	}
	h.allow([]Provider{{BaseURL: "http://host/v1", AllowLinkLocal: true}, {BaseURL: "http://other/v1"}})
	require.Empty(t, h.refuses("host:80", "169.254.1.1:80"), "it is meant")
	require.NotEmpty(t, h.refuses("other:80", "169.254.1.1:80"))
}

func TestLinkLocalHosts(t *testing.T) {
	for base, want := range map[string]bool{
		"http://169.254.169.254/v1": true, "http://[fe80::1%25eth0]:8080/v1": true, "http://metadata.google.internal./v1": true, "http://METADATA/v1": true,
		"http://127.0.0.1/v1": false, "https://api.openai.com/v1": false, "http://metadata.example/v1": false, "::": false,
	} {
		require.Equal(t, want, LinkLocalHost(base), base)
	}
}
