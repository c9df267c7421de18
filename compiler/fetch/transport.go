package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"
)

// lazyTransport makes its transport at the first request: reading certificates
// takes longer than a whole build that fetches nothing.
type lazyTransport struct {
	make func() (*http.Transport, error)
}

// RoundTrip sends a request.
func (l *lazyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t, err := l.make()
	if err != nil {
		return nil, err
	}
	return t.RoundTrip(req)
}

// newTransport gives a transport that honours the proxy variables and, on every
// system, SSL_CERT_FILE: Go itself reads that one on Linux and BSD only.
func newTransport(getenv func(string) string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   20 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode == http.StatusOK {
				return nil
			}
			return newStatusError(proxy.String(), res)
		},
	}
	path := getenv("SSL_CERT_FILE")
	if path == "" {
		return t, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the certificates of SSL_CERT_FILE: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading the certificates of SSL_CERT_FILE: %s holds none", path)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool}
	return t, nil
}
