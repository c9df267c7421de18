package codec

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"

	"bentoc.dev/runtime/spec"
)

// File is a file that came with a request or goes out with a response. The type
// of the same name in package bentogen has the same fields, so that one converts
// to the other.
type File struct {
	Name      string // base name as sent, "" when unknown
	MediaType string // such as audio/wav
	Data      []byte
}

// FileLimits is what a file may be. Zero values mean "no limit".
type FileLimits struct {
	MaxBytes   int64
	MediaTypes []string // such as image/png or image/*
}

// File reads a file: a part of a form, or in JSON a text in base64 or a data: URI.
// Addresses of other servers are refused: a server that fetches what a client
// names can be turned against its own network.
func (r *Reader) File(v *File, l FileLimits) bool {
	f, ok := r.file()
	if !ok || !l.check(&r.Checker, f) {
		return false
	}
	*v = f
	return true
}

// CheckFile wants a file of a step to be within the limits.
func (c *Checker) CheckFile(f File, l FileLimits) { l.check(c, f) }

func (l FileLimits) check(c *Checker, f File) bool {
	if l.MaxBytes > 0 && int64(len(f.Data)) > l.MaxBytes {
		c.ProblemStatus(413, "file_too_large", "has %d bytes, more than the %d allowed", len(f.Data), l.MaxBytes)
		return false
	}
	if len(l.MediaTypes) > 0 && !mediaMatches(f.MediaType, l.MediaTypes) {
		c.ProblemStatus(415, "media_type", "is %s; allowed is %s", orUnknown(f.MediaType), alternatives(l.MediaTypes))
		return false
	}
	return true
}

func orUnknown(t string) string {
	if t == "" {
		return "of unknown type"
	}
	return t
}

// mediaMatches tells whether t is one of the types, which may end in /*.
func mediaMatches(t string, types []string) bool {
	for _, want := range types {
		if prefix, ok := strings.CutSuffix(want, "*"); ok && strings.HasPrefix(t, prefix) || t == want {
			return true
		}
	}
	return false
}

// FileBytes reads a file without looking at what it is: for [picture].
func (r *Reader) FileBytes() (File, bool) { return r.file() }

func (r *Reader) file() (File, bool) {
	if r.err != nil {
		return File{}, false
	}
	p := r.sent()
	if p != nil && (p.FileName != "" || p.ContentType != "" && !strings.HasPrefix(p.ContentType, "text/") && !spec.IsJSON(p.ContentType)) {
		r.pos = len(r.data)
		name := p.FileName
		if r.whole {
			name = ""
		}
		return newFile(name, p.ContentType, p.Data), true
	}
	if !r.raw && r.peek() != '"' {
		return File{}, r.wrong("file_type", "a file, in JSON a text in base64 or a data: URI")
	}
	s := r.data
	if r.raw {
		r.pos = len(r.data)
	} else {
		t, ok := r.text()
		if !ok {
			return File{}, false
		}
		s = t
	}
	return r.textFile(s)
}

// textFile makes a file out of base64 or a data: URI.
func (r *Reader) textFile(s []byte) (File, bool) {
	switch {
	case isURL(s):
		r.Problem("url_not_allowed", "is a URL, which this server does not fetch: send the file itself")
		return File{}, false
	case bytes.HasPrefix(s, []byte("data:")):
		if !r.Take(decodedLen(s)) {
			return File{}, false
		}
		f, ok := dataURI(s)
		if !ok {
			r.Problem("file_encoding", "is not a valid data: URI in base64")
		}
		return f, ok
	}
	s = bytes.TrimSpace(s)
	if !r.Take(decodedLen(s)) {
		return File{}, false
	}
	b, err := decodeBase64(s)
	if err != nil {
		r.Problem("file_encoding", "must be a file, or a text in base64 or a data: URI")
		return File{}, false
	}
	return newFile("", "", b), true
}

// dataURI reads data:TYPE;base64,DATA.
func dataURI(s []byte) (File, bool) {
	head, data, ok := bytes.Cut(s[len("data:"):], []byte(","))
	if !ok {
		return File{}, false
	}
	media, ok := strings.CutSuffix(string(head), ";base64")
	if !ok {
		return File{}, false
	}
	b, err := decodeBase64(data)
	if err != nil {
		return File{}, false
	}
	return newFile("", mediaType(media), b), true
}

func mediaType(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil {
		return ""
	}
	return t
}

// newFile cleans the name and finds out the type where none was sent.
func newFile(name, media string, data []byte) File {
	if name != "" {
		name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	}
	if media == "" || media == "application/octet-stream" {
		media = sniff(name, data)
	}
	return File{Name: name, MediaType: media, Data: data}
}

func sniff(name string, data []byte) string {
	if t := mediaType(http.DetectContentType(data)); t != "application/octet-stream" && t != "text/plain" {
		return t
	}
	if t := mediaType(mime.TypeByExtension(path.Ext(name))); t != "" {
		return t
	}
	return mediaType(http.DetectContentType(data))
}
