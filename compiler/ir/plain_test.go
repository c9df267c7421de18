package ir

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// document writes words at all places that have room for some.
func document(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			document(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "Doc" {
				v.Field(i).SetString("WORDS")
				continue
			}
			document(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			document(v.Index(i))
		}
	case reflect.Map:
		for i := v.MapRange(); i.Next(); {
			if i.Value().Kind() == reflect.Pointer {
				document(i.Value())
			}
		}
	}
}

func TestWithoutDocs(t *testing.T) {
	t.Parallel()
	b := sample(1)
	want, err := json.Marshal(b.WithoutDocs())
	if err != nil {
		t.Fatal(err)
	}
	document(reflect.ValueOf(b))
	before, _ := json.Marshal(b)
	got, err := json.Marshal(b.WithoutDocs())
	if err != nil || bytes.Contains(got, []byte("WORDS")) || !bytes.Equal(got, want) {
		t.Errorf("%v: without documentation:\n%s\nwant\n%s", err, got, want)
	}
	if after, _ := json.Marshal(b); !bytes.Equal(before, after) || bytes.Count(after, []byte("WORDS")) < 10 {
		t.Errorf("the bento itself has changed:\n%s", after)
	}
	if !reflect.DeepEqual(b.WithoutDocs().At, b.At) || b.WithoutDocs().Pos != b.Pos {
		t.Error("positions are lost")
	}
}
