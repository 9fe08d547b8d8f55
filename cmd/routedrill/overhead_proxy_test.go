package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bareProxyName is the name under which this test's program is a bare proxy.
const bareProxyName = "bareproxy"

// bareProxy is the least that can stand between a client and a provider: what the
// standard library has, with as many idle connections as the router keeps. Its
// argument is a base URL with /v1.
func bareProxy() {
	target, err := url.Parse(strings.TrimSuffix(os.Args[1], "/v1"))
	if err != nil {
		panic(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 1024, 256
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("bareproxy serves http://%s\n", l.Addr())
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: transport}
	panic(http.Serve(l, proxy))
}

// procUsage is what a process has used.
type procUsage struct {
	cpu time.Duration // user and system, in steps of 10 ms
	rss int64         // bytes, now
}

// usageOf reads it from /proc; of process 0 it is nothing.
func usageOf(t *testing.T, pid int) (u procUsage) {
	t.Helper()
	if pid == 0 {
		return u
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(data), ") ") // behind the program's name
	require.True(t, found)
	f := strings.Fields(rest) // from the third field of proc(5) on
	number := func(nth int) int64 {
		n, err := strconv.ParseInt(f[nth-3], 10, 64)
		require.NoError(t, err)
		return n
	}
	u.cpu = time.Duration(number(14)+number(15)) * 10 * time.Millisecond // utime and stime, in ticks of 1/100 s
	u.rss = number(24) * int64(os.Getpagesize())
	return u
}
