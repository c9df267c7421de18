package ir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// There is a row for each version that a bento may have been written in.
func TestMigrationsAreWhole(t *testing.T) {
	t.Parallel()
	if len(migrations) != Version-1 {
		t.Errorf("%d rows lead to version %d", len(migrations), Version)
	}
}

// Rows run in order, once each, from the version that an IR has; numbers keep their
// digits.
func TestMigrate(t *testing.T) {
	t.Parallel()
	note := func(what string) migration {
		return func(bento map[string]any) error {
			if bento["fail"] == what {
				return fmt.Errorf("no %s", what)
			}
			bento["done"] = fmt.Sprint(bento["done"], what)
			return nil
		}
	}
	rows := []migration{note("a"), note("b")}
	for _, c := range []struct{ in, out, err string }{
		{`{"irVersion":1,"done":"","n":9007199254740993.10}`, `{"done":"ab","irVersion":3,"n":9007199254740993.10}`, ""},
		{`{"irVersion":2,"done":""}`, `{"done":"b","irVersion":3}`, ""},
		{`{"irVersion": 3}`, `{"irVersion": 3}`, ""},
		{`{"irVersion":4}`, "", "version 4 is newer than this bentoc's 3: use a newer bentoc"},
		{`{"irVersion":0}`, "", "version 0 was never written: the IR is damaged"},
		{`{"irVersion":-1}`, "", "version -1 was never written: the IR is damaged"},
		{`{"irVersion":1,"fail":"b"}`, "", "bringing version 2 to 3: no b"},
		{`{}`, "", "no irVersion"},
	} {
		out, err := migrate([]byte(c.in), rows, 3)
		if fmt.Sprint(err) != c.err && (err != nil || c.err != "") || string(out) != c.out {
			t.Errorf("%s: %s, %v", c.in, out, err)
		}
	}
}

// testdata/old has IRs as bentoc wrote them into images, from the first commit that
// built any. Those of the present version mean what they did: byte for byte the same
// bento comes out again.
func TestOldIRs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/old/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no old IRs: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.TrimSpace(data)
		b, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		again, err := b.Canonical()
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if v, _ := versionOf(data); v == Version && !bytes.Equal(again, data) {
			t.Errorf("%s is another bento now:\n%s\nbefore:\n%s", file, again, data)
		}
	}
}

// testdata/fields.txt has every field that an IR of a version may have had. One of the
// present version that is gone, or of another type, would be misread or refused:
// make Version grow, and write a row of migrations. BENTOC_UPDATE=1 adds new fields.
func TestFieldsOfVersion(t *testing.T) {
	t.Parallel()
	const file = "testdata/fields.txt"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(old)), "\n")
	present := fieldsOf(reflect.TypeFor[Bento](), map[reflect.Type]bool{})
	for _, line := range lines {
		version, field, _ := strings.Cut(line, " ")
		if version == fmt.Sprint(Version) && !slices.Contains(present, field) {
			t.Errorf("version %d of the IR had %s", Version, field)
		}
	}
	if os.Getenv("BENTOC_UPDATE") != "1" {
		return
	}
	for _, field := range present {
		lines = append(lines, fmt.Sprint(Version, " ", field))
	}
	slices.Sort(lines)
	text := strings.Join(slices.Compact(lines), "\n") + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fieldsOf lists the fields of a struct and of those in it: Type.minLen integer.
func fieldsOf(t reflect.Type, seen map[reflect.Type]bool) (all []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		all = append(all, t.Name()+"."+name+" "+shapeOf(f.Type))
		all = append(all, fieldsOf(f.Type, seen)...)
	}
	slices.Sort(all)
	return all
}

func shapeOf(t reflect.Type) string {
	if t == reflect.TypeFor[json.RawMessage]() {
		return "any"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Slice:
		return "list of " + shapeOf(t.Elem())
	case reflect.Map:
		return "map of " + shapeOf(t.Elem())
	case reflect.Struct:
		return t.Name()
	case reflect.Int, reflect.Int64:
		return "integer"
	}
	return t.Kind().String()
}
