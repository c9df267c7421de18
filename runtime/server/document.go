package server

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// document is a body that never changes while the process lives.
type document struct {
	contentType string
	policy      string // Content-Security-Policy, "" for none
	etag        string
	body        []byte
}

func newDocument(contentType string, body []byte) *document {
	sum := sha256.Sum256(body)
	return &document{contentType: contentType, etag: `"` + hex.EncodeToString(sum[:16]) + `"`, body: body}
}

// ServeHTTP sends the document, or 304 to a client that has it.
func (d *document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("ETag", d.etag)
	h.Set("Cache-Control", "no-cache")
	if matches(r.Header.Get("If-None-Match"), d.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", d.contentType)
	h.Set("Content-Length", strconv.Itoa(len(d.body)))
	if d.policy != "" {
		h.Set("Content-Security-Policy", d.policy)
	}
	_, _ = w.Write(d.body) // the client may have gone away
}

func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

//go:embed page.html
var pageHTML []byte

// page is the one at "/": it reads /schema.json and calls the endpoints. The
// policy lets it load and reach nothing but this server.
func page() *document {
	d := newDocument("text/html; charset=utf-8", pageHTML)
	d.policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return d
}
