package codec_test

import (
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

type upload struct {
	Files []codec.File
	One   *codec.File
	Text  string
	Count int64
	Rows  [][]int64
}

func readUpload(r *codec.Reader, v *upload) {
	var seen [5]bool
	if !r.Object() {
		return
	}
	readFile := func(r *codec.Reader, v *codec.File) {
		r.File(v, codec.FileLimits{MaxBytes: 5, MediaTypes: []string{"text/*"}})
	}
	for r.Field() {
		switch string(r.Key()) {
		case "files":
			if r.First(&seen[0]) {
				codec.List(r, &v.Files, readFile)
			}
		case "one":
			if r.First(&seen[1]) {
				codec.Optional(r, &v.One, readFile)
			}
		case "text":
			if r.First(&seen[2]) {
				r.String(&v.Text)
			}
		case "count":
			if r.First(&seen[3]) {
				r.Int(&v.Count)
			}
		case "rows":
			if r.First(&seen[4]) {
				codec.List(r, &v.Rows, func(r *codec.Reader, v *[]int64) { codec.List(r, v, codec.ReadInt) })
			}
		default:
			r.Unknown()
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	field := func(name, value string) spec.Part { return spec.Part{Name: name, Data: []byte(value)} }
	file := func(name, fileName, media, data string) spec.Part {
		return spec.Part{Name: name, FileName: fileName, ContentType: media, Data: []byte(data)}
	}
	for _, c := range []struct {
		parts []spec.Part
		want  string // of the error
		check func(upload) bool
	}{
		{nil, "", func(u upload) bool { return u.Files == nil && u.One == nil }},
		{[]spec.Part{field("text", `"quoted"`), field("count", "3")}, "", func(u upload) bool { return u.Text == "quoted" && u.Count == 3 }},
		{[]spec.Part{field("text", `plain`)}, "", func(u upload) bool { return u.Text == "plain" }},
		{[]spec.Part{field("text", `123`)}, "", func(u upload) bool { return u.Text == "123" }},
		{[]spec.Part{field("text", `{"a":1}`)}, "", func(u upload) bool { return u.Text == `{"a":1}` }},
		{[]spec.Part{field("text", "")}, "", func(u upload) bool { return u.Text == "" }},
		{[]spec.Part{field("count", "three")}, "count: must be an integer, not a text", nil},
		{[]spec.Part{field("count", "1"), field("count", "2")}, "count: is given 2 times", nil},
		{[]spec.Part{field("other", "1"), field("other", "2")}, "", func(u upload) bool { return true }},
		{[]spec.Part{field("rows", "[[1],[2,3]]")}, "", func(u upload) bool { return len(u.Rows) == 2 && u.Rows[1][1] == 3 }},
		{[]spec.Part{field("rows", "[1]"), field("rows", "[2,3]")}, "", func(u upload) bool { return len(u.Rows) == 2 && u.Rows[1][1] == 3 }},
		{[]spec.Part{field("rows", "[1]"), field("rows", "[2,true]")}, "rows[1][1]: must be an integer, not a bool", nil},
		{[]spec.Part{file("files", "a.txt", "", "A"), file("files", `C:\x\b.txt`, "text/plain", "B")}, "",
			func(u upload) bool {
				return len(u.Files) == 2 && u.Files[0].MediaType == "text/plain" && u.Files[1].Name == "b.txt" && string(u.Files[1].Data) == "B"
			}},
		{[]spec.Part{file("one", "a.txt", "text/plain", "123456")}, "one: has 6 bytes, more than the 5 allowed", nil},
		{[]spec.Part{file("files", "a.txt", "text/plain", "1"), file("files", "a.png", "image/png", "1")}, "files[1]: is image/png; allowed is text/*", nil},
		{[]spec.Part{field("one", "https://example.com/a.txt")}, "one: is a URL, which this server does not fetch: send the file itself", nil},
		{[]spec.Part{field("one", "data:text/plain;base64,QQ==")}, "", func(u upload) bool { return string(u.One.Data) == "A" && u.One.MediaType == "text/plain" }},
		{[]spec.Part{field("one", "data:text/plain,A")}, "one: is not a valid data: URI in base64", nil},
		{[]spec.Part{field("one", "not base64!")}, "one: must be a file, or a text in base64 or a data: URI", nil},
		{[]spec.Part{field("one", "[1]")}, "one: must be a file, in JSON a text in base64 or a data: URI, not a list", nil},
		{[]spec.Part{file("text", "t.txt", "text/plain", "from a file")}, "", func(u upload) bool { return u.Text == "from a file" }},
		{[]spec.Part{file("count", "c.json", "application/json", "7")}, "", func(u upload) bool { return u.Count == 7 }},
	} {
		v, err := codec.FormObject(codec.Refuse, readUpload).Decode(&spec.Source{Parts: c.parts})
		switch {
		case c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%+v: got %v, want %s", c.parts, err, c.want)
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c.parts, err)
		case c.check != nil && !c.check(v.(upload)):
			t.Errorf("%+v: got %+v", c.parts, v)
		}
	}
}

func TestWholeBodies(t *testing.T) {
	t.Parallel()
	text := func(media, body string) string {
		f := codec.RawText(codec.ReadString)
		if spec.IsJSON(media) {
			f = codec.JSONText(codec.ReadString)
		}
		v, err := f.Decode(&spec.Source{ContentType: media, Body: []byte(body)})
		if err != nil {
			return err.Error()
		}
		return v.(string)
	}
	for _, c := range [][3]string{
		{"text/plain", `"x"`, `"x"`}, {"application/json", `"x"`, "x"}, {"", "x y", "x y"}, {"application/json", "x", "malformed JSON at line 1, column 1: expected a value"},
		{"text/plain", "\xff", "the body must be UTF-8"}, {"text/plain", "", ""},
	} {
		if got := text(c[0], c[1]); got != c[2] {
			t.Errorf("%s %q: got %q, want %q", c[0], c[1], got, c[2])
		}
	}
	readFile := func(r *codec.Reader, v *codec.File) { r.File(v, codec.FileLimits{}) }
	body := []byte("RIFF....WAVEfmt ")
	v, err := codec.RawFile(readFile).Decode(&spec.Source{Body: body})
	if err != nil || v.(codec.File).MediaType != "audio/wave" || v.(codec.File).Name != "" {
		t.Errorf("got %+v %v", v, err)
	}
	body[0] = 'X' // the buffer is used again
	if string(v.(codec.File).Data[:4]) != "RIFF" {
		t.Error("the file lies in the request's buffer")
	}
	v, err = codec.FormFile(readFile).Decode(&spec.Source{Parts: []spec.Part{{Name: "any", FileName: "a.bin", Data: []byte("x")}}})
	if err != nil || v.(codec.File).Name != "a.bin" {
		t.Errorf("got %+v %v", v, err)
	}
	v, err = codec.JSONFile(readFile).Decode(&spec.Source{ContentType: "application/json", Body: []byte(`"QQ=="`)})
	if err != nil || string(v.(codec.File).Data) != "A" {
		t.Errorf("got %+v %v", v, err)
	}
	if _, err := codec.RawFile(readFile).Decode(&spec.Source{}); err == nil {
		t.Error("nothing is a file")
	}
	if _, err := codec.FormValue(codec.Refuse, codec.ReadInt).Decode(&spec.Source{}); err == nil {
		t.Error("an empty form is a value")
	}
}

func FuzzForm(f *testing.F) {
	f.Add("count", "3", "", "", "text", "x")
	f.Add("files", "a", "a.txt", "text/plain", "files", "b")
	f.Add("one", "data:;base64,", "", "", "one", "http://x")
	f.Fuzz(func(t *testing.T, name, data, fileName, media, name2, data2 string) {
		parts := []spec.Part{{Name: name, FileName: fileName, ContentType: media, Data: []byte(data)}, {Name: name2, Data: []byte(data2)}}
		v, err := codec.FormObject(codec.Refuse, readUpload).Decode(&spec.Source{Parts: parts, Strict: strings.HasPrefix(name, "x")})
		if (v == nil) == (err == nil) {
			t.Fatalf("got %v and %v", v, err)
		}
		_, _ = codec.FormFile(func(r *codec.Reader, v *codec.File) { r.File(v, codec.FileLimits{}) }).Decode(&spec.Source{Parts: parts[:1]})
		_, _ = codec.FormText(codec.ReadString).Decode(&spec.Source{Parts: parts[:1]})
	})
}
