// Package deb brings Debian packages from the mirrors of this machine, by lists that
// are signed: BENTOC_DEB_MIRROR's, else those of apt.
package deb

import (
	"time"

	"bentoc.dev/compiler/fetch"
)

// Client asks Debian mirrors.
type Client struct {
	*fetch.Client

	aptDir string           // apt's settings; "" means where they usually are
	now    func() time.Time // the clock that signatures are checked by; nil means the machine's
}

// New gives a client that fetches through c.
func New(c *fetch.Client) *Client { return &Client{Client: c} }
