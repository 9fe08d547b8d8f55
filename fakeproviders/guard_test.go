package fakeproviders

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A caller that never reads holds a write no longer than its limit.
func TestGuardedWriteEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	server, err := l.Accept()
	require.NoError(t, err)
	defer server.Close()
	conn := guard(server)
	require.Equal(t, writeTime, conn.(*guarded).limit)
	slow := &guarded{TCPConn: conn.(*guarded).TCPConn, limit: time.Millisecond}
	for err == nil { // until the socket's buffers are full
		_, err = slow.Write(make([]byte, 1<<20))
	}
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, server.(*net.TCPConn).SetLinger(0))
}

// deadlines notes what is asked of the connection.
type deadlines struct {
	httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error { d.set = append(d.set, t); return nil }

func TestBodiesHaveADeadline(t *testing.T) {
	p, err := New(Config{Name: "p", Models: []Model{{Name: "m"}}})
	require.NoError(t, err)
	port := new(Port)
	port.Swap(p)
	for name, row := range map[string]struct {
		body io.Reader
		set  int
	}{
		"a body":  {strings.NewReader("{}"), 2},
		"no body": {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := &deadlines{ResponseRecorder: *httptest.NewRecorder()}
			before := time.Now()
			port.serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/chat/completions", row.body))
			require.Equal(t, 400, w.Code)
			require.Len(t, w.set, row.set)
			if row.set > 0 {
				require.False(t, w.set[0].Before(before.Add(bodyTime)))
				require.Zero(t, w.set[1], "and none while the answer is made")
			}
		})
	}
}
