// Package fetchtest gives clients and servers to tests of what fetches.
package fetchtest

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"bentoc.dev/compiler/fetch"
	"bentoc.dev/compiler/store"
)

// New gives a client on an empty store that does not wait long, and whose
// environment is env alone.
func New(t testing.TB, env ...string) *fetch.Client {
	t.Helper()
	s, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := fetch.New(s)
	c.Env, c.RetryDelay = env, time.Millisecond
	c.HTTP = &http.Client{Transport: &http.Transport{}}
	t.Cleanup(c.HTTP.CloseIdleConnections)
	return c
}

// Serve starts a server that ends with the test, and gives its URL.
func Serve(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}
