package codec_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"bentoc.dev/runtime/codec"
	"bentoc.dev/runtime/spec"
)

// The body lies in a buffer that another request gets as soon as Decode is done:
// nothing that was read may lie in it.
func TestNothingReadLiesInTheBody(t *testing.T) {
	t.Parallel()
	value := func(read func(*codec.Reader, *any)) func(*spec.Source) (any, error) {
		return codec.JSONValue(codec.Refuse, read).Decode
	}
	for _, tc := range []struct {
		name, media, body string
		decode            func(*spec.Source) (any, error)
	}{
		{"text", "text/plain", "hello", codec.RawText(codec.ReadString).Decode},
		{"JSON text", "application/json", `"hello"`, codec.JSONText(codec.ReadString).Decode},
		{"bytes", "application/octet-stream", "hello", codec.RawBytes(codec.ReadBytes).Decode},
		{"base64", "application/json", `"aGVsbG8="`, codec.JSONBytes(codec.ReadBytes).Decode},
		{"any", "", `{"a key":["text","es\ncaped",{"k":1.5}],"n":12345678901234567890}`, value(codec.ReadAny)},
		{"list", "", `["one","two"]`, value(func(r *codec.Reader, v *any) { var l []string; codec.List(r, &l, codec.ReadString); *v = l })},
		{"map", "", `{"key":"one","other":"two"}`, value(func(r *codec.Reader, v *any) { var m map[string]string; codec.Map(r, &m, codec.ReadString); *v = m })},
		{"texts in a tensor", "", `["one","two"]`, value(func(r *codec.Reader, v *any) { var x codec.Tensor[string]; codec.ReadTensor(r, &x); *v = x })},
		{"numbers in a tensor", "", `[[1,2],[3,4]]`, value(func(r *codec.Reader, v *any) { var x codec.Tensor[float32]; codec.ReadTensor(r, &x); *v = x })},
		{"any tensor", "", `["one","two"]`, value(func(r *codec.Reader, v *any) { var x codec.AnyTensor; r.AnyTensor(&x); *v = x })},
		{"file", "text/plain", "hello", codec.RawFile(func(r *codec.Reader, v *codec.File) { r.File(v, codec.FileLimits{}) }).Decode},
		{"problem", "", `{"unknown key":1}`, func(q *spec.Source) (any, error) {
			q.Strict = true
			_, err := codec.JSONObject(codec.Refuse, func(r *codec.Reader, _ *int) {
				for ok := r.Object(); ok && r.Field(); {
					r.Unknown()
				}
			}).Decode(q)
			return err, nil
		}},
	} {
		body := []byte(tc.body)
		got, err := tc.decode(&spec.Source{Body: body, ContentType: tc.media})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		fresh, err := tc.decode(&spec.Source{Body: bytes.Clone(body), ContentType: tc.media})
		if err != nil {
			t.Fatal(err)
		}
		for i := range body {
			body[i] = 'X'
		}
		if !reflect.DeepEqual(got, fresh) {
			before, _ := json.Marshal(fresh)
			after, _ := json.Marshal(got)
			t.Errorf("%s: %s became %s", tc.name, before, after)
		}
	}
}
