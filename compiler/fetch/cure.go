package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// StatusError is an answer that is not the file.
type StatusError struct {
	URL    string
	Status int
	Wait   time.Duration // what Retry-After asks for
}

// Error names the URL and what was answered.
func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

func newStatusError(rawURL string, res *http.Response) error {
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	e := &StatusError{URL: Redact(rawURL), Status: res.StatusCode, Wait: min(time.Duration(seconds)*time.Second, 30*time.Second)}
	if res.Request != nil && res.Request.Response != nil { // it was redirected
		to := &url.URL{Scheme: res.Request.URL.Scheme, Host: res.Request.URL.Host, Path: res.Request.URL.Path}
		e.URL += ", which led to " + to.String() + ","
	}
	return e
}

// NotFound reports whether err says that the server has no such file.
func NotFound(err error) bool {
	var s *StatusError
	return errors.As(err, &s) && (s.Status == http.StatusNotFound || s.Status == http.StatusGone)
}

// saying is an error that holds the words of another program, such as the go command.
type saying interface {
	error
	Said() string
}

// isRefused reports whether err says that credentials are missing or wrong.
func isRefused(err error) bool {
	var s *StatusError
	var said saying
	return errors.As(err, &s) && (s.Status == http.StatusUnauthorized || s.Status == http.StatusForbidden) ||
		errors.As(err, &said) && goRefused.MatchString(said.Said())
}

// goRefused is how the go command says that a proxy refuses.
var goRefused = regexp.MustCompile(`(?m): (401 Unauthorized|403 Forbidden)$`)

// CureOf gives the cure for an error of the way to a server: a proxy that does
// not let through, credentials that are missing, TLS that fails; else the cure
// otherwise.
func CureOf(err error, otherwise string) string {
	var s *StatusError
	var op *net.OpError
	switch {
	case errors.As(err, &s) && s.Status == http.StatusProxyAuthRequired, errors.As(err, &op) && op.Op == "proxyconnect":
		return "see that HTTP_PROXY and HTTPS_PROXY name a proxy that lets you through; hosts in NO_PROXY are asked directly"
	case isRefused(err):
		return loginCure
	}
	if cure := TLSCure(err); cure != "" {
		return cure
	}
	return otherwise
}

const loginCure = "put the login and password for that host into ~/.netrc, or into the file that NETRC names"

const (
	cureAuthority = "see that SSL_CERT_FILE (and PIP_CERT for pip) names a file with the certificate of the authority that signed that host's; behind a proxy that opens TLS, that is the proxy's own"
	cureClock     = "see that the clock of this machine is right; else the host's certificate is past its time, which its owner mends"
	cureHost      = "see that the URL names the host as its certificate does, and that no proxy stands in its place"
	cureTLS       = "see that the URL's host speaks TLS at that port, and that no proxy stands in its place"
)

// TLSCure gives the cure where TLS failed, "" for other errors.
func TLSCure(err error) string {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var host x509.HostnameError
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var said *tlsError
	var program saying
	switch {
	case err == nil:
		return ""
	case errors.As(err, &program):
		if !errors.As(TLSFailure(program.Said(), ""), &said) {
			return ""
		}
		return said.cure
	case errors.As(err, &said):
		return said.cure
	case errors.As(err, &host):
		return cureHost
	case errors.As(err, &unknown):
		return cureAuthority
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return cureClock
	case errors.As(err, &invalid), errors.As(err, &verify):
		return cureAuthority
	case errors.As(err, &record), errors.As(err, &alert), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return cureTLS
	}
	return ""
}

// tlsError is a failure of TLS that another program reports.
type tlsError struct {
	text, cure string
}

// Error gives the program's words.
func (e *tlsError) Error() string { return "TLS failed: " + e.text }

// Hint gives the cure.
func (e *tlsError) Hint() string { return e.cure }

// tlsSigns tell by the words of other programs, Python and Go, what TLS failed
// for. The first that fits counts.
var tlsSigns = []struct {
	sign *regexp.Regexp
	cure string
}{
	{regexp.MustCompile(`(?i)certificate has expired|certificate is not yet valid|has expired or is not yet valid`), cureClock},
	{regexp.MustCompile(`(?i)hostname mismatch|doesn't match|certificate is (not )?valid for|doesn't contain any IP SANs|IP address mismatch|not valid for any names`), cureHost},
	{regexp.MustCompile(`(?i)certificate verify failed|certificate signed by unknown authority|self.signed certificate|failed to verify certificate|unable to get local issuer`), cureAuthority},
	{regexp.MustCompile(`(?i)\bSSLError\b|\bSSL: |wrong version number|tls: (handshake|first record|protocol|bad)|server gave HTTP response to HTTPS|remote error: tls`), cureTLS},
}

// TLSFailure gives a failure of TLS that a program's output speaks of, nil
// where it speaks of none. Text is what is shown of it.
func TLSFailure(output, text string) error {
	for _, s := range tlsSigns {
		if s.sign.MatchString(output) {
			return &tlsError{text, s.cure}
		}
	}
	return nil
}

// RetryAfter tells whether another attempt may help, and how long to wait at least.
func RetryAfter(err error) (time.Duration, bool) {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Wait, s.Status >= 500 || s.Status == http.StatusTooManyRequests || s.Status == http.StatusRequestTimeout
	}
	var dns *net.DNSError
	var file *os.PathError
	var size *sizeError
	never := errors.As(err, &dns) && dns.IsNotFound || TLSCure(err) != "" || errors.As(err, &size) || errors.Is(err, errDowngrade) ||
		errors.As(err, &file) || errors.Is(err, context.Canceled) || errors.Is(err, syscall.ECONNREFUSED)
	return 0, !never
}
