// Package fetch brings what a bento is made of onto this machine. It does what all
// downloads have in common: requests, logins, certificates, what is tried again and
// goes on where it was cut, errors that say their cure. Each ecosystem is a package
// below it, over one [Client]: Go modules and the Go toolchain (gomod), CUE modules
// (cuemod), base images (oci), wheels (pypi) and Debian packages (deb); none of them
// knows another.
//
// Everything that is brought is checked against a digest that was known before,
// or, where it is chosen for the first time, against lists that are signed or
// come from an index that the user has configured. It lands in a [store.Store].
//
// To add an ecosystem, write a package below this one: a Client that embeds a
// *[Client], its settings, how a thing is found where it is not known yet, and how one
// that is known exactly is fetched (through [Client.FileOf] or [Client.Download]). What
// the user can mend is an [AbsentError], what the machine lacks a [MissingError] with
// the cure of [CureOf]. Its rule stands in cmd/bentoc's test of imports.
//
// Where to ask is the machine's configuration, never bentoc's: module proxies
// come from GOPROXY or from the go command's own settings, Python package
// indexes from pip's and uv's, Debian mirrors from apt's or BENTOC_DEB_MIRROR,
// CUE registries from CUE_REGISTRY, registry credentials from DOCKER_CONFIG, proxies from HTTPS_PROXY and NO_PROXY, certificate
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

	"bentoc.dev/compiler/store"
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

	RetryDelay time.Duration // before the first retry; doubled for each more
	Stall      time.Duration // a download that gets nothing for so long is cut

	slots chan struct{} // downloads at a time
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
		RetryDelay: 250 * time.Millisecond,
		Stall:      time.Minute,
		slots:      make(chan struct{}, 8),
	}
	t := &lazyTransport{make: sync.OnceValues(func() (*http.Transport, error) { return newTransport(c.Getenv) })}
	c.HTTP = &http.Client{Transport: t, CheckRedirect: checkRedirect}
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

// AbsentError says that what a source asks for does not exist, or may not be
// used: that is for the user to mend, not for the machine.
type AbsentError struct {
	Text  string
	Cure  string // may be ""
	Cause error  // may be nil; Text says it too
}

// Unwrap gives the cause.
func (e *AbsentError) Unwrap() error { return e.Cause }

// Error says what there is not.
func (e *AbsentError) Error() string { return e.Text }

// Hint gives the cure.
func (e *AbsentError) Hint() string { return e.Cure }

// SizeError says that a content of the right digest has another size than was
// said with it.
type SizeError struct {
	Name, Digest string
	Want, Got    int64 // bytes
}

// Error names both sizes.
func (e *SizeError) Error() string {
	return fmt.Sprintf("%s has %d bytes, not %d", e.Name, e.Got, e.Want)
}

// CheckSize compares the size of b with what was said of it.
func CheckSize(name, digest string, want int64, b store.Blob) error {
	if b.Size == want {
		return nil
	}
	return &SizeError{Name: name, Digest: digest, Want: want, Got: b.Size}
}

// SHA256Of gives the digest sha256:HEX, or "" where hex is not as long as one.
func SHA256Of(hex string) string {
	if len(hex) != 64 {
		return ""
	}
	return "sha256:" + strings.ToLower(hex)
}

// Some lists the first few of names.
func Some(names []string) string {
	const most = 6
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// Getenv reads a variable of c.Env; the last one wins, as in the os package.
func (c *Client) Getenv(name string) string {
	for i := len(c.Env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(c.Env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// Acquire waits for a free place among the downloads.
func (c *Client) Acquire(ctx context.Context) (release func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Report tells of a download, where somebody wants to know.
func (c *Client) Report(p Progress) {
	if c.OnProgress != nil {
		c.OnProgress(p)
	}
}
