package main

import (
	"crypto/tls"
	"fmt"
	"sync/atomic"

	"github.com/routedrill/routedrill/router/config"
)

// liveCertificate is the certificate that the file names, as it is now. Connections
// that stand keep theirs.
type liveCertificate struct {
	now atomic.Pointer[tls.Certificate]
}

// readCertificate reads a certificate; nil where none is asked for.
func readCertificate(file *config.File) (*tls.Certificate, error) {
	t := file.Server.TLS
	if t == nil {
		return nil, nil
	}
	c, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%s:%d: server.tls: %w", file.Name, t.Line, err)
	}
	return &c, nil
}

// config is how to listen; nil is without encryption.
func (l *liveCertificate) config() *tls.Config {
	if l.now.Load() == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return l.now.Load(), nil },
	}
}
