package protocol_test

import (
	"net/http"
	"strings"
	"testing"

	"bentoc.dev/runtime/protocol"
)

// What a client calls its request is written into logs and headers: it is a short word, or
// it is passed over.
func TestRequestID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a", "0af7651916cd43dd8448eb211c80319c", "7b8f3f0e-5d5c-4a6e-8f0c-1f6d2a9b1c3d", "1-67891233-abcdef012345678912345678", "a.b_c:d/e+f=g@h", strings.Repeat("x", 128)} {
		if got := protocol.RequestID(&http.Request{Header: http.Header{"X-Request-Id": {id}}}); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	wrong := []string{"", strings.Repeat("x", 129), "ä", "\xff"}
	for c := rune(0); c < 128; c++ {
		if !strings.ContainsRune("-_.:/+=@", c) && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			wrong = append(wrong, "a"+string(c)+"b")
		}
	}
	for _, id := range wrong {
		if got := protocol.RequestID(&http.Request{Header: http.Header{"X-Request-Id": {id}}}); got != "" {
			t.Errorf("%q is taken as %q", id, got)
		}
	}
}
