// Package pypi brings wheels from the Python package indexes that this machine is
// configured for: by pip's and uv's settings, or by pip itself where there are none.
package pypi

import "bentoc.dev/compiler/fetch"

// Client asks Python package indexes.
type Client struct{ *fetch.Client }

// New gives a client that fetches through c.
func New(c *fetch.Client) *Client { return &Client{c} }
