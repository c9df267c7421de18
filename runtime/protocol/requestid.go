package protocol

import (
	"net/http"
	"strings"
)

// maxRequestID is how long a client's name for a request may be.
const maxRequestID = 128

// RequestID gives what a client calls its request, in X-Request-Id; "" where it does not, or
// calls it by what is no short word: it is written into logs and answers.
func RequestID(r *http.Request) string {
	v := r.Header["X-Request-Id"]
	if len(v) == 0 || len(v[0]) > maxRequestID || strings.ContainsFunc(v[0], func(c rune) bool { return !inRequestID(c) }) {
		return ""
	}
	return v[0]
}

func inRequestID(c rune) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.ContainsRune("-_.:/+=@", c)
}
