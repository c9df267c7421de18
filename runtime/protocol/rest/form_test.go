package rest_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"bentoc.dev/runtime/protocol/rest"
	"bentoc.dev/runtime/spec"
)

// forms is an endpoint that keeps the parts of the last form.
func forms(t *testing.T, got *[]spec.Part) *harness {
	return start(t, spec.Service{}, endpoint{Form: func(r *spec.Source) (any, error) {
		if r.Body != nil {
			t.Errorf("source is %+v", r)
		}
		*got = r.Parts
		return "ok", nil
	}})
}

func show(parts []spec.Part) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%q %q %q %q\n", p.Name, p.FileName, p.ContentType, p.Data)
	}
	return b.String()
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	var got []spec.Part
	h := forms(t, &got)
	picture := bytes.Repeat([]byte("\r\n--boundar\x00\xff"), 5000)
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part := func(header, contentType string, data []byte) {
		mime := textproto.MIMEHeader{"Content-Disposition": {header}}
		if contentType != "" {
			mime.Set("Content-Type", contentType)
		}
		p, err := w.CreatePart(mime)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	part(`form-data; name="note"`, "", []byte(`"n"`))
	part(`form-data; name="image"; filename="C:\pictures\ä.png"`, "Image/PNG; x=y", picture)
	part(`form-data; name="image"; filename="../b.png"`, "image/png", nil)
	part(`form-data; name="empty"`, "", nil)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := h.do(h.request(http.MethodPost, w.FormDataContentType(), &b))
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	want := show([]spec.Part{
		{Name: "note", Data: []byte(`"n"`)},
		{Name: "image", FileName: "ä.png", ContentType: "image/png", Data: picture},
		{Name: "image", FileName: "b.png", ContentType: "image/png"},
		{Name: "empty"},
	})
	if show(got) != want {
		t.Errorf("got\n%.300s\nwant\n%.300s", show(got), want)
	}
}

