package codec_test

import (
	"errors"
	"strings"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// A byte order mark is named, whatever follows it and wherever it stands; in a text
// that is no JSON it is a character.
func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	object := func(r *codec.Reader, v *[]int64) {
		for ok := r.Object(); ok && r.Field(); {
			codec.List(r, v, codec.ReadInt)
		}
	}
	for name, decode := range map[string]func(*spec.Source) (any, error){
		"object": codec.JSONObject(codec.Refuse, object).Decode,
		"value":  codec.JSONValue(codec.Refuse, codec.ReadInt).Decode,
		"text":   codec.JSONText(codec.ReadString).Decode,
		"bytes":  codec.JSONBytes(codec.ReadBytes).Decode,
	} {
		for _, body := range []string{"\ufeff{}", "\ufeff", "\ufeff \"x\"", "\xff\xfe{\x00}\x00", "\xfe\xff\x00{\x00}"} {
			_, err := decode(&spec.Source{Body: []byte(body), ContentType: "application/json"})
			var e *spec.InputError
			if !errors.As(err, &e) || e.Status != 400 || !strings.Contains(e.Message, "begins with a byte order mark") {
				t.Errorf("%s of %q: %v", name, body, err)
			}
		}
	}
	for _, p := range []spec.Part{{Name: "l", ContentType: "application/json", Data: []byte("\ufeff[1]")}, {Name: "l", Data: []byte("\ufeff[1]")}} {
		_, err := codec.FormObject(codec.Refuse, object).Decode(&spec.Source{Parts: []spec.Part{p}})
		if err == nil {
			t.Errorf("part %+v was read", p)
		}
		if p.ContentType != "" && (err == nil || !strings.Contains(err.Error(), "begins with a byte order mark")) {
			t.Errorf("part %+v: %v", p, err)
		}
	}
	got, err := codec.RawText(codec.ReadString).Decode(&spec.Source{Body: []byte("\ufeffx"), ContentType: "text/plain"})
	if err != nil || got != "\ufeffx" {
		t.Errorf("a text came as %q, %v", got, err)
	}
}

// What curl -d calls a form is one text, and no text loses its beginning.
func TestOneValueLabelledAsForm(t *testing.T) {
	t.Parallel()
	const label = "application/x-www-form-urlencoded"
	_, err := codec.FormText(codec.ReadString).Decode(&spec.Source{ContentType: label, Parts: []spec.Part{{Name: "1+1", Data: []byte("2")}}})
	var e *spec.InputError
	if !errors.As(err, &e) || e.Status != 415 {
		t.Error(err)
	}
	got, err := codec.RawText(codec.ReadString).Decode(&spec.Source{Body: []byte("hello"), ContentType: label})
	if err != nil || got != "hello" {
		t.Errorf("a text came as %q, %v", got, err)
	}
}
