package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// certificate writes a certificate of this machine and its key, and returns the pool
// that trusts it.
func certificate(t *testing.T, dir string, serial int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "routedrill"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{"tls.crt": {Type: "CERTIFICATE", Bytes: der}, "tls.key": {Type: "PRIVATE KEY", Bytes: private}} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	return pool
}

// A certificate that is renewed is taken up; one that is none is not.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	pool := certificate(t, dir, 1)
	text, _ := heldStream(t)
	text += fmt.Sprintf("server: {tls: {cert_file: %s/tls.crt, key_file: %s/tls.key}}\n", dir, dir)
	s := serve(t, text)
	require.True(t, strings.HasPrefix(s.base, "https://"), s.base)
	require.True(t, strings.HasPrefix(s.admin, "https://"), s.admin)
	// get asks on a connection of its own, and returns the certificate's number.
	get := func(url string, pool *x509.CertPool) (int64, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
		defer client.CloseIdleConnections()
		resp, err := client.Get(url)
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, 2, resp.ProtoMajor)
		return resp.TLS.PeerCertificates[0].SerialNumber.Int64(), nil
	}
	for _, url := range []string{s.base + "/v1/models", s.admin + "/cache"} {
		n, err := get(url, pool)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
	}
	_, err := get(s.base+"/healthz", x509.NewCertPool())
	require.Error(t, err, "nobody trusts it unasked")

	renewed := certificate(t, dir, 2)
	s.logged("config reloaded", 1)
	n, err := get(s.base+"/v1/models", renewed)
	require.NoError(t, err)
	require.EqualValues(t, 2, n)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.crt"), []byte("none"), 0o600))
	s.logged("config not reloaded", 1)
	require.Contains(t, s.log.String(), "server.tls: ")
	n, err = get(s.base+"/v1/models", renewed)
	require.NoError(t, err)
	require.EqualValues(t, 2, n, "the one before goes on")

	s.write(text[:strings.Index(text, "server:")])
	s.logged("server.tls (whether it is there) has changed", 1)
	n, err = get(s.base+"/v1/models", renewed)
	require.NoError(t, err)
	require.EqualValues(t, 2, n, "for as long as the process runs")
}
