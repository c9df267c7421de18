package fetch_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/fetch/deb"
	"bentoc.dev/compiler/fetch/fetchtest"
	"bentoc.dev/compiler/fetch/gomod"
	"bentoc.dev/compiler/fetch/oci"
	"bentoc.dev/compiler/fetch/pypi"
	"bentoc.dev/compiler/pin"
)

// selfSigned gives a certificate for a host that is past its time from end on,
// and the file that makes it an authority.
func selfSigned(t *testing.T, host string, end time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, NotBefore: end.Add(-48 * time.Hour), NotAfter: end,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// TestTLSIsCalledThat has TLS fail in each way, for all that is fetched by
// bentoc itself: what is said speaks of TLS and of what mends it, at once.
func TestTLSIsCalledThat(t *testing.T) {
	t.Parallel()
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	for name, test := range map[string]struct {
		host      string
		end       time.Time
		trusted   bool
		plain     bool
		says, fix string
	}{
		"authority": {"127.0.0.1", soon, false, false, "signed by unknown authority", "PIP_CERT"},
		"expired":   {"127.0.0.1", past, true, false, "expired", "the clock"},
		"host":      {"other.example", soon, true, false, "127.0.0.1", "as its certificate does"},
		"no TLS":    {"127.0.0.1", soon, true, true, "HTTP response to HTTPS", "speaks TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
			srv := httptest.NewUnstartedServer(h)
			srv.Config.ErrorLog = quietLog()
			cert, file := selfSigned(t, test.host, test.end)
			srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			if test.plain {
				srv.Start()
			} else {
				srv.StartTLS()
			}
			t.Cleanup(srv.Close)
			url := strings.Replace(srv.URL, "http:", "https:", 1)
			c := fetchtest.New(t)
			if test.trusted {
				c.Env = append(c.Env, "SSL_CERT_FILE="+file)
			}
			tr, err := fetch.NewTransport(c.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(tr.CloseIdleConnections)
			c.HTTP, c.RetryDelay = &http.Client{Transport: tr}, time.Hour
			c.Env = append(c.Env, "PIP_INDEX_URL="+url, "BENTOC_DEB_MIRROR="+url, "GOPROXY="+url, "GOMODCACHE="+t.TempDir())
			toolchain, _ := pin.Toolchain("linux/amd64")
			_, wheel := pypi.New(c).Find(t.Context(), "p", "1.0", "linux/amd64")
			_, debs := deb.New(c).Find(t.Context(), "amd64", []string{"libc6"})
			_, tools := gomod.New(c, pin.Toolchain).Toolchain(t.Context(), toolchain)
			for what, err := range map[string]error{"wheel": wheel, "debs": debs, "toolchain": tools} {
				missing, ok := err.(*fetch.MissingError)
				if !ok || !strings.Contains(err.Error(), test.says) || !strings.Contains(missing.Cure, test.fix) {
					t.Errorf("%s: %v (%+v)", what, err, missing)
				}
			}
		})
	}
}

func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }

// TestRegistryTLS has a registry whose certificate is wrong.
func TestRegistryTLS(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	srv.Config.ErrorLog = quietLog()
	cert, file := selfSigned(t, "registry.test", time.Now().Add(-time.Hour))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	for env, cure := range map[string]string{"SSL_CERT_FILE=" + file: "the clock"} {
		c := fetchtest.New(t, env)
		tr, err := fetch.NewTransport(c.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tr.CloseIdleConnections)
		tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
		}
		c.HTTP = &http.Client{Transport: tr}
		_, err = oci.New(c).Resolve(t.Context(), oci.Base{Image: "registry.test/x:1"}, "linux/amd64")
		var missing *fetch.MissingError
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), "tls: failed to verify certificate") || !strings.Contains(missing.Cure, cure) {
			t.Errorf("%s: %v (%+v)", env, err, missing)
		}
	}
}
