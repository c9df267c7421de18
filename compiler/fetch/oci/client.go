// Package oci brings base images from registries and from OCI layouts in the user's
// module.
package oci

import "bentoc.dev/compiler/fetch"

// Client asks registries and reads layouts.
type Client struct{ *fetch.Client }

// New gives a client that fetches through c.
func New(c *fetch.Client) *Client { return &Client{c} }
