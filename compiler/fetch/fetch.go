// Package fetch brings what a bento is made of onto this machine: Go modules,
// the Go toolchain, base images, wheels, Debian packages and files behind URLs.
// Everything that it brings is checked against a digest that was known before,
// or, where it is chosen for the first time, against lists that are signed or
// come from an index that the user has configured. It lands in a [store.Store].
//
// Where to ask is the machine's configuration, never bentoc's: module proxies
// come from GOPROXY or from the go command's own settings, Python package
// indexes from pip's and uv's, Debian mirrors from apt's or BENTOC_DEB_MIRROR,
// registry credentials from DOCKER_CONFIG, proxies from HTTPS_PROXY and NO_PROXY, certificate
// authorities from SSL_CERT_FILE, passwords from netrc.
package fetch

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"bentoc.dev/compiler/fetch/store"
)

// Client fetches into one store. Its methods may be called concurrently.
type Client struct {
	Store *store.Store
	// HTTP sends the requests.
	HTTP *http.Client
	// Env is the environment, as of os.Environ, that settings are read from and
	// that the go command is run with.
	Env []string
	// GoRoot is an installed Go of the locked version to run on this machine.
	// "" means the locked toolchain itself, unpacked into the store.
	GoRoot string
	// OnProgress, if set, is told of downloads as they go on. It is called from
	// several goroutines at a time and must be quick.
	OnProgress func(Progress)

	retryDelay time.Duration // before the first retry; doubled for each more
	stall      time.Duration // a download that gets nothing for so long is cut
	slots      chan struct{} // downloads at a time

	aptDir string           // apt's settings; "" means where they usually are
	now    func() time.Time // the clock that signatures are checked by; nil means the machine's
}

// Progress is the state of one download.
type Progress struct {
	Name  string // what is fetched, for people
	Done  int64  // bytes
	Total int64  // bytes, 0 when not known
	// Finished is true once, when the content lies in the store.
	Finished bool
}

// New gives a client with the environment of this process.
func New(s *store.Store) *Client {
	c := &Client{
		Store:      s,
		Env:        os.Environ(),
		retryDelay: 250 * time.Millisecond,
		stall:      time.Minute,
		slots:      make(chan struct{}, 8),
	}
	t := &lazyTransport{make: sync.OnceValues(func() (*http.Transport, error) { return newTransport(c.getenv) })}
	c.HTTP = &http.Client{Transport: t}
	return c
}

// MissingError says that something that a build needs is neither in the store
// nor to be had, and how the user can supply it.
type MissingError struct {
	What  string // such as "module example.com/x v1.2.3"
	Cause error  // nil when nothing was tried
	Cure  string
}

// Error names what is missing and why.
func (e *MissingError) Error() string {
	if e.Cause == nil {
		return e.What + " is missing"
	}
	return fmt.Sprintf("%s is missing: %v", e.What, e.Cause)
}

// Unwrap gives the cause.
func (e *MissingError) Unwrap() error { return e.Cause }

// Hint gives the cure.
func (e *MissingError) Hint() string { return e.Cure }

// getenv reads a variable of c.Env; the last one wins, as in the os package.
func (c *Client) getenv(name string) string {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(c.Env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// acquire waits for a free place among the downloads.
func (c *Client) acquire(ctx context.Context) (release func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *Client) progress(p Progress) {
	if c.OnProgress != nil {
		c.OnProgress(p)
	}
}
