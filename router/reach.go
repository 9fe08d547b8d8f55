package router

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// reach is where the router connects to by itself. Clouds hand out secrets to whoever
// on a machine asks a link-local address for them, so a base URL that leads there,
// by whatever name, sends prompts and keys astray, or brings secrets back.
type reach struct {
	// hosts are those, with their ports, of providers with AllowLinkLocal.
	hosts atomic.Pointer[map[string]bool]
	own   func(netip.AddrPort) bool // no provider is there: it is this process; nil knows of none
	log   *slog.Logger
}

// WithOwnAddress says which addresses are the process's own, of which none is a
// provider's, such as that where operators are served. It is asked before each
// connection of the router's own transport, from many goroutines. Nil, and the default,
// knows of none.
func WithOwnAddress(own func(netip.AddrPort) bool) Option {
	return func(r *Router) { r.ownAddress = own }
}

// dial connects to a host with its port.
func (h *reach) dial(timeout time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		d := net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
		// Asked for each address that the name has, right before it is connected to, so
		// that no second look-up can bring another one.
		d.Control = func(_, address string, _ syscall.RawConn) error {
			why := h.refuses(addr, address)
			if why == "" {
				return nil
			}
			h.log.Error("a provider's address is refused", "host", addr, "address", address, "because", why)
			return &net.DNSError{Err: why, Name: addr, IsNotFound: true} // it has no address that may be used
		}
		return d.DialContext(ctx, network, addr)
	}
}

// refuses says why an address of a host may not be connected to; "" where it may.
func (h *reach) refuses(host, address string) string {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return "it is no address"
	}
	if hosts := h.hosts.Load(); linkLocal(a.Addr()) && (hosts == nil || !(*hosts)[host]) {
		return "it is link-local, where clouds keep secrets: set allow_link_local if it is meant"
	}
	if h.own != nil && h.own(a) {
		return "operators are served there"
	}
	return ""
}

// allow notes which hosts are meant although they are link-local.
func (h *reach) allow(list []Provider) {
	hosts := map[string]bool{}
	for _, p := range list {
		u, err := url.Parse(p.BaseURL)
		if err != nil || !p.AllowLinkLocal {
			continue
		}
		port := u.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
		}
		hosts[net.JoinHostPort(u.Hostname(), port)] = true
	}
	h.hosts.Store(&hosts)
}

// Addresses that are not link-local, of the services by which clouds hand out secrets,
// with the documentation that names them.
var metadata = map[netip.Addr]bool{
	netip.MustParseAddr("fd00:ec2::254"):   true, // docs.aws.amazon.com, EC2: instance metadata over IPv6
	netip.MustParseAddr("100.100.100.200"): true, // alibabacloud.com/help, ECS: instance metadata
	netip.MustParseAddr("192.0.0.192"):     true, // docs.oracle.com, Classic: instance metadata
}

var nat64 = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052, section 2.1: the last four bytes are of IPv4

// linkLocal reports whether an address is link-local, or as good as that.
func linkLocal(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	return a.IsLinkLocalUnicast() || a.IsMulticast() || metadata[a]
}

// LinkLocalHost reports whether the host of a URL is link-local, or another by which
// clouds hand out secrets, on the face of it. What
// a name stands for shows when it is connected to.
func LinkLocalHost(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "metadata" || host == "metadata.google.internal" { // cloud.google.com/compute/docs/metadata
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && linkLocal(a)
}
