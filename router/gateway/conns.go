package gateway

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
)

// DefaultConns is how many connections there may be at once.
const DefaultConns = 20_000

// bounded accepts so many connections at once. Further ones are closed right away, so
// that they hold neither memory nor a descriptor, and those there are go on.
type bounded struct {
	net.Listener
	most int64
	open atomic.Int64
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.Add(1) <= b.most {
			return &counted{Conn: c, of: b}, nil
		}
		b.open.Add(-1)
		_ = c.Close() // nobody has used it
	}
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	of   *bounded
	once sync.Once
}

// Close implements net.Conn.
func (c *counted) Close() error {
	c.once.Do(func() { c.of.open.Add(-1) })
	return c.Conn.Close()
}

// Owns reports whether an address leads to the gateway itself.
func (g *Gateway) Owns(a netip.AddrPort) bool {
	own, ok := g.listener.Addr().(*net.TCPAddr)
	if !ok || int(a.Port()) != own.Port {
		return false
	}
	ip := a.Addr().Unmap()
	at, _ := netip.AddrFromSlice(own.IP)
	if at = at.Unmap(); at == ip || ip.IsUnspecified() && (at.IsLoopback() || at.IsUnspecified()) {
		return true
	}
	return own.IP.IsUnspecified() && (ip.IsLoopback() || ofThisMachine(ip))
}

func ofThisMachine(ip netip.Addr) bool {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return true // better none than the wrong one
	}
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Unmap().WithZone("") == ip.WithZone("") {
			return true
		}
	}
	return false
}
