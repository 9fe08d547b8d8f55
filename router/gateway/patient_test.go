package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// pipe is a listener with one connection, in memory.
type pipe struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipe) Close() error { close(p.closed); return nil }
func (*pipe) Addr() net.Addr { return &net.TCPAddr{} }

// A body gets time for what has come of it, and no more.
func TestSlowBodies(t *testing.T) {
	const size = 64 << 10
	tests := []struct {
		name  string
		piece int // bytes a second
		ends  time.Duration
		whole bool
	}{
		{"nothing at all", 0, bodyGrace + time.Second, false},
		{"a byte a second", 1, bodyGrace + time.Second, false},
		{"half of the rate", bodyRate / 2, 2 * bodyGrace, true}, // it has come before its time is over
		{"slow and steady", bodyRate / 4, 4*bodyGrace/3 + 2*time.Second, false},
		{"all at once", size, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var took time.Duration
				var failure error
				server := &http.Server{ReadHeaderTimeout: headerTime, Handler: patient{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
					_, failure = io.Copy(io.Discard, r.Body)
					took = time.Since(began)
				})}}
				client, inside := net.Pipe()
				l := &pipe{make(chan net.Conn, 1), make(chan struct{})}
				l.conns <- inside
				ended := make(chan struct{})
				go func() { defer close(ended); _ = server.Serve(l) }()
				sent := make(chan struct{})
				go func() {
					defer close(sent)
					_, _ = fmt.Fprintf(client, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size)
					for n := 0; n < size && tt.piece > 0; n += tt.piece {
						if _, err := client.Write(make([]byte, min(tt.piece, size-n))); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				}()
				line, _ := bufio.NewReader(client).ReadString('\n')
				_ = client.Close()
				_ = server.Close()
				<-ended
				<-sent
				require.Contains(t, line, "200", "the handler answers either way")
				if tt.whole {
					require.NoError(t, failure)
					require.LessOrEqual(t, took, tt.ends)
				} else {
					var late net.Error
					require.ErrorAs(t, failure, &late)
					require.True(t, late.Timeout())
					require.LessOrEqual(t, took, tt.ends)
					require.GreaterOrEqual(t, took, bodyGrace)
				}
			})
		})
	}
}

// Headers that trickle in end the connection when their time is over, however steadily
// they come.
func TestSlowHeaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reached := false
		server := &http.Server{ReadHeaderTimeout: headerTime, Handler: patient{http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })}}
		client, inside := net.Pipe()
		l := &pipe{make(chan net.Conn, 1), make(chan struct{})}
		l.conns <- inside
		ended := make(chan struct{})
		go func() { defer close(ended); _ = server.Serve(l) }()
		began := time.Now()
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n")
			for range 100 {
				if _, err := io.WriteString(client, "X: y\r\n"); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		_, err := client.Read(make([]byte, 1))
		require.Error(t, err, "no answer: nobody is there to read it")
		require.Equal(t, headerTime, time.Since(began).Truncate(time.Second))
		_ = client.Close()
		_ = server.Close()
		<-ended
		<-sent
		require.False(t, reached)
	})
}
