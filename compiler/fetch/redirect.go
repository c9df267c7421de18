package fetch

import (
	"errors"
	"fmt"
	"net/http"
)

// believed is the key of a context whose requests get something that nothing
// else vouches for: no digest is known, and nothing is signed.
type believed struct{}

// errDowngrade says that a server of https leads to one of http.
var errDowngrade = errors.New("it leads from https to http, where anybody may change what is sent")

// checkRedirect bounds redirects, and lets none that nobody checks leave TLS.
func checkRedirect(req *http.Request, via []*http.Request) error {
	const most = 10
	if len(via) >= most {
		return fmt.Errorf("it was redirected %d times", most)
	}
	if req.Context().Value(believed{}) != nil && via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme == "http" {
		return errDowngrade
	}
	return nil
}
