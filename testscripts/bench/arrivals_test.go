package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestArrive wants the time of a request that waits for those before it counted from when it was
// due: with one connection and 10 ms a request, the last of 20 that are due at once takes 200 ms.
func TestArrive(t *testing.T) {
	t.Parallel()
	n := 0 // one connection
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Millisecond)
		if n++; n%5 == 0 {
			w.Header().Set("Connection", "close")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		_, _ = io.WriteString(w, "x")
	}))
	defer srv.Close()
	addr := strings.TrimPrefix(srv.URL, "http://")
	got := arrive(t.Context(), addr, 1000, 20*time.Millisecond, 1, jsonRequest("/", []byte("{}")).raw())
	if len(got.times) != 16 || got.refused != 4 || got.failed != 0 {
		t.Fatalf("%d answered, %d refused, %d failed", len(got.times), got.refused, got.failed)
	}
	if last := got.times[len(got.times)-1]; last < 170*time.Millisecond { // the last but one, which was due within the first 20
		t.Errorf("the last answer took %v", last)
	}
	if got.at(0) < 10_000 || got.at(100) != float64(got.times[15].Nanoseconds())/1000 {
		t.Errorf("from %.0f to %.0f µs", got.at(0), got.at(100))
	}
	srv.CloseClientConnections()
	srv.Close()
	if got := arrive(t.Context(), addr, 100, 20*time.Millisecond, 2, nil); got.failed != 2 || got.rate() != 0 {
		t.Errorf("of a server that is gone: %+v", got)
	}
}
