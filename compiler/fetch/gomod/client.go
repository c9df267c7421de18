// Package gomod brings Go modules and the Go toolchain, which is one, from the
// module cache of this machine, from module proxies, or by the locked go command.
package gomod

import "bentoc.dev/compiler/fetch"

// Client asks module proxies and runs the locked go command.
type Client struct {
	*fetch.Client
	// Locked gives the toolchain that is locked for a platform, such as linux/amd64.
	Locked func(platform string) (Toolchain, error)
}

// New gives a client that fetches through c.
func New(c *fetch.Client, locked func(platform string) (Toolchain, error)) *Client {
	return &Client{Client: c, Locked: locked}
}
