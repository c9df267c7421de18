package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptBody makes the body of a request out of the rest of an http command.
func scriptBody(ts *testscript.TestScript, args []string) (io.Reader, string) {
	switch {
	case len(args) == 0:
		return nil, ""
	case args[0] == "form":
		return scriptForm(ts, args[1:])
	case strings.HasPrefix(args[0], "@"):
		data, err := os.ReadFile(ts.MkAbs(args[0][1:]))
		ts.Check(err)
		return bytes.NewReader(data), strings.Join(args[1:], " ")
	case len(args) > 1:
		return strings.NewReader(args[0]), strings.Join(args[1:], " ")
	}
	return strings.NewReader(args[0]), "application/json"
}

// scriptForm makes a multipart body as curl -F does: field=value, field=@file.
func scriptForm(ts *testscript.TestScript, fields []string) (io.Reader, string) {
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		file, isFile := strings.CutPrefix(value, "@")
		if !isFile {
			ts.Check(form.WriteField(name, value))
			continue
		}
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name=%q; filename=%q`, name, filepath.Base(file)))
		h.Set("Content-Type", map[string]string{".png": "image/png", ".jpg": "image/jpeg"}[filepath.Ext(file)])
		part, err := form.CreatePart(h)
		ts.Check(err)
		data, err := os.ReadFile(ts.MkAbs(file))
		ts.Check(err)
		_, err = part.Write(data)
		ts.Check(err)
	}
	ts.Check(form.Close())
	return &buf, form.FormDataContentType()
}
