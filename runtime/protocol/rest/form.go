package rest

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"bentoc.dev/runtime/metrics"
	"bentoc.dev/runtime/serve"
	"bentoc.dev/runtime/spec"
)

// maxPartHeader bounds the header of one part.
const maxPartHeader = 16 << 10

func badForm(format string, args ...any) *serve.Status {
	return &serve.Status{Code: http.StatusBadRequest, Reason: metrics.BadInput, Message: fmt.Sprintf(format, args...)}
}

var tooManyParts = &serve.Status{Code: http.StatusRequestEntityTooLarge, Reason: metrics.BodyTooLarge,
	Message: fmt.Sprintf("the form has more than %d parts", MaxParts)}

// parseURLEncoded reads name=value&name=value, in the order sent.
func parseURLEncoded(data []byte) ([]spec.Part, error) {
	var parts []spec.Part
	for len(data) > 0 {
		var pair []byte
		pair, data, _ = bytes.Cut(data, []byte("&"))
		if len(pair) == 0 {
			continue
		}
		if len(parts) == MaxParts {
			return nil, tooManyParts
		}
		name, value, _ := bytes.Cut(pair, []byte("="))
		if bytes.ContainsFunc(name, notName) {
			return nil, badForm("the body is labelled as a form and is none: send JSON as application/json")
		}
		n, err := url.QueryUnescape(string(name))
		if err != nil {
			return nil, badForm("a name of the form is not well-formed: %v", err)
		}
		v, err := url.QueryUnescape(string(value))
		if err != nil {
			return nil, badForm("field %q of the form is not well-formed: %v", n, err)
		}
		parts = append(parts, spec.Part{Name: n, Data: []byte(v)})
	}
	return parts, nil
}

// notName tells what stands in no name of a form, not even in one that somebody
// wrote by hand: it would be escaped.
func notName(r rune) bool {
	return isControl(r) || strings.ContainsRune("\n\r\t\"<>\\{}\ufeff\ufffd", r)
}

// parseMultipart reads a multipart/form-data body (RFC 7578). The parts' data
// are slices of data: a picture is not copied.
func parseMultipart(data []byte, boundary string) ([]spec.Part, error) {
	if boundary == "" || len(boundary) > 70 {
		return nil, badForm("the content type multipart/form-data has no usable boundary")
	}
	d := delimiter{dash: []byte("\r\n--" + boundary)}
	var found mark
	if bytes.HasPrefix(data, d.dash[2:]) { // no CRLF before the first one
		found, _ = d.at(data, -2)
	}
	if !found.ok {
		found = d.next(data, 0)
	}
	if !found.ok {
		return nil, badForm("the multipart body does not have its boundary")
	}
	var parts []spec.Part
	for !found.last {
		if found.broken {
			return nil, badForm("a boundary of the multipart body has a blank and more behind it on its line")
		}
		if len(parts) == MaxParts {
			return nil, tooManyParts
		}
		// The CRLF that ends the line of the delimiter may also begin the next.
		begin := found.end
		next := d.next(data, begin-2)
		if !next.ok {
			return nil, badForm("the multipart body ends before its last boundary")
		}
		part, err := parsePart(data[begin:max(next.start, begin)])
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		found = next
	}
	return parts, nil
}

// delimiter finds the lines that divide a multipart body.
type delimiter struct{ dash []byte } // CRLF, two hyphens, boundary

// mark is a delimiter that was found: where its CRLF starts and its line ends.
type mark struct {
	start, end int
	last, ok   bool
	broken     bool // readers differ on what it is: it may divide, and it may be data
}

// next finds the first delimiter whose CRLF is at from or behind.
func (d delimiter) next(data []byte, from int) mark {
	for {
		i := bytes.Index(data[from:], d.dash)
		if i < 0 {
			return mark{}
		}
		if m, ok := d.at(data, from+i); ok {
			return m
		}
		from += i + 2
	}
}

// at reads the delimiter whose CRLF starts at i. It is none if its boundary is
// only the beginning of a longer word.
func (d delimiter) at(data []byte, i int) (mark, bool) {
	rest := data[i+len(d.dash):]
	if bytes.HasPrefix(rest, []byte("--")) {
		return mark{start: i, end: len(data), last: true, ok: true}, true
	}
	blank := len(rest) - len(bytes.TrimLeft(rest, " \t"))
	switch {
	case bytes.HasPrefix(rest[blank:], []byte("\r\n")):
	case blank > 0:
		return mark{start: i, end: i + len(d.dash) + blank, broken: true, ok: true}, true
	default:
		return mark{}, false
	}
	return mark{start: i, end: i + len(d.dash) + blank + 2, ok: true}, true
}

// parsePart reads one part: header lines, an empty line, data.
func parsePart(b []byte) (spec.Part, error) {
	var part spec.Part
	head, data, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if bytes.HasPrefix(b, []byte("\r\n")) {
		head, data, ok = nil, b[2:], true
	}
	if !ok {
		return part, badForm("a part of the multipart body has no empty line after its header")
	}
	if len(head) > maxPartHeader {
		return part, badForm("a part of the multipart body has a header of more than %d bytes", maxPartHeader)
	}
	part.Data = data[:len(data):len(data)]
	named := false
	for len(head) > 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\r\n"))
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return part, badForm("a part of the multipart body has a header line without a colon")
		}
		if len(key) == 0 || bytes.ContainsFunc(key, notToken) || bytes.ContainsFunc(value, isControl) {
			return part, badForm("a part of the multipart body has a header line that is not well-formed")
		}
		name := strings.ToLower(string(key))
		if name == "content-disposition" {
			if named {
				return part, badForm("a part of the multipart body has two names")
			}
			named = true
		}
		if err := setHeader(&part, name, strings.TrimSpace(string(value))); err != nil {
			return part, err
		}
	}
	if part.Name == "" {
		return part, badForm("a part of the multipart body has no name")
	}
	return part, nil
}

func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// setHeader takes one header line of a part.
func setHeader(part *spec.Part, key, value string) error {
	switch key {
	case "content-disposition":
		kind, params, err := mime.ParseMediaType(value)
		if err != nil || kind != "form-data" {
			return badForm("a part of the multipart body has no well-formed Content-Disposition: form-data")
		}
		part.Name, part.FileName = params["name"], baseName(params["filename"])
	case "content-type":
		media, _, _ := strings.Cut(value, ";")
		part.ContentType = strings.ToLower(strings.TrimSpace(media))
	case "content-transfer-encoding":
		if v := strings.ToLower(value); v != "binary" && v != "8bit" && v != "7bit" {
			return badForm("content transfer encoding %q is not supported", value)
		}
	}
	return nil
}

// baseName takes the folders from a file name: some browsers of old sent them,
// and nobody should be led to use them.
func baseName(name string) string {
	return name[strings.LastIndexAny(name, `/\`)+1:]
}
