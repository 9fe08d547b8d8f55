package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Bounds on what a client may take its time for.
const (
	headerTime = 10 * time.Second // to send the headers of a request
	bodyTime   = 2 * time.Minute  // to send its body, at most
	bodyGrace  = 10 * time.Second // to send the first of it; what has come earns more
	bodyRate   = 8 << 10          // bytes of the body that earn a second
	idleTime   = 2 * time.Minute  // between requests of a connection
	flushTime  = time.Minute      // to take the last bytes of an answer, once the router has written it
	maxHeader  = 64 << 10         // bytes of the headers
)

// DefaultDrain is how long a stop waits for requests under way.
const DefaultDrain = 30 * time.Second

// Config of a [Gateway].
type Config struct {
	Addr    string       // host:port; port 0 is any free one
	Handler http.Handler // the router
	// Drain bounds how long a stop waits for requests under way, streams too;
	// what is under way then is broken off. 0 = [DefaultDrain].
	Drain time.Duration
	// OnStop is called when a stop begins, for what would not end by itself; it must
	// not block. nil: nothing.
	OnStop func()
	// Conns is how many connections there may be at once; further ones are closed at
	// once. 0 = [DefaultConns].
	Conns int
	TLS   *tls.Config  // nil: without encryption
	Log   *slog.Logger // nil discards
}

// Gateway is a listening server. Make one with [Listen]; each must be run once.
type Gateway struct {
	config   Config
	listener net.Listener
	server   *http.Server
}

// Listen opens the port. Connections are accepted from here on and served once
// [Gateway.Run] runs.
func Listen(c Config) (*Gateway, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Drain == 0 {
		c.Drain = DefaultDrain
	}
	if c.Conns == 0 {
		c.Conns = DefaultConns
	}
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	server := &http.Server{
		Handler: patient{c.Handler}, TLSConfig: c.TLS, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
	}
	if c.OnStop != nil {
		server.RegisterOnShutdown(c.OnStop)
	}
	return &Gateway{config: c, listener: &bounded{Listener: l, most: int64(c.Conns)}, server: server}, nil
}

// Addr is where the gateway listens.
func (g *Gateway) Addr() string { return g.listener.Addr().String() }

// Run serves until ctx is done, then stops: no new connections, and the requests
// under way have until the drain time is over. It returns nil after a stop on
// which all of them ended, and an error that says so otherwise.
func (g *Gateway) Run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- g.serve() }()
	select {
	case err := <-ended:
		return fmt.Errorf("gateway: %w", err)
	case <-ctx.Done():
	}
	g.config.Log.Info("stopping", "address", g.Addr(), "drain", g.config.Drain.String())
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), g.config.Drain)
	defer cancel()
	err := g.server.Shutdown(stop)
	if err != nil {
		_ = g.server.Close()
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("gateway: requests were still under way after %s and have been broken off", g.config.Drain)
	}
	return err
}

func (g *Gateway) serve() error {
	if g.config.TLS != nil {
		return g.server.ServeTLS(g.listener, "", "") // the config has the certificate
	}
	return g.server.Serve(g.listener)
}

// patient gives each request's body its time, and more the more of it has come,
// so that who sends nothing, or next to nothing, does not hold a connection for
// long. The deadline goes once the body has been read: the answer may take as
// long as the router lets it. What the server still holds of the answer when the
// router is done has a time of its own.
type patient struct{ next http.Handler }

func (p patient) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	if r.Body != nil && r.Body != http.NoBody {
		now := time.Now()
		if rc.SetReadDeadline(now.Add(bodyGrace)) == nil { // only not supported by writers of tests
			r.Body = &timed{ReadCloser: r.Body, rc: rc, began: now}
		}
	}
	_ = rc.SetWriteDeadline(time.Time{}) // of the connection's last request
	p.next.ServeHTTP(w, r)
	_ = rc.SetWriteDeadline(time.Now().Add(flushTime))
}

type timed struct {
	io.ReadCloser
	rc    *http.ResponseController
	began time.Time
	read  int64 // bytes
}

func (t *timed) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	t.read += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		_ = t.rc.SetReadDeadline(time.Time{}) // it could be set
	case err == nil:
		earned := time.Duration(t.read) * time.Second / bodyRate
		_ = t.rc.SetReadDeadline(t.began.Add(min(bodyGrace+earned, bodyTime)))
	}
	return n, err
}