func TestPartsMayBeKept(t *testing.T) {
	t.Parallel()
	var got []spec.Part
	h := forms(t, &got)
	send := func(text string) {
		body := "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n" + text + "\r\n--b--"
		if r := h.do(h.request(http.MethodPost, "multipart/form-data; boundary=b", strings.NewReader(body))); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	send("first")
	kept := got[0].Data
	for range 50 {
		send("other")
	}
	if string(kept) != "first" {
		t.Errorf("the data of a part became %q", kept)
	}
	if appended := append(kept, '!'); string(got[0].Data) != "other" || len(appended) != 6 {
		t.Error("appending to a part wrote into another")
	}
}

func TestBadMultipart(t *testing.T) {
	t.Parallel()
	const header = "Content-Disposition: form-data; name=x\r\n\r\n"
	for _, tc := range []struct{ contentType, body, message string }{
		{"multipart/form-data", "--b--", "the content type multipart/form-data has no usable boundary"},
		{"multipart/form-data; boundary=" + strings.Repeat("b", 71), "", "the content type multipart/form-data has no usable boundary"},
		{"multipart/form-data; boundary", "--b--", "the content type is not well-formed"},
		{"multipart/form-data; boundary=b", "", "the multipart body does not have its boundary"},
		{"multipart/form-data; boundary=b", "--c--", "the multipart body does not have its boundary"},
		{"multipart/form-data; boundary=b", "--bb\r\n" + header + "x\r\n--bb--", "the multipart body does not have its boundary"},
		{"multipart/form-data; boundary=b", "--b\r\n" + header + "x", "the multipart body ends before its last boundary"},
		{"multipart/form-data; boundary=b", "--b\r\n" + header + "x\r\n--bc", "the multipart body ends before its last boundary"},
		{"multipart/form-data; boundary=b", "--b\r\nContent-Type: a/b\r\n--b--", "a part of the multipart body has no empty line after its header"},
		{"multipart/form-data; boundary=b", "--b\r\n\r\nx\r\n--b--", "a part of the multipart body has no name"},
		{"multipart/form-data; boundary=b", "--b\r\nnonsense\r\n\r\nx\r\n--b--", "a part of the multipart body has a header line without a colon"},
		{"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--", "a part of the multipart body has no well-formed Content-Disposition: form-data"},
		{"multipart/form-data; boundary=b", "--b\r\nContent-Transfer-Encoding: base64\r\n" + header + "x\r\n--b--", `content transfer encoding "base64" is not supported`},
		{"multipart/form-data; boundary=b", "--b\r\nX: " + strings.Repeat("y", 17000) + "\r\n" + header + "x\r\n--b--", "a part of the multipart body has a header of more than 16384 bytes"},
	} {
		var got []spec.Part
		h := forms(t, &got)
		h.wantError(h.do(h.request(http.MethodPost, tc.contentType, strings.NewReader(tc.body))), 400, tc.message)
	}
}

func TestTooManyParts(t *testing.T) {
	t.Parallel()
	var got []spec.Part
	h := forms(t, &got)
	part := "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n"
	for _, n := range []int{rest.MaxParts, rest.MaxParts + 1} {
		status := 200
		if n > rest.MaxParts {
			status = 413
		}
		multi := strings.Repeat(part, n) + "--b--"
		if r := h.do(h.request(http.MethodPost, "multipart/form-data; boundary=b", strings.NewReader(multi))); r.status != status {
			t.Errorf("%d parts: %d %s", n, r.status, r.body)
		}
		pairs := strings.Repeat("x=1&", n)
		if r := h.do(h.request(http.MethodPost, "application/x-www-form-urlencoded", strings.NewReader(pairs))); r.status != status {
			t.Errorf("%d pairs: %d %s", n, r.status, r.body)
		}
	}
}

func TestURLEncoded(t *testing.T) {
	t.Parallel()
	var got []spec.Part
	h := forms(t, &got)
	send := func(body string) reply {
		return h.do(h.request(http.MethodPost, "application/x-www-form-urlencoded; charset=utf-8", strings.NewReader(body)))
	}
	send("f=http%3A%2F%2Fx%2F&note=%22x+y%22&&f=2&flag&=v")
	want := show([]spec.Part{
		{Name: "f", Data: []byte("http://x/")}, {Name: "note", Data: []byte(`"x y"`)},
		{Name: "f", Data: []byte("2")}, {Name: "flag"}, {Name: "", Data: []byte("v")},
	})
	if show(got) != want {
		t.Errorf("got\n%swant\n%s", show(got), want)
	}
	if send(""); len(got) != 0 {
		t.Errorf("of nothing came %v", got)
	}
	h.wantError(send("a=%zz"), 400, `field "a" of the form is not well-formed: invalid URL escape "%zz"`)
	h.wantError(send("%=1"), 400, `a name of the form is not well-formed: invalid URL escape "%"`)
}

// curl -d says that its body is a form, whatever it is. What is none is never read as
// a form whose fields nobody knows.
func TestBodiesLabelledAsForms(t *testing.T) {
	t.Parallel()
	var got string
	h := start(t, spec.Service{}, endpoint{Decode: func(r *spec.Source) (any, error) {
		got = "false " + string(r.Body)
		return "ok", nil
	}, Form: func(r *spec.Source) (any, error) {
		got = "true " + string(r.Body)
		return "ok", nil
	}})
	const label = "application/x-www-form-urlencoded"
	for _, body := range []string{`{"name": "Ada & Bob=100%+"}`, ` [1]`, `"a=b"`, `3`, `null`, `hello, world`, "\ufeff{\"a\":\"=\"}", "\r\n\ufeffa=b", ` `} {
		h.do(h.request(http.MethodPost, label, strings.NewReader(body)))
		if want := "false " + body; got != want {
			t.Errorf("of %q came %q", body, got)
		}
	}
	for _, body := range []string{`)]}',{"a":"="}`, `<a b="c"/>`, `name: {a=b}`, "a=b\r\nc=d&\r\ne=f", "a=1&\ufeffb=2", "\x00=1", "\xff=1"} {
		h.wantError(h.do(h.request(http.MethodPost, label, strings.NewReader(body))), 400, "the body is labelled as a form and is none: send JSON as application/json")
	}
	for _, body := range []string{`name=Ada Lovelace`, `a={"b":1}`, `a=&b`, ` a=b`, `items[]=1&x.y=2`, `größe=3`} {
		if r := h.do(h.request(http.MethodPost, label, strings.NewReader(body))); r.status != 200 || got != "true " {
			t.Errorf("of %q came %d %q", body, r.status, got)
		}
	}
}
