package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
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

// viaProxy is the key of a context whose requests go through a proxy.
type viaProxy struct{}

// ViaProxy gives a context whose requests go through proxy; nil is none, whatever
// the environment says.
func ViaProxy(ctx context.Context, proxy *url.URL) context.Context {
	return context.WithValue(ctx, viaProxy{}, proxy)
}

// ProxyFor gives the proxy of a request: that of its context, else that of the
// environment.
func ProxyFor(r *http.Request) (*url.URL, error) {
	if u, ok := r.Context().Value(viaProxy{}).(*url.URL); ok {
		return u, nil
	}
	return http.ProxyFromEnvironment(r)
}

// newTransport gives a transport that honours the proxy variables and those that
// name certificates: Go itself reads SSL_CERT_FILE on Linux and BSD only.
func newTransport(getenv func(string) string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 ProxyFor,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
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
	pool, err := certificates(getenv)
	if pool != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	return t, err
}

// certificates gives the system's certificate authorities and those that the
// environment names, nil where it names none. Besides SSL_CERT_FILE these are
// what pip and other Python programs are told; of those, what cannot be read is
// left for them to complain about.
func certificates(getenv func(string) string) (pool *x509.CertPool, err error) {
	for _, name := range []string{"SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"} {
		path := getenv(name)
		if path == "" {
			continue
		}
		pem, err := os.ReadFile(path)
		if err != nil && name == "SSL_CERT_FILE" {
			return nil, fmt.Errorf("reading the certificates of %s: %w", name, err)
		}
		if pool == nil {
			if pool, err = x509.SystemCertPool(); err != nil {
				pool = x509.NewCertPool()
			}
		}
		if !pool.AppendCertsFromPEM(pem) && name == "SSL_CERT_FILE" {
			return nil, fmt.Errorf("reading the certificates of %s: %s holds none", name, path)
		}
	}
	return pool, nil
}
