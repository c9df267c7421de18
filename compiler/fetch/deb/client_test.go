package deb

import (
	"testing"

	"bentoc.dev/compiler/fetch/fetchtest"
)

// newClient gives a client on an empty store and with an environment of its own.
func newClient(t *testing.T, env ...string) *Client {
	t.Helper()
	return New(fetchtest.New(t, env...))
}
