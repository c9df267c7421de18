package gen_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"bentoc.dev/compiler/gen"
	"bentoc.dev/compiler/ir"
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
				v.Field(i).SetString("Words.\n\nAnd words.")
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

// What is compiled has no documentation in it: it is in what clients are served, and in
// the types that the user has.
func TestCodeWithoutDocs(t *testing.T) {
	t.Parallel()
	for _, c := range bentos(t) {
		b, err := ir.Parse(c.Section("ir.json"))
		if err != nil {
			t.Fatal(err)
		}
		o := gen.Options{UserModule: c.userModule()}
		before, err := gen.Generate(b, o)
		if err != nil {
			t.Fatal(err)
		}
		doc := b.Doc // which the server tells
		document(reflect.ValueOf(b))
		b.Doc = doc
		after, err := gen.Generate(b, o)
		if err != nil {
			t.Fatal(err)
		}
		was := map[string][]byte{}
		for _, f := range before.Server {
			was[f.Path] = f.Data
		}
		for _, f := range before.Bentogen {
			was["types of steps: "+f.Path] = f.Data
		}
		same := func(path string, data []byte) {
			documents := strings.HasSuffix(path, ".json")
			if bytes.Equal(data, was[path]) == documents {
				t.Errorf("%s: %s with other documentation: the same is %v", c.Name, path, !documents)
			}
		}
		for _, f := range after.Server {
			same(f.Path, f.Data)
		}
		for _, f := range after.Bentogen {
			same("types of steps: "+f.Path, f.Data)
		}
	}
}
