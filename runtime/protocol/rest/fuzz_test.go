package rest

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"testing"

	"bentoc.dev/runtime/serve"
)

// FuzzMultipart holds the parser against that of the standard library: what
// this one reads, that one reads the same.
func FuzzMultipart(f *testing.F) {
	const header = "Content-Disposition: form-data; name=\"x\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\n"
	f.Add([]byte("--b\r\n" + header + "data\r\n--b\r\nContent-Disposition: form-data; name=y\r\n\r\n\r\n--b--\r\n"))
	f.Add([]byte("preamble\r\n--b \t\r\n" + header + "\r\n--bb\r\n--b--epilogue"))
	f.Add([]byte("--b\r\n" + header + "--b--"))
	f.Add([]byte("--b\r\n\r\n--b--"))
	f.Add([]byte("--b--"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parts, err := parseMultipart(data, "b")
		if err != nil {
			if r, ok := errors.AsType[*serve.Status](err); !ok || r.Code < 400 || r.Code > 499 {
				t.Fatalf("error is %v", err)
			}
			return
		}
		if odd(data) {
			return
		}
		std := multipart.NewReader(bytes.NewReader(data), "b")
		for i, p := range parts {
			want, err := std.NextRawPart()
			if err != nil {
				t.Fatalf("part %d: the standard library says %v of %q", i, err, data)
			}
			text, err := io.ReadAll(want)
			if err != nil {
				t.Fatalf("part %d: the standard library says %v of %q", i, err, data)
			}
			if p.Name != want.FormName() || !bytes.Equal(p.Data, text) {
				t.Fatalf("part %d of %q: %q %q, the standard library has %q %q", i, data, p.Name, p.Data, want.FormName(), text)
			}
		}
		if !bytes.HasSuffix(bytes.TrimSuffix(data, []byte("\r\n")), []byte("\r\n--b--")) || bytes.Count(data, []byte("--b--")) != 1 {
			return // an epilogue, which we do not look at
		}
		if _, err := std.NextRawPart(); !errors.Is(err, io.EOF) {
			t.Fatalf("%d parts of %q, the standard library goes on: %v", len(parts), data, err)
		}
	})
}

// odd reports whether the two parsers differ by intent: the standard library
// takes bare line feeds, folded header lines.
func odd(data []byte) bool {
	if bytes.Count(data, []byte("\n")) != bytes.Count(data, []byte("\r\n")) || bytes.Count(data, []byte("\r")) != bytes.Count(data, []byte("\r\n")) {
		return true
	}
	return bytes.Contains(data, []byte("\r\n ")) || bytes.Contains(data, []byte("\r\n\t"))
}

// TestBrokenBoundary has a line that some readers take for a boundary and others for data.
func TestBrokenBoundary(t *testing.T) {
	const head = "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n"
	for data, ok := range map[string]bool{
		head + "--b--":                                        true,
		head + "--b 0\r\n--b--":                               false,
		head + "--b\t--\r\n--b--":                             false,
		"--b 0\r\n" + head + "--b--":                          false,
		head + "--b \t\r\n" + head[len("--b\r\n"):] + "--b--": true,
		head + "--b0\r\n--b--":                                true,
	} {
		if _, err := parseMultipart([]byte(data), "b"); (err == nil) != ok {
			t.Errorf("%q: %v", data, err)
		}
	}
}
